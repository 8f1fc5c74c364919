import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A subscription")
struct MosquittoSubscribingTests {
    @Test("asks again for what was refused, and for nothing else, until all is granted")
    func again() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.filters = ["a/+", "b/+", "c/+"] }
        try desk.connect(to: broker)
        broker.answer(try desk.subscribe(1, at: broker), [1, 0x87, 0x80])
        try desk.turn(until: "two refusals") { desk.client.refusals.count == 2 }
        #expect(desk.client.isSubscribed && !desk.events.contains(.subscribed))

        desk.client.subscribeAgain()
        // Once is enough while no answer has come.
        desk.client.subscribeAgain()
        let second = try desk.subscribe(2, at: broker)
        #expect(second.filters == ["b/+", "c/+"])
        broker.answer(second, [0x87, 1])
        try desk.turn(until: "one refusal") { desk.client.refusals.count == 1 }
        desk.client.subscribeAgain()
        let third = try desk.subscribe(3, at: broker)
        #expect(third.filters == ["b/+"])
        broker.answer(third, [1])
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        #expect(desk.client.refusals.isEmpty)

        // All is in the session now; before, it would not have been.
        try desk.connect(to: broker, present: true)
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        broker.turn()
        #expect(broker.subscribes.isEmpty)
    }

    @Test("counts a filter that the broker has no word for as refused")
    func short() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.filters = ["a/+", "b/+"] }
        try desk.connect(to: broker)
        broker.answer(try desk.subscribe(1, at: broker), [1])
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
            try desk.connect(to: broker, present: connection > 1)
            var count = 1
            if connection == 1 {
                broker.answer(try desk.subscribe(1, at: broker), [1])
                count = 2
            }
            let packet = try desk.subscribe(count, at: broker)
            #expect(packet.filters == ["$SYS/x"] && packet.options == [0], "connection \(connection)")
            broker.answer(packet, [grant])
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
            try desk.connect(to: broker)
            broker.answer(try desk.subscribe(1, at: broker), [1])
            _ = try desk.subscribe(2, at: broker)
            broker.hangUp()
            try desk.turn(until: "the end") { desk.disconnection != nil }
        }
        try desk.connect(to: broker)
        broker.answer(try desk.subscribe(1, at: broker), [1])
        try desk.turn(until: "subscribed") { desk.events.contains(.subscribed) }
        desk.turn(for: 0.2)
        broker.turn()
        #expect(broker.subscribes.count == 1)
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
