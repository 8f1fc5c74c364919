import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("The recommended broker configuration")
struct RecommendedBrokerTests {
    private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../config/mosquitto-thermo.conf")

    /// As it stands in the file, laid over what the tests need.
    private static func lines() throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    @Test(
        "does not hang up on a camera for one refused message: by the access list, or for its size",
        arguments: MosquittoSettings.Version.allCases)
    func refusals(version: MosquittoSettings.Version) throws {
        var options = Broker.Options()
        options.accessRules = ["topic write camera/#"]
        options.lines = try Self.lines()
        let broker = try Broker(options)
        var settings = broker.settings("camera")
        settings.version = version
        var camera = try MosquittoPublisher(settings)
        try camera.connect()
        var (confirmed, connections) = (0, 1)
        for (topic, size) in [("elsewhere", 10), ("camera/cam7/image_json", 1_047_553), ("elsewhere", 10)] {
            var refusal: MosquittoError.Cause?
            do throws(MosquittoError) {
                try camera.publish(topic: topic, payload: [UInt8](repeating: 1, count: size).span)
                try camera.finish()
            } catch {
                refusal = error.cause
            }
            // MQTT 3.1.1 acknowledges what it throws away.
            let reason = topic == "elsewhere" ? MQTTReason.notAuthorised : MQTTReason(code: 149)
            if size > 10, refusal == .unknownAnswer {
                // Not the broker hangs up, but the library, for which that is no reason.
                try camera.connect()
                connections += 1
            } else {
                #expect(refusal == (version == .v5 ? .refused(reason, filter: nil) : nil), "\(topic), \(size) bytes")
                confirmed += 1
            }
            for _ in 0..<5 {
                try camera.publish(topic: "camera/cam7/image_json", payload: [1].span)
                try camera.finish()
                confirmed += 1
            }
        }
        #expect(camera.confirmed == confirmed)
        #expect(broker.log.components(separatedBy: "New client connected").count == 1 + connections, "\(broker.log)")
    }

    @Test("keeps for a gateway that is away far more than mosquitto does by itself")
    func queue() throws {
        var options = Broker.Options()
        options.lines = try Self.lines()
        let broker = try Broker(options)
        let gateway = try Desk(broker)
        try gateway.subscribe()
        gateway.client.disconnectKeepingSession()
        try broker.publish(3000, size: 50)
        gateway.forget()
        try gateway.client.connect()
        try gateway.turn(until: "all of it") { gateway.payloads.count == 3000 }
    }

    @Test("has no limit of 0, which brokers took for none at all")
    func zero() throws {
        let lines = try Self.lines()
        #expect(lines.contains { $0.hasPrefix("max_queued_messages ") } && lines.contains { $0.hasPrefix("max_queued_bytes ") })
        #expect(!lines.contains { $0.hasPrefix("max_queued_") && $0.hasSuffix(" 0") })
    }
}
