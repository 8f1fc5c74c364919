import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("Between a client and its broker")
struct MosquittoHandshakeTests {
    /// MQTT 5, 3.1.2.11: 0x11 session expiry, 0x21 receive maximum, 0x27 maximum packet size.
    @Test("each CONNECT of MQTT 5, the first and any later, keeps the session and carries the three limits")
    func connectProperties() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) {
            $0.sessionExpiry = .seconds(3600)
            $0.receiveMaximum = 300
            $0.maximumPacketSize = 0x10_0000
        }
        for connection in 1...3 {
            try desk.greet(broker)
            let properties: [UInt8] = [0x11, 0, 0, 0x0e, 0x10, 0x21, 0x01, 0x2c, 0x27, 0, 0x10, 0, 0]
            let expected: [UInt8] = [0, 4] + Array("MQTT".utf8) + [5, 0x00, 0, 30, UInt8(properties.count)]
            #expect(Array(broker.received.dropFirst(2).prefix(expected.count)) == expected, "connection \(connection)")
            let sent = Set(chunked(Array(broker.received.dropFirst(2 + expected.count).prefix(properties.count))))
            #expect(sent == Set(chunked(properties)), "connection \(connection)")
        }
    }

    /// The properties one by one, whatever their order.
    private func chunked(_ bytes: [UInt8]) -> [[UInt8]] {
        var rest = bytes[...]
        var all: [[UInt8]] = []
        while let first = rest.first {
            let length = first == 0x21 ? 3 : 5
            all.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return all
    }

    @Test("each CONNECT of MQTT 3.1.1 keeps the session")
    func connect311() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) {
            $0.version = .v311
            $0.username = "me"
            $0.password = "secret"
        }
        try desk.greet(broker)
        let flags: UInt8 = 0xc0  // user name and password; clean session is 0x02
        let expected: [UInt8] = [0, 4] + Array("MQTT".utf8) + [4, flags, 0, 30, 0, 4] + Array("desk".utf8)
        #expect(Array(broker.received.dropFirst(2).prefix(expected.count)) == expected)
    }

    @Test("a connection is told before its first message, though both come in one segment", arguments: MosquittoSettings.Version.allCases)
    func beginningFirst(version: MosquittoSettings.Version) throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.version = version }
        try desk.greet(broker)
        let properties: [UInt8] = version == .v5 ? [0] : []
        let content = [0, 1] + Array("t".utf8) + [0, 7] + properties + Array("payload".utf8)
        let answer: [UInt8] = [0x20, UInt8(2 + properties.count), 1, 0] + properties
        broker.send(answer + [0x32, UInt8(content.count)] + content)
        var order: [String] = []
        try eventually("the message") {
            desk.client.read { _, _, _ in
                order.append("message")
                return .next
            }
            while let event = desk.client.nextEvent() { if case .connected = event { order.append("connected") } }
            return order.contains("message")
        }
        #expect(order == ["connected", "message"])
    }

    @Test(
        "a refusal names its reason",
        arguments: [(UInt8(0x86), "bad user name or password"), (0x87, "not authorised"), (0x84, "version of MQTT"), (0x89, "busy")])
    func refusals(code: UInt8, words: String) throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.greet(broker)
        broker.send([0x20, 3, 0, code, 0])
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .refused(MQTTReason(code: code), filter: nil))
        #expect(desk.disconnection?.needsOperator == (code != 0x89))
        #expect(desk.disconnection?.description.contains(words) == true)
    }

    @Test(
        "a refusal of MQTT 3.1.1 has the same meaning",
        arguments: [(UInt8(1), MQTTReason.protocolVersion), (4, .badCredentials), (5, .notAuthorised)])
    func refusals311(code: UInt8, reason: MQTTReason) throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.version = .v311 }
        try desk.greet(broker)
        broker.send([0x20, 2, 0, code])
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .refused(reason, filter: nil))
    }

    @Test("a broker of MQTT 3 that is offered MQTT 5 is understood")
    func oldBroker() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.greet(broker)
        broker.send([0x20, 2, 0, 1])
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .refused(.protocolVersion, filter: nil))
    }

    @Test("a port that answers with a TLS alert is meant for TLS")
    func alert() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.greet(broker)
        broker.send([0x15, 3, 1, 0, 2, 2, 70])
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .wantsTLS && desk.disconnection?.step == .logIn)
    }

    @Test("saying goodbye waits for nothing but the socket")
    func goodbye() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.connect(to: broker)
        desk.turn()
        let begun = Date()
        desk.client.disconnectKeepingSession(within: .seconds(20))
        #expect(Date().timeIntervalSince(begun) < 10 && desk.client.socket == -1)
    }

    @Test("the broker's own limits are told")
    func limits() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.greet(broker)
        broker.send([0x20, 18, 1, 0, 15, 0x11, 0, 0, 0, 60, 0x13, 0, 20, 0x21, 0, 10, 0x24, 0, 0x2a, 0])
        try desk.turn(until: "connected") { desk.client.isConnected }
        #expect(
            desk.session
                == MosquittoSession(
                    present: true, sessionExpiry: .seconds(60), keepalive: .seconds(20), maximumPacketSize: nil, receiveMaximum: 10,
                    maximumQoS: 0,
                    sharedSubscriptions: false))
    }

    @Test("the broker's goodbye is told with its reason")
    func dismissal() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.connect(to: broker)
        broker.send([0xe0, 2, 0x8e, 0])
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .dismissed(.sessionTakenOver))
        #expect(desk.disconnection?.needsOperator == true)
    }

    @Test("a refused topic filter is named, and the others stay")
    func refusedFilter() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker) { $0.filters = ["a/+", "b/+", "c/+"] }
        try desk.connect(to: broker)
        broker.answer(try desk.subscribe(1, at: broker), [1, 0x87, 0])
        try desk.turn(until: "two refusals") { desk.events.count == 3 }
        #expect(
            desk.events.contains(
                .refused(MosquittoError(.subscribe, desk.client.settings.endpoint, .refused(.notAuthorised, filter: "b/+")))))
        #expect(desk.events.contains(.refused(MosquittoError(.subscribe, desk.client.settings.endpoint, .lowerQoS(0, filter: "c/+")))))
        #expect(!desk.events.contains(.subscribed) && desk.client.isConnected)
    }

    @Test(
        "bytes that are not MQTT end the connection, and no more",
        arguments: [[0x00, 0x00], [0x20, 0xff, 0xff, 0xff, 0xff, 0xff], [0x30, 1, 0xff]])
    func noise(bytes: [UInt8]) throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        if bytes[0] == 0x30 { try desk.connect(to: broker) } else { try desk.greet(broker) }
        broker.send(bytes)
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .malformed)
        try desk.greet(broker)
    }

    @Test("a broker that hangs up instead of answering is told from a network that fails")
    func hangUp() throws {
        let broker = try ScriptedBroker()
        let desk = try Desk(broker)
        try desk.greet(broker)
        broker.hangUp()
        try desk.turn(until: "the end") { desk.disconnection != nil }
        #expect(desk.disconnection?.cause == .hungUp)
        #expect(desk.disconnection?.step == .logIn)
        #expect(
            try Desk(MosquittoSettings(host: "127.0.0.1", port: freePort(), clientID: "desk")).failure().cause == .network(ECONNREFUSED))
    }

    @Test("connecting to an address that swallows everything blocks nobody, and ends in time")
    func blackHole() throws {
        // TEST-NET-1 (RFC 5737): nobody there. A machine without a route says so at once, which is as good.
        var settings = MosquittoSettings(host: "192.0.2.1", port: 1883, clientID: "desk")
        settings.connectTimeout = .seconds(1)
        let desk = try Desk(settings)
        let clock = ContinuousClock()
        let start = clock.now
        let error = try desk.failure()
        #expect(
            [.timedOut(.seconds(1)), .network(ENETUNREACH), .network(EHOSTUNREACH), .network(ECONNREFUSED)].contains(error.cause),
            "\(error)")
        #expect(clock.now - start < .seconds(3))
    }

    @Test("all addresses of a name are tried")
    func manyAddresses() throws {
        // The broker listens on 127.0.0.1 only; where localhost is ::1 too, that one is refused first.
        let broker = try Broker()
        let desk = try Desk(broker) { $0.host = "localhost" }
        try desk.subscribe()
    }

    @Test("a name nobody knows is told")
    func unknownName() throws {
        let error = try Desk(MosquittoSettings(host: "broker.invalid", port: 1883, clientID: "desk")).failure()
        guard case .lookup = error.cause else { throw ServiceError("\(error)") }
        #expect(error.description.contains("broker.invalid"))
    }

    @Test("a wrong password is told, and appears nowhere")
    func passwords() throws {
        var options = Broker.Options()
        options.users = ["gateway": "correct horse"]
        let broker = try Broker(options)
        for version in MosquittoSettings.Version.allCases {
            let desk = try Desk(broker) {
                $0.version = version
                $0.username = "gateway"
                $0.password = "battery staple"
            }
            let error = try desk.failure()
            #expect(error.cause == .refused(.notAuthorised, filter: nil))
            #expect(!"\(error) \(desk.client.settings) \(String(reflecting: desk.client.settings))".contains("battery staple"))

            let friend = try Desk(broker) {
                $0.version = version
                $0.username = "gateway"
                $0.password = "correct horse"
            }
            try friend.subscribe()
        }
    }

    @Test("a topic filter that the broker's rules forbid is told", arguments: MosquittoSettings.Version.allCases)
    func forbiddenFilter(version: MosquittoSettings.Version) throws {
        var options = Broker.Options()
        options.allowedFilters = ["camera/+/image_json"]
        let broker = try Broker(options)
        let desk = try Desk(broker) {
            $0.version = version
            $0.filters = ["camera/+/image_json", "secret/#"]
        }
        try desk.client.connect()
        try desk.turn(until: "a refusal") { desk.refusal != nil }
        let reason = version == .v5 ? MQTTReason.notAuthorised : MQTTReason(code: 128)
        #expect(desk.refusal?.cause == .refused(reason, filter: "secret/#"))
        try broker.publish(1)
        try desk.turn(until: "a message by the other") { desk.payloads.count == 1 }
    }

    @Test("settings the protocol has no room for are refused before any connection")
    func settings() {
        func mistake(_ change: (inout MosquittoSettings) -> Void) -> Bool {
            var settings = MosquittoSettings(host: "h", port: 1883, clientID: "c")
            change(&settings)
            do {
                _ = try MosquittoClient(settings)
                return false
            } catch {
                return error.step == .configure && error.needsOperator
            }
        }
        #expect(!mistake { _ in })
        #expect(mistake { $0.filters = ["a/#/b"] })
        #expect(mistake { $0.keepalive = .seconds(4) })
        #expect(mistake { $0.qos = 2 })
        #expect(mistake { $0.receiveMaximum = 0 })
        #expect(mistake { $0.clientID = "" })
        #expect(mistake { $0.port = 0 })
    }
}
