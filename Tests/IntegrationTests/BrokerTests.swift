import Clients
import Foundation
import TestServices
import Testing

@Suite("The broker")
struct BrokerTests {
    @Test("that cannot be reached at the start is tried until it can; /ready says so meanwhile")
    func unreachable() throws {
        let site = try Site { $0.starts = false }
        site.broker.terminate()
        try site.gateway.start()
        let error = try site.gateway.waitForFailure(of: "mqtt", saying: "refused")
        #expect(error.contains("127.0.0.1:\(site.broker.port)"), "\(error)")
        let ready = try #require(site.gateway.get("/ready"))
        #expect(ready.status == 503 && ready.text.contains("\"error\""))
        #expect(site.gateway.get("/live")?.status == 200)
        try site.gateway.waitForLog("Trying again")
        try site.broker.start()
        try site.gateway.waitUntilReady()
        let picture = TestPicture("cam1", 1)
        try site.newCameras().publish(picture)
        try site.expectStoredOnce([picture])
        try site.gateway.waitForHealth()
    }

    @Test("may restart in the middle of pictures; each is stored once")
    func restart() throws {
        let site = try Site()
        let pictures = (0..<10).map { TestPicture("cam\($0)", $0, size: 60_000) }
        var cameras = try site.newCameras()
        for index in 0..<2 { for picture in pictures { try cameras.publish(picture, chunk: index) } }
        try cameras.finish()
        site.broker.terminate()
        try site.gateway.waitForFailure(of: "mqtt")
        #expect(site.gateway.get("/ready")?.status == 503)
        try site.broker.start()
        cameras = try site.newCameras()
        for index in 2..<4 { for picture in pictures { try cameras.publish(picture, chunk: index) } }
        try cameras.finish()
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("may hang; the gateway notices by keepalive and is there again when it goes on")
    func frozen() throws {
        let site = try Site("[mqtt]\nkeepalive = \"5s\"")
        site.broker.freeze()
        try site.gateway.waitForFailure(of: "mqtt", within: 20)
        site.broker.thaw()
        try site.gateway.waitUntilReady()
        let picture = TestPicture("cam1", 1)
        try site.newCameras().publish(picture)
        try site.expectStoredOnce([picture])
    }

    @Test("may throw the gateway's session out, in the middle of a picture")
    func sessionTakenOver() throws {
        let site = try Site()
        let cameras = try site.cameras()
        let picture = TestPicture("cam1", 1, size: 60_000)
        for chunk in 0..<2 { try cameras.publish(picture, chunk: chunk) }
        try cameras.finish()
        try eventually("the first chunks") { site.gateway.metric("mqtt_messages_received_total") == 2 }
        // Whoever comes under the same name takes the session; then the name is free again.
        var settings = MosquittoSettings(host: "127.0.0.1", port: site.broker.port, clientID: "gateway-1")
        settings.sessionExpiry = .seconds(3600)
        var intruder = try MosquittoPublisher(settings)
        try intruder.connect()
        intruder.disconnect()
        try site.gateway.waitForLog("Trying again", within: 20)
        for chunk in 2..<4 { try cameras.publish(picture, chunk: chunk) }
        try cameras.finish()
        try site.gateway.waitUntilReady()
        try site.expectStoredOnce([picture])
    }

    @Test("may speak MQTT 3.1.1, and QoS may be 0")
    func dialects() throws {
        for overrides in ["[mqtt]\nversion = \"3.1.1\"", "[mqtt]\nqos = 0", "[mqtt]\nversion = \"3.1.1\"\nqos = 0"] {
            let site = try Site(overrides)
            let pictures = (0..<4).map { TestPicture("cam\($0 % 2)", $0) }
            for picture in pictures { try site.cameras().publish(picture, qos: overrides.contains("qos") ? 0 : 1) }
            try site.expectStoredOnce(pictures)
        }
    }

    @Test("keeps what comes while the gateway is away, and gets it read after the start")
    func away() throws {
        for version in ["5", "3.1.1"] {
            let site = try Site("[mqtt]\nversion = \"\(version)\"\nreceive_maximum = 50")
            try site.gateway.terminate()
            let pictures = (0..<40).map { TestPicture("cam\($0 % 4)", $0, size: 60_000) }
            let cameras = try site.cameras()
            for picture in pictures { try cameras.publish(picture) }
            try site.gateway.start()
            try site.expectStoredOnce(pictures)
        }
    }
}
