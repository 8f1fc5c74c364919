import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A subscription")
struct MosquittoSubscribingTests {
    /// The SUBSCRIBE packets that came since the connection began: identifier, filters, and the options byte of each (MQTT 5, 3.8).
    private func subscribes(_ broker: ScriptedBroker) -> [(identifier: [UInt8], filters: [String], options: [UInt8])] {
        var rest = broker.received[...]
        var found: [(identifier: [UInt8], filters: [String], options: [UInt8])] = []
        while let type = rest.first, rest.count > 1 {
            // All packets of these tests are shorter than 128 bytes.
            let body = rest.dropFirst(2).prefix(Int(rest[rest.startIndex + 1]))
            if type == 0x82 {
                var list = body.dropFirst(3)
                var filters: [String] = []
                var options: [UInt8] = []
                while list.count > 2 {
                    let length = Int(list[list.startIndex + 1])
                    filters.append(String(decoding: list.dropFirst(2).prefix(length), as: UTF8.self))
                    options.append(list[list.startIndex + 2 + length])
                    list = list.dropFirst(3 + length)
                }
                found.append((Array(body.prefix(2)), filters, options))
            }
            rest = rest.dropFirst(2 + body.count)
        }
        return found
    }

    private func connect(_ desk: Desk, _ broker: ScriptedBroker, present: Bool = false) throws {
        try desk.greet(broker)
        broker.send([0x20, 3, present ? 1 : 0, 0, 0])
        try desk.turn(until: "connected") { desk.client.isConnected }
    }

    private func packet(_ count: Int, _ desk: Desk, _ broker: ScriptedBroker) throws -> (
        identifier: [UInt8], filters: [String], options: [UInt8]
    ) {
        try desk.turn(until: "SUBSCRIBE number \(count)") {
            broker.turn()
            return subscribes(broker).count == count
        }
        return subscribes(broker)[count - 1]
    }

    private func answer(_ broker: ScriptedBroker, _ packet: (identifier: [UInt8], filters: [String], options: [UInt8]), _ grants: [UInt8]) {
        broker.send([0x90, UInt8(3 + grants.count)] + packet.identifier + [0] + grants)
    }

    @Test("asks again for what was refused, and for nothing else, until all is granted")
    func again() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.filters = ["a/+", "b/+", "c/+"] }
        try connect(desk, broker)
        answer(broker, try packet(1, desk, broker), [1, 0x87, 0x80])
        try desk.turn(until: "two refusals") { desk.client.refusals.count == 2 }
        #expect(desk.client.isSubscribed && !desk.events.contains(.subscribed))

        desk.client.subscribeAgain()
        // Once is enough while no answer has come.
        desk.client.subscribeAgain()
        let second = try packet(2, desk, broker)
        #expect(second.filters == ["b/+", "c/+"])
        answer(broker, second, [0x87, 1])
        try desk.turn(until: "one refusal") { desk.client.refusals.count == 1 }
        desk.client.subscribeAgain()
        let third = try packet(3, desk, broker)
        #expect(third.filters == ["b/+"])
        answer(broker, third, [1])
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        #expect(desk.client.refusals.isEmpty)

        // All is in the session now; before, it would not have been.
        try connect(desk, broker, present: true)
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        broker.turn()
        #expect(subscribes(broker).isEmpty)
    }

    @Test("counts a filter that the broker has no word for as refused")
    func short() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.filters = ["a/+", "b/+"] }
        try connect(desk, broker)
        answer(broker, try packet(1, desk, broker), [1])
        try desk.turn(until: "a refusal") { !desk.client.refusals.isEmpty }
        #expect(desk.refusal?.cause == .refused(MQTTReason(code: 128), filter: "b/+"))
    }

    @Test(
        "asks for the broker's own notices by themselves, after the filters, each time; a refusal is no event",
        arguments: [0x00, 0x87] as [UInt8])
    func notices(grant: UInt8) throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.notices = "$SYS/x" }
        for connection in 1...4 {
            try connect(desk, broker, present: connection > 1)
            var count = 1
            if connection == 1 {
                answer(broker, try packet(1, desk, broker), [1])
                count = 2
            }
            let packet = try packet(count, desk, broker)
            #expect(packet.filters == ["$SYS/x"] && packet.options == [0], "connection \(connection)")
            answer(broker, packet, [grant])
            try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
            desk.turn(for: 0.1)
            #expect(desk.refusal == nil && desk.client.refusals.isEmpty && desk.client.isConnected)
        }
    }

    @Test("asks no more for notices after a broker hung up on that twice")
    func fatalNotices() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.notices = "$SYS/x" }
        for _ in 1...2 {
            try connect(desk, broker)
            answer(broker, try packet(1, desk, broker), [1])
            _ = try packet(2, desk, broker)
            broker.hangUp()
            try desk.turn(until: "the end") { desk.disconnection != nil }
        }
        try connect(desk, broker)
        answer(broker, try packet(1, desk, broker), [1])
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        desk.turn(for: 0.2)
        broker.turn()
        #expect(subscribes(broker).count == 1)
    }

    @Test("is granted by a real broker that changed its mind, and the others work meanwhile", arguments: MosquittoSettings.Version.allCases)
    func changedMind(version: MosquittoSettings.Version) throws {
        var options = Broker.Options()
        options.allowedFilters = ["camera/+/image_json"]
        let broker = try Broker(options)
        let desk = try Desk(broker) {
            $0.version = version
            $0.filters = ["camera/+/image_json", "other/#"]
        }
        try desk.client.connect()
        try desk.turn(until: "a refusal") { desk.refusal != nil }
        try broker.publish(1)
        try desk.turn(until: "a message by the other") { desk.payloads.count == 1 }
        try broker.allowAllFilters()
        desk.client.subscribeAgain()
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        try broker.publish(1, to: "other/x")
        try desk.turn(until: "a message") { desk.payloads.count == 2 }
        #expect(desk.disconnection == nil)
    }

    @Test("hears from a real broker what it dropped, which is no message of QoS 1")
    func dropped() throws {
        var options = Broker.Options()
        options.lines = ["sys_interval 1"]
        let broker = try Broker(options)
        let desk = try Desk(broker) { $0.notices = "$SYS/broker/publish/messages/dropped" }
        try desk.subscribe()
        try desk.turn(until: "its number") { desk.topics == ["$SYS/broker/publish/messages/dropped"] }
        #expect(desk.payloads == [Array("0".utf8)] && desk.client.unacknowledged == 0)
    }
}
