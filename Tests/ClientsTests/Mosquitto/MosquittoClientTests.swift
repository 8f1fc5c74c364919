import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A broker's client", .serialized)
struct MosquittoClientTests {
    @Test("is given what is published, and its session is found again", arguments: MosquittoSettings.Version.allCases)
    func session(version: MosquittoSettings.Version) throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.version = version }
        try desk.subscribe()
        #expect(desk.session?.present == false)
        try broker.publish(3)
        try desk.turn(until: "3 messages") { desk.payloads.count == 3 }
        #expect(desk.topics == Array(repeating: "camera/cam7/image_json", count: 3))
        #expect(desk.payloads.map(number) == [0, 1, 2])
        desk.client.disconnectKeepingSession()
        #expect(!desk.client.isConnected && desk.client.socket == -1)

        try broker.publish(2, from: 3)
        let successor = try Desk(broker) { $0.version = version }
        try successor.client.connect()
        try successor.turn(until: "2 messages") { successor.payloads.count == 2 }
        #expect(successor.session?.present == true)
        #expect(successor.payloads.map(number) == [3, 4])
    }

    @Test("gets again, each once, what it did not acknowledge, and nothing of what it did", arguments: MosquittoSettings.Version.allCases)
    func gate(version: MosquittoSettings.Version) throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.version = version }
        try desk.subscribe()
        try broker.publish(5)
        try desk.turn(until: "5 messages") { desk.payloads.count == 5 }
        desk.acknowledges = false
        try broker.publish(15, from: 5)
        try desk.turn(until: "15 more") { desk.payloads.count == 20 }
        #expect(desk.client.unacknowledged == 15)
        desk.client.dropConnection()
        #expect(desk.client.unacknowledged == 0)
        #expect(desk.disconnection == nil)

        desk.forget()
        desk.acknowledges = true
        try desk.subscribe()
        #expect(desk.session?.present == true)
        try desk.turn(until: "the 15 again") { desk.payloads.count >= 15 }
        desk.client.disconnectKeepingSession()
        #expect(desk.payloads.map(number) == Array(5..<20))

        desk.forget()
        try desk.subscribe()
        try broker.publish(1, from: 99)
        // An acknowledgement that the goodbye overtook is no harm: its message only comes again.
        try desk.turn(until: "the next") { desk.payloads.map(number).contains(99) }
        #expect(desk.payloads.map(number).filter { !(5..<20).contains($0) } == [99])
    }

    @Test("acknowledges what was held, and not what it has read since", arguments: MosquittoSettings.Version.allCases)
    func hold(version: MosquittoSettings.Version) throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.version = version }
        try desk.holdFive(broker)
        #expect(desk.client.unacknowledged == 5)
        desk.client.dropConnection()
        #expect(desk.client.unacknowledged == 0)
        desk.forget()
        try desk.subscribe()
        try desk.turn(until: "the other 5 again") { desk.payloads.count >= 5 }
        #expect(desk.payloads.map(number) == Array(5..<10))
        // Both ways of opening the gate at once: what is queued goes behind what is held.
        #expect(desk.client.hold())
        try broker.publish(5, from: 10)
        try desk.turn(until: "5 more") { desk.payloads.count == 10 }
        desk.client.flush()
        #expect(desk.client.unacknowledged == 0)
        try eventually("all acknowledgements") { broker.log.components(separatedBy: "Received PUBACK from desk").count == 16 }
        desk.client.dropConnection()
        desk.forget()
        desk.acknowledges = true
        try desk.subscribe()
        try broker.publish(1, from: 99)
        try desk.turn(until: "the next") { desk.payloads.count == 1 }
        #expect(desk.payloads.map(number) == [99])
    }

    @Test(
        "acknowledges the first messages while the others wait, and keeps the connection up", arguments: MosquittoSettings.Version.allCases)
    func acknowledgeFirst(version: MosquittoSettings.Version) throws {
        let broker = try Broker()
        let desk = try Desk(broker) {
            $0.version = version
            $0.keepalive = .seconds(5)
        }
        try desk.acknowledgeFive(broker)
        try desk.turn(until: "a sign of life past what is held") {
            desk.client.acknowledge(0)
            return broker.log.contains("Received PINGREQ from desk")
        }
        #expect(desk.client.unacknowledged == 5 && desk.disconnection == nil)
        desk.client.dropConnection()
        desk.forget()
        try desk.subscribe()
        try desk.turn(until: "the other 5 again") { desk.payloads.count >= 5 }
        #expect(desk.payloads.map(number) == Array(5..<10))
    }

    @Test("sends nothing of a connection that ended over the next one, and holds any number of acknowledgements")
    func holdMany() throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.receiveMaximum = 2000 }
        try desk.subscribe()
        desk.acknowledges = false
        try broker.publish(2000)
        for connection in 1...2 {
            if connection == 2 { try desk.subscribe() }
            try desk.turn(until: "2,000 messages") { desk.payloads.count == 2000 }
            #expect(desk.client.hold())
            if connection == 1 {
                desk.client.dropConnection()
                desk.client.release()
                desk.forget()
            }
        }
        #expect(desk.client.unacknowledged == 2000)
        desk.client.release()
        try broker.publish(1, from: 5000)
        try desk.turn(until: "the next") { desk.payloads.count == 2001 }
        #expect(desk.payloads.map(number) == Array(0..<2000) + [5000])
        #expect(desk.disconnection == nil)
    }

    @Test("is sent as many messages ahead of acknowledgement as it asked for, on MQTT 5; the broker's own 20 on 3.1.1")
    func receiveMaximum() throws {
        for (version, window) in [(MosquittoSettings.Version.v5, 256), (.v311, 20)] {
            let broker = try Broker()
            let desk = try Desk(broker) {
                $0.version = version
                $0.receiveMaximum = 256
            }
            try desk.subscribe()
            desk.acknowledges = false
            try broker.publish(300)
            for connection in 1...2 {
                if connection == 2 { try desk.client.connect() }
                try desk.turn(until: "\(window) messages") { desk.payloads.count == window }
                desk.turn(for: 0.2)
                #expect(desk.payloads.map(number) == Array(0..<window), "connection \(connection)")
                desk.client.dropConnection()
                desk.forget()
            }
        }
    }

    @Test("stops reading when the receiver has enough, and goes on where it was")
    func pause() throws {
        let broker = try Broker()
        let desk = try Desk(broker)
        try desk.subscribe()
        try broker.publish(10)
        var taken: [Int] = []
        try eventually("ten messages, three at a time") {
            var batch = 0
            let mayHaveMore = desk.client.read { _, payload, _ in
                taken.append(number(copy(payload)))
                batch += 1
                return batch == 3 ? .pause : .next
            }
            #expect(batch <= 3)
            #expect(mayHaveMore == (batch == 3))
            return taken.count == 10
        }
        #expect(taken == Array(0..<10))
    }

    /// A library may read ahead, and hands over more messages than were wanted then.
    @Test("hands on later what comes behind the message with which the receiver has enough, and acknowledges nothing until then")
    func postponed() throws {
        let broker = try Broker()
        let desk = try Desk(broker)
        try desk.subscribe()
        desk.acknowledges = false
        try broker.publish(2)
        try desk.turn(until: "2 messages") { desk.payloads.count == 2 }
        let callbacks = desk.client.callbacks
        callbacks.receiver = { _, _, _ in .next }
        callbacks.isPaused = true
        let topic = Array("camera/cam1/image_json".utf8)
        for number in 2..<5 as Range<UInt8> {
            let isEnough = callbacks.take(topic.span, [number, 0, 0, 0].span, MosquittoDelivery(qos: 1, retained: false, identifier: 9))
            #expect(isEnough)
        }
        callbacks.receiver = nil
        #expect(!desk.client.hold() && !desk.client.wantsWrite && desk.client.hasBufferedInput && desk.client.unacknowledged == 2)
        desk.client.flush()
        #expect(!broker.log.contains("Received PUBACK from desk"))

        var taken: [Int] = []
        let mayHaveMore = desk.client.read { _, payload, _ in
            taken.append(number(copy(payload)))
            return taken.count == 2 ? .pause : .next
        }
        #expect(taken == [2, 3] && mayHaveMore && desk.client.unacknowledged == 4 && !desk.client.hold())
        desk.acknowledges = true
        try desk.turn(until: "the last one, and the acknowledgements") { broker.log.contains("Received PUBACK from desk") }
        #expect(desk.payloads.map(number) == [0, 1, 4] && !desk.client.hasBufferedInput)
    }

    @Test("may be dropped by the receiver itself; that message comes again too")
    func dropInside() throws {
        let broker = try Broker()
        let desk = try Desk(broker)
        try desk.subscribe()
        try broker.publish(3)
        var taken = 0
        try eventually("a message") {
            desk.client.read { _, _, _ in
                taken += 1
                desk.client.dropConnection()
                return .next
            }
            desk.client.flush()
            return taken > 0
        }
        #expect(taken == 1)
        #expect(desk.client.socket == -1)
        try desk.client.connect()
        try desk.turn(until: "all three") { desk.payloads.count == 3 }
    }

    @Test("resumes its session when the broker was restarted", arguments: MosquittoSettings.Version.allCases)
    func restart(version: MosquittoSettings.Version) throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.version = version }
        try desk.subscribe()
        desk.acknowledges = false
        try broker.publish(4)
        try desk.turn(until: "4 messages") { desk.payloads.count == 4 }
        broker.terminate()
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.needsOperator == false)

        desk.forget()
        #expect(try desk.failure().cause == .network(ECONNREFUSED))
        try broker.start()
        desk.forget()
        desk.acknowledges = true
        try desk.subscribe()
        #expect(desk.session?.present == true)
        try desk.turn(until: "the 4 again") { desk.payloads.count == 4 }
    }

    @Test("subscribes again when the broker has lost the session")
    func lostSession() throws {
        let broker = try Broker()
        let desk = try Desk(broker)
        try desk.subscribe()
        broker.kill()
        try desk.turn(until: "the end") { desk.disconnection != nil }
        try broker.start()
        desk.forget()
        try desk.subscribe()
        #expect(desk.session?.present == false)
        try broker.publish(1)
        try desk.turn(until: "a message") { desk.payloads.count == 1 }
    }

    @Test("keeps its connection while nothing happens")
    func idle() throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.keepalive = .seconds(5) }
        try desk.subscribe()
        try desk.turn(until: "two pings", within: 20) { broker.log.components(separatedBy: "Sending PINGRESP").count >= 3 }
        #expect(desk.client.isConnected)
    }

    @Test("notices within twice the keepalive time that the broker hangs")
    func frozenBroker() throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.keepalive = .seconds(5) }
        try desk.subscribe()
        broker.freeze()
        defer { broker.thaw() }
        try desk.turn(until: "the end", within: 13) { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .silent)
        // A hanging broker's kernel still accepts connections.
        desk.forget()
        #expect(try desk.failure(within: 7).cause == .timedOut(.seconds(5)))
    }

    @Test("takes a message of 1 MiB, and lets the broker keep what is larger than it allows")
    func large() throws {
        let broker = try Broker()
        let desk = try Desk(broker) { $0.maximumPacketSize = 1 << 20 + 1024 }
        try desk.subscribe()
        try broker.publish(1, size: 1 << 20)
        try desk.turn(until: "a message") { desk.payloads.count == 1 }
        #expect(desk.payloads.first?.count == 1 << 20)
        try broker.publish(1, size: 1 << 20 + 2048)
        try broker.publish(1, from: 7)
        try desk.turn(until: "the one after") { desk.payloads.count == 2 }
        #expect(desk.payloads.last.map(number) == 7)
    }

    @Test("loses its connection to another client with the same id")
    func takenOver() throws {
        let broker = try Broker()
        let desk = try Desk(broker)
        try desk.subscribe()
        let other = try Desk(broker)
        try other.client.connect()
        try other.turn(until: "connected") { other.client.isConnected }
        try desk.turn(until: "the end") { desk.disconnection != nil }
        // mosquitto 2.0.11 does not say why, later ones do.
        let cause = desk.disconnection?.cause
        #expect(cause == .hungUp || cause == .dismissed(.sessionTakenOver))
    }

    @Test("shares a subscription with others of its group")
    func shared() throws {
        let broker = try Broker()
        let desks = try (0..<2).map { number in try Desk(broker, id: "desk\(number)") { $0.filters = ["$share/thermo/camera/+/image_json"] }
        }
        for desk in desks { try desk.subscribe() }
        #expect(desks.allSatisfy { $0.session?.sharedSubscriptions == true })
        try broker.publish(20)
        try eventually("20 messages between them") {
            for desk in desks { desk.turn() }
            return desks[0].payloads.count + desks[1].payloads.count == 20
        }
        #expect(desks.allSatisfy { !$0.payloads.isEmpty })
    }
}
