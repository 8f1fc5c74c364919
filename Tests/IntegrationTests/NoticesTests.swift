import Clients
import Foundation
import TestServices
import Testing

@Suite("Who is told, over MQTT")
struct NoticesTests {
    private static let topics = """
        [mqtt]
        stored_topic = "camera/{camera_uid}/stored"
        status_topic = "gateway/{client_id}/status"
        """

    private struct Stored: Decodable, Hashable {
        let id, camera_uid, image_id, bucket, key, checksum, recorded_at: String
        let size: Int
        let captured_at: String?
    }

    private struct Status: Decodable {
        struct Check: Decodable {
            let ok: Bool
            let error: String?
        }
        struct Spool: Decodable { let entries: Int }
        let status: String
        let since, version: String?
        let checks: [String: Check]?
        let spool: Spool?
        let cameras: Int?
        let silent: [String]?
    }

    /// Somebody who listens, on one thread.
    private final class Listener {
        private let client: MosquittoClient
        private(set) var messages: [(topic: String, payload: Data, retained: Bool)] = []

        init(_ site: Site, _ filter: String, id: String = "listener") throws {
            var settings = MosquittoSettings(host: "127.0.0.1", port: site.broker.port, clientID: id)
            settings.filters = [filter]
            settings.startsClean = true
            client = try MosquittoClient(settings)
            try client.connect()
            try eventually("\(filter) to be subscribed to") {
                turn()
                return client.isSubscribed
            }
        }

        func turn() {
            client.read { topic, payload, delivery in
                let name = topic.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
                self.messages.append((name, payload.withUnsafeBufferPointer { Data($0) }, delivery.retained))
                return .next
            }
            client.flush()
            client.housekeeping()
        }

        func wait(for what: String, within seconds: TimeInterval = 30, _ condition: () throws -> Bool) throws {
            try eventually(what, within: seconds) {
                turn()
                return try condition()
            }
        }

        var states: [Status] { messages.compactMap { try? JSONDecoder().decode(Status.self, from: $0.payload) } }
    }

    @Test("each stored picture once, with its row's id and its object's name, after the row is there")
    func stored() throws {
        let site = try Site(Self.topics)
        let listener = try Listener(site, "camera/+/stored")
        let pictures = (0..<60).map { TestPicture("cam\($0 % 3)", $0) }
        let cameras = try site.cameras()
        for picture in pictures {
            try cameras.publish(picture)
            listener.turn()
        }
        try listener.wait(for: "60 notices") { listener.messages.count >= 60 }
        let notices = try listener.messages.map { (try JSONDecoder().decode(Stored.self, from: $0.payload), $0) }
        #expect(
            Set(notices.map(\.0)).count == 60 && notices.allSatisfy { !$0.1.retained && $0.1.topic == "camera/\($0.0.camera_uid)/stored" })
        #expect(Set(notices.map(\.0.checksum)) == Set(pictures.map(\.sha256)))
        let rows = try site.sql("select id || ' ' || object_name || ' ' || minio_bucket || ' ' || checksum from thermo.image_objects")
            .split(separator: "\n").map(String.init)
        #expect(Set(rows) == Set(notices.map { "\($0.0.id) \($0.0.key) \($0.0.bucket) \($0.0.checksum)" }))
        #expect(notices.allSatisfy { $0.0.size == pictures[0].bytes.count && $0.0.captured_at == nil })
        #expect(site.gateway.metric("notifications_dropped_total{kind=\"mqtt\"}") == 0)
    }

    @Test("its state, retained: at changes, at an orderly stop, and by the broker when it is killed")
    func status() throws {
        let site = try Site(Self.topics + "\n[intake]\nsilent_after = \"1s\"")
        let listener = try Listener(site, "gateway/gateway-1/status")
        try listener.wait(for: "its state") { listener.states.last?.status == "ok" }
        let first = try #require(listener.states.last)
        #expect(listener.messages.allSatisfy { $0.topic == "gateway/gateway-1/status" })
        #expect(
            first.checks?["mqtt"]?.ok == true && first.spool?.entries == 0 && first.since != nil && first.version != nil
                && first.silent == [])
        try site.cameras().publish(TestPicture("cam7", 7))
        try listener.wait(for: "a silent camera") { listener.states.last?.silent == ["cam7"] && listener.states.last?.cameras == 1 }

        try site.sql("alter table thermo.image_objects rename to elsewhere")
        try site.cameras().publish(TestPicture("cam7", 8))
        try listener.wait(for: "trouble") { listener.states.last?.status == "degraded" }
        #expect(listener.states.last?.checks?["postgres"]?.error != nil && listener.states.last?.since != first.since)
        try site.sql("alter table thermo.elsewhere rename to image_objects")
        try listener.wait(for: "its end") { listener.states.last?.status == "ok" }

        site.gateway.kill()
        try listener.wait(for: "the will") { listener.states.last?.status == "offline" }
        try site.gateway.start()
        try listener.wait(for: "its return") { listener.states.last?.status == "ok" }
        try site.gateway.terminate()
        try listener.wait(for: "its goodbye") { listener.states.last?.status == "offline" }
        // It stays, for whoever comes later.
        let late = try Listener(site, "gateway/+/status", id: "late")
        try late.wait(for: "what is retained") { late.states.last?.status == "offline" && late.messages.last?.retained == true }
    }

    @Test("nobody, where the broker forbids it: a warning and a count, and pictures as ever", arguments: ["5", "3.1.1"])
    func forbidden(version: String) throws {
        let site = try Site(Self.topics + "\nversion = \"\(version)\"") {
            $0.broker.accessRules = ["topic read camera/+/image_json", "topic write camera/+/image_json"]
        }
        let pictures = (0..<5).map { TestPicture("cam1", $0) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
        if version == "5" {
            try eventually("the refusals") { site.gateway.metric("notifications_dropped_total{kind=\"mqtt\"}") == 5 }
            try site.gateway.waitForLog("gateway/gateway-1/status: not authorised")
            #expect(site.gateway.logLines("camera/cam1/stored: not authorised").count == 1)
        }
        try site.gateway.waitForHealth()
        #expect(site.gateway.logLines("The broker is away").isEmpty)
    }

    @Test("its state while intake is paused, for that is when people want to know")
    func paused() throws {
        let site = try Site(
            Self.topics
                + "\n[spool]\nmax_size = \"1MiB\"\n[journal]\nsegment = \"64KiB\"\n[intake]\npool = \"1MiB\"\n[mqtt]\nmax_message = \"64KiB\""
        )
        let listener = try Listener(site, "gateway/gateway-1/status")
        try site.sql("alter table thermo.image_objects rename to elsewhere")
        let cameras = try site.newCameras()
        for number in 0..<40 { try cameras.publish(TestPicture("cam\(number % 4)", number, size: 60_000)) }
        try listener.wait(for: "word of the pause", within: 60) { listener.states.last?.checks?["mqtt"]?.error?.contains("paused") == true }
        #expect(!listener.states.contains { $0.status == "offline" })
        try site.sql("alter table thermo.elsewhere rename to image_objects")
        try listener.wait(for: "its end", within: 60) { listener.states.last?.status == "ok" }
    }
}
