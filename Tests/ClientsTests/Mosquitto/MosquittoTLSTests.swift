import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A client over TLS")
struct MosquittoTLSTests {
    private let authority: CertificateAuthority
    private let stranger: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority("Own CA")
        stranger = try CertificateAuthority("Other CA")
    }

    private func broker(
        names: [String] = ["IP:127.0.0.1", "DNS:localhost"], dates: (String, String)? = nil, asksForCertificate: Bool = false
    ) throws -> Broker {
        let own = try authority.issue("broker", names: names, dates: dates.map { (from: $0.0, to: $0.1) })
        var options = Broker.Options()
        options.certificates = .init(authority: authority.certificate, certificate: own.certificate, key: own.key)
        options.requiresCertificate = asksForCertificate
        return try Broker(options)
    }

    private func desk(
        _ broker: Broker, host: String = "127.0.0.1", keepalive: Duration = .seconds(30),
        _ change: (inout MosquittoSettings.TLS) -> Void = { _ in }
    ) throws -> Desk {
        try Desk(broker) {
            $0.keepalive = keepalive
            var files = MosquittoSettings.TLS(authorities: authority.certificate.path)
            change(&files)
            $0.tls = files
            $0.host = host
        }
    }

    private func cause(_ desk: Desk) throws -> String {
        let error = try desk.failure()
        guard case .tls(let cause) = error.cause else { throw ServiceError("not of TLS: \(error)") }
        #expect(error.step == .secure && error.needsOperator)
        return cause
    }

    @Test("gets every message, however many one record holds, and keeps the gate shut", arguments: MosquittoSettings.Version.allCases)
    func messages(version: MosquittoSettings.Version) throws {
        let broker = try broker()
        let desk = try Desk(broker) {
            $0.version = version
            $0.tls = .init(authorities: authority.certificate.path)
            $0.host = "localhost"
        }
        try desk.subscribe()
        desk.client.disconnectKeepingSession()
        desk.forget()

        var publishing = broker.settings("publisher")
        publishing.tls = .init(authorities: authority.certificate.path)
        var publisher = try MosquittoPublisher(publishing)
        try publisher.connect()
        for _ in 0..<15 { try publisher.publish(topic: "camera/cam7/image_json", payload: [UInt8](repeating: 1, count: 40).span) }
        try publisher.publish(topic: "camera/cam7/image_json", payload: [UInt8](repeating: 1, count: 300_000).span)
        try publisher.finish()
        publisher.disconnect()

        desk.acknowledges = false
        try desk.client.connect()
        try desk.turn(until: "16 messages") { desk.payloads.count == 16 }
        #expect(desk.payloads.map(\.count) == Array(repeating: 40, count: 15) + [300_000])
        desk.client.dropConnection()

        desk.forget()
        desk.acknowledges = true
        try desk.client.connect()
        try desk.turn(until: "all again") { desk.payloads.count == 16 }
    }

    @Test("acknowledges what was held, and not what it has read since")
    func hold() throws {
        let broker = try broker()
        let desk = try desk(broker, host: "localhost")
        var publisher = broker.settings("publisher")
        publisher.tls = .init(authorities: authority.certificate.path)
        publisher.host = "localhost"
        try desk.holdFive(broker, settings: publisher)
        #expect(desk.client.unacknowledged == 5)
        desk.client.dropConnection()
        desk.forget()
        try desk.subscribe()
        try desk.turn(until: "the other 5 again") { desk.payloads.count >= 5 }
        #expect(desk.payloads.map(number) == Array(5..<10))
    }

    @Test("acknowledges the first messages while the others wait, and says when something else waits behind them")
    func acknowledgeFirst() throws {
        let broker = try broker()
        let desk = try desk(broker, host: "localhost", keepalive: .seconds(5))
        var publisher = broker.settings("publisher")
        publisher.tls = .init(authorities: authority.certificate.path)
        publisher.host = "localhost"
        try desk.acknowledgeFive(broker, settings: publisher)
        #expect(!desk.client.acknowledgementsAreInTheWay)
        try desk.turn(until: "a sign of life behind what is held") {
            desk.client.acknowledge(0)
            return desk.client.acknowledgementsAreInTheWay
        }
        #expect(!broker.log.contains("Received PINGREQ from desk"))
        desk.client.acknowledge(5)
        try desk.turn(until: "all of it") { broker.log.contains("Received PINGREQ from desk") }
        #expect(broker.log.components(separatedBy: "Received PUBACK from desk").count == 11 && desk.disconnection == nil)
    }

    /// openssl in a broker's place: what is written to `input` it sends, in one record what comes in one piece. (mosquitto gives each
    /// packet a record of its own.) The connection stands when `body` begins.
    private func withServer(_ body: (Desk, _ input: FileHandle) throws -> Void) throws {
        let own = try authority.issue("broker", names: ["IP:127.0.0.1"])
        let port = try freePort()
        let server = Process()
        server.executableURL = URL(filePath: "/usr/bin/openssl")
        server.arguments = ["s_server", "-quiet", "-accept", "127.0.0.1:\(port)", "-cert", own.certificate.path, "-key", own.key.path]
        let (input, output) = (Pipe(), Pipe())
        server.standardInput = input
        server.standardOutput = output
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer {
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
        }
        var settings = MosquittoSettings(host: "127.0.0.1", port: port, clientID: "desk")
        settings.tls = .init(authorities: authority.certificate.path)
        let desk = try Desk(settings)
        try eventually("a TLS connection") {
            guard (try? desk.client.connect()) != nil else { return false }
            desk.forget()
            try desk.turn(until: "CONNECT sent or refused") {
                desk.disconnection != nil || (desk.client.socket >= 0 && !desk.client.wantsWrite)
            }
            return desk.disconnection == nil
        }
        // Then the handshake is over on this side, too.
        try desk.turn(until: "CONNECT to have arrived") {
            var entry = pollfd(fd: output.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, 0) == 1
        }
        try body(desk, input.fileHandleForWriting)
    }

    @Test("tells what TLS has decrypted and the receiver did not want yet, for which the socket never becomes readable")
    func buffered() throws {
        try withServer { desk, input in
            let message: [UInt8] = [0x30, 6, 0, 1, 97, 0, 1, 2]  // QoS 0, topic "a", no properties
            try input.write(contentsOf: [0x20, 3, 0, 0, 0] + (0..<20).flatMap { _ in message })
            try desk.turn(until: "connected") { desk.client.isConnected }
            #expect(desk.payloads.isEmpty && desk.client.hasBufferedInput)
            desk.turn()
            #expect(desk.payloads.count == 20)

            try input.write(contentsOf: (0..<20).flatMap { _ in message })
            var entry = pollfd(fd: desk.client.socket, events: Int16(POLLIN), revents: 0)
            #expect(poll(&entry, 1, 10_000) == 1)
            for left in (0..<20).reversed() {
                var taken = 0
                let mayHaveMore = desk.client.read { _, _, _ in
                    taken += 1
                    return .pause
                }
                #expect(taken == 1 && mayHaveMore && desk.client.hasBufferedInput == (left > 0))
                entry.revents = 0
                #expect(poll(&entry, 1, 0) == 0)
            }
        }
    }

    @Test("understands a broker of MQTT 3 that is offered MQTT 5")
    func oldBroker() throws {
        try withServer { desk, input in
            try input.write(contentsOf: [0x20, 2, 0, 1] as [UInt8])
            try desk.turn(until: "the end") { desk.disconnection != nil }
            let end = desk.disconnection
            #expect(end?.cause == .refused(.protocolVersion, filter: nil) && end?.step == .logIn, "\(String(describing: end))")
        }
    }

    @Test("names the broker in its first message as the settings do, and by no address")
    func serverName() throws {
        for (host, isNamed) in [("localhost", true), ("127.0.0.1", false)] {
            let broker = try ScriptedBroker()
            let desk = try Desk(broker) {
                $0.host = host
                $0.tls = .init(authorities: authority.certificate.path)
            }
            try desk.client.connect()
            try desk.turn(until: "ClientHello") {
                broker.turn()
                return broker.received.count > 200
            }
            let hello = String(decoding: broker.received, as: UTF8.self)
            #expect(hello.contains("localhost") == isNamed)
            #expect(!hello.contains("127.0.0.1"))
        }
    }

    @Test("does not trust a certificate of an unknown authority")
    func unknownAuthority() throws {
        let broker = try broker()
        let cause = try cause(desk(broker) { $0.authorities = stranger.certificate.path })
        #expect(cause.contains("unable to get local issuer certificate") || cause.contains("self-signed"), "\(cause)")
    }

    @Test("does not trust it with the system's authorities either")
    func systemAuthorities() throws {
        let broker = try broker()
        #expect(try cause(desk(broker) { $0.authorities = nil }).contains("certificate"))
    }

    @Test("does not talk to a broker with somebody else's name", arguments: [["DNS:other.example"], ["IP:127.0.0.2"]])
    func otherName(names: [String]) throws {
        let broker = try broker(names: names)
        #expect(try cause(desk(broker)).lowercased().contains("mismatch"))
        #expect(try cause(desk(broker, host: "localhost")).lowercased().contains("mismatch"))
    }

    @Test("tells an expired certificate, and one that is not valid yet")
    func dates() throws {
        let old = try broker(dates: ("20200101000000Z", "20210101000000Z"))
        #expect(try cause(desk(old)).contains("expired"))
        let new = try broker(dates: ("20900101000000Z", "20910101000000Z"))
        let early = try cause(desk(new))
        #expect(early.contains("not yet valid") && early.contains("clock"))
    }

    @Test("shows its own certificate to a broker that asks for it, and understands when it is refused")
    func ownCertificate() throws {
        let broker = try broker(asksForCertificate: true)
        let own = try authority.issue("gateway")
        let friend = try desk(broker) {
            $0.certificate = own.certificate.path
            $0.key = own.key.path
        }
        try friend.subscribe()
        // The broker hangs up on what it has not read yet; then the system may throw away the reason it gave before.
        let naked = try desk(broker).failure()
        #expect(naked.cause == .tls("tlsv13 alert certificate required") || naked.cause == .hungUp, "\(naked)")
        #expect(naked.description.contains("certificate"))
        let forged = try stranger.issue("gateway")
        let other = try desk(broker) {
            $0.certificate = forged.certificate.path
            $0.key = forged.key.path
        }
        let refused = try other.failure()
        #expect(refused.cause == .tls("tlsv1 alert unknown ca") || refused.cause == .hungUp, "\(refused)")
        #expect(refused.step == .secure || refused.step == .logIn)
    }

    @Test("names the file it cannot use")
    func files() throws {
        let broker = try broker()
        let own = try authority.issue("gateway")
        let other = try authority.issue("gateway")
        #expect(try cause(desk(broker) { $0.authorities = "/nowhere/ca.crt" }) == "CA file /nowhere/ca.crt: No such file or directory")
        #expect(try cause(desk(broker) { $0.authorities = own.key.path }).hasPrefix("CA file \(own.key.path): "))
        #expect(try cause(desk(broker) { $0.certificate = "/nowhere/own.crt" }).hasPrefix("client certificate /nowhere/own.crt"))
        let mixed = try desk(broker) {
            $0.certificate = own.certificate.path
            $0.key = other.key.path
        }
        #expect(try cause(mixed).contains("mismatch"))
    }

    @Test("tells a port that is meant for plain MQTT, and the other way round")
    func mixedPorts() throws {
        let plain = try Broker()
        let error = try desk(plain).failure()
        #expect(error.step == .secure, "\(error)")
        let secure = try broker()
        let hasty = try Desk(secure).failure()
        // The broker hangs up, with OpenSSL 3.5 after an alert.
        #expect(hasty.cause == .hungUp || hasty.cause == .wantsTLS, "\(hasty)")
        #expect(hasty.step == .logIn && hasty.description.contains("TLS"), "\(hasty)")
    }
}
