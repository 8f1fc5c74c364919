import Clients
import Foundation
import IngestCore
import TestServices
import Testing

@Suite("What the broker says, and what it does not")
struct BrokerNewsTests {
    private func rejected(_ site: Site) -> Double {
        Refusal.allCases.compactMap { site.gateway.metric("chunks_rejected_total{reason=\"\($0.rawValue)\"}") }.reduce(0, +)
    }

    @Test("a filter that it refuses is named, asked for again until it is granted, and keeps no other from working")
    func refusedFilter() throws {
        let site = try Site("[mqtt]\ntopic = [\"camera/+/image_json\", \"other/+/image_json\"]") {
            $0.broker.allowedFilters = ["camera/+/image_json"]
        }
        let error = try site.gateway.waitForFailure(of: "mqtt", saying: "other/+/image_json")
        #expect(
            error.contains("not authorised") && error.contains("works meanwhile") && !error.contains("camera/+/image_json:"), "\(error)")
        #expect(site.gateway.isReady && site.gateway.metric("mqtt_connected") == 1)
        let first = TestPicture("cam1", 1)
        try site.cameras().publish(first)
        try site.expectStoredOnce([first])
        // Asked again, it refuses again; that is no news.
        try eventually("a second SUBSCRIBE") { site.broker.log.components(separatedBy: "Received SUBSCRIBE from gateway-1").count > 3 }
        #expect(site.gateway.logLines("The broker refuses the gateway").count == 1)
        try site.broker.allowAllFilters()
        try site.gateway.waitForHealth()
        let message = try #require(TestPicture("cam2", 2, chunkSize: 1 << 20).messages.first)
        try site.cameras().publish(message, topic: "other/cam2/image_json")
        try site.waitForRows(2)
        #expect(site.gateway.logLines("The broker is away").isEmpty)
    }

    @Test("refuses all: nothing can be accepted, and the gateway says so until it may")
    func allRefused() throws {
        let site = try Site {
            $0.broker.allowedFilters = ["nothing/#"]
            $0.starts = false
        }
        try site.gateway.start()
        try site.gateway.waitForFailure(of: "mqtt", saying: "camera/+/image_json: not authorised")
        #expect(!site.gateway.isReady && site.gateway.metric("mqtt_connected") == 0)
        try site.broker.allowAllFilters()
        try site.gateway.waitUntilReady()
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
    }

    @Test("messages that it retained are counted and otherwise ignored", arguments: ["5", "3.1.1"])
    func retained(version: String) throws {
        let site = try Site("[mqtt]\nversion = \"\(version)\"") { $0.starts = false }
        let old = TestPicture("cam1", 1), new = TestPicture("cam1", 2)
        for _ in 0..<3 {
            // The last chunk, as a camera that publishes with the retain flag leaves it behind.
            try run(
                "/usr/bin/mosquitto_pub", "-h", "127.0.0.1", "-p", "\(site.broker.port)", "-q", "1", "-r", "-t", old.topic, "-m",
                old.messages.last ?? "")
        }
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        try eventually("the retained message") { site.gateway.metric("chunks_rejected_total{reason=\"retained\"}") == 1 }
        #expect(site.gateway.logLines("reason=retained").count == 1 && site.gateway.metric("assembly_images_in_progress") == 0)
        // Published with the flag while the gateway listens, it is a chunk like any other.
        let cameras = try site.cameras()
        try cameras.publish(new, chunk: 0)
        try cameras.finish()
        try run(
            "/usr/bin/mosquitto_pub", "-h", "127.0.0.1", "-p", "\(site.broker.port)", "-q", "1", "-r", "-t", new.topic, "-m",
            new.messages[1])
        try site.expectStoredOnce([new])
        #expect(rejected(site) == 1 && site.gateway.health?.status == "ok")
    }

    @Test("what it dropped, for whichever client, is a figure, a warning, and a failed check with which pictures go on")
    func dropped() throws {
        let site = try Site("[mqtt]\nreceive_maximum = 50") { $0.broker.lines = ["sys_interval 1", "max_queued_messages 10"] }
        try eventually("the broker's figure") { site.gateway.metric("broker_dropped_messages") == 0 }
        let received = site.gateway.metric("mqtt_messages_received_total")
        var settings = MosquittoSettings(host: "127.0.0.1", port: site.broker.port, clientID: "sleeper")
        settings.sessionExpiry = .seconds(3600)
        try subscribeAndLeave(settings, "elsewhere/#")
        let cameras = try site.cameras()
        for _ in 0..<40 { try cameras.publish("x", topic: "elsewhere/x") }
        try cameras.finish()
        let error = try site.gateway.waitForFailure(of: "mqtt", saying: "were dropped by the broker, for some client")
        #expect((site.gateway.metric("broker_dropped_messages") ?? 0) > 0)
        #expect(error.contains("max_queued_messages") && site.gateway.isReady && site.gateway.metric("mqtt_connected") == 1, "\(error)")
        #expect(site.gateway.logLines("were dropped by the broker").count == 1)
        #expect(site.gateway.metric("mqtt_messages_received_total") == received && rejected(site) == 0)
        let picture = TestPicture("cam1", 1)
        try cameras.publish(picture)
        try site.expectStoredOnce([picture])
    }

    /// A session of somebody who is away.
    private func subscribeAndLeave(_ settings: MosquittoSettings, _ filter: String) throws {
        var settings = settings
        settings.filters = [filter]
        let client = try MosquittoClient(settings)
        try client.connect()
        try eventually("the sleeper's subscription") {
            client.read { _, _, _ in .next }
            client.flush()
            return client.isSubscribed
        }
        client.disconnectKeepingSession()
    }

    @Test("that it says nothing of what it dropped is no trouble")
    func untold() throws {
        let site = try Site { $0.broker.accessRules = ["topic readwrite camera/#"] }
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
        try site.gateway.waitForHealth()
        #expect(site.gateway.metric("broker_dropped_messages") == nil)
    }

    @Test("a session that it lost is told once, while the gateway runs and after a restart; not at the first start, nor under a new name")
    func lostSession() throws {
        let site = try Site("[log]\nformat = \"json\"")
        #expect(site.gateway.metric("mqtt_sessions_lost_total") == 0)
        site.broker.kill()
        try site.broker.forget()
        try site.broker.start()
        try eventually("the loss") { site.gateway.metric("mqtt_sessions_lost_total") == 1 }
        let line = try #require(site.gateway.logLines("no longer has the session it kept for gateway-1").first)
        #expect(line.contains(EventKind.sessionLost.rawValue) && line.contains("\"level\":\"warning\""))
        try site.gateway.waitUntilReady()

        // One that it keeps is found again.
        try site.gateway.terminate()
        site.broker.terminate()
        try site.broker.start()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        #expect(site.gateway.metric("mqtt_sessions_lost_total") == 0)

        site.gateway.kill()
        site.broker.kill()
        try site.broker.forget()
        try site.broker.start()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        #expect(site.gateway.metric("mqtt_sessions_lost_total") == 1)
        #expect(site.gateway.logLines("no longer has the session").count == 2)
        try site.gateway.terminate()

        let config = try String(contentsOf: site.gateway.config, encoding: .utf8)
        try config.replacing("\"gateway-1\"", with: "\"gateway-2\"").write(to: site.gateway.config, atomically: true, encoding: .utf8)
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        #expect(site.gateway.metric("mqtt_sessions_lost_total") == 0 && site.gateway.logLines("no longer has the session").count == 2)
    }
}
