import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A connection to Redis over TLS")
struct RedisTLSTests {
    private let authority: CertificateAuthority

    init() throws { authority = try CertificateAuthority("Own CA") }

    private func server(names: [String] = ["IP:127.0.0.1", "DNS:localhost"]) throws -> RedisServer {
        let own = try authority.issue("redis", names: names)
        return try RedisServer(
            password: "open", certificates: .init(authority: authority.certificate, certificate: own.certificate, key: own.key))
    }

    private func settings(_ server: RedisServer, host: String = "localhost", authorities: String? = nil) -> RedisSettings {
        var settings = RedisSettings(host: host, port: server.port)
        settings.timeout = .seconds(5)
        settings.password = "open"
        settings.tls = TLSFiles(authorities: authorities ?? authority.certificate.path)
        return settings
    }

    private func open(_ settings: RedisSettings) throws -> RedisConnection {
        try RedisConnection(settings, lookup: HostLookup(settings.host))
    }

    private func failure(_ settings: RedisSettings) throws -> RedisError {
        do {
            _ = try open(settings)
        } catch let error as RedisError {
            return error
        }
        throw ServiceError("it connected")
    }

    @Test(
        "carries commands and replies of any size, also many at once", .enabled(if: RedisTLS.isAvailable),
        arguments: ["localhost", "127.0.0.1"])
    func exchange(host: String) throws {
        let server = try server()
        var connection = try open(settings(server, host: host))
        // Larger than a TLS record, than a socket's buffer, and than what is read at a time.
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let replies = try connection.pipeline([.set("large", to: large), .get("large"), .get("none")])
        #expect(replies == [.status("OK"), .bytes(large), .null])
        for number in 0..<100 { #expect(try connection.send(.set("n", to: "\(number)")).isOK) }
    }

    @Test("is refused where the server is another than is meant", .enabled(if: RedisTLS.isAvailable))
    func otherServer() throws {
        let stranger = try CertificateAuthority("Other CA")
        let other = try server(names: ["DNS:other.example"])
        let own = try server()
        for (settings, words) in [
            (settings(other), "mismatch"), (settings(other, host: "127.0.0.1"), "mismatch"),
            (settings(own, authorities: stranger.certificate.path), "certificate"),
            (settings(own, authorities: "/nowhere/ca.crt"), "/nowhere/ca.crt"),
        ] {
            let error = try failure(settings)
            #expect(error.description.contains(words) && error.needsOperator, "\(error)")
            guard case .tls = error.cause else {
                Issue.record("not of TLS: \(error)")
                continue
            }
        }
    }

    @Test("tells a port that is not meant for TLS, and the other way round", .enabled(if: RedisTLS.isAvailable))
    func mixedPorts() throws {
        let plain = try RedisServer()
        let error = try failure(settings(plain))
        #expect(error.cause == .hungUp || error.description.contains("TLS"), "\(error)")
        let secure = try server()
        var hasty = settings(secure)
        hasty.tls = nil
        #expect(try [.hungUp, .malformed].contains(failure(hasty).cause))
    }

    @Test("ends in time when the server stops answering, and is lost when it is killed", .enabled(if: RedisTLS.isAvailable))
    func lost() throws {
        let server = try server()
        var quick = settings(server)
        quick.timeout = .milliseconds(300)
        var connection = try open(quick)
        server.freeze()
        #expect(throws: RedisError("GET", quick.endpoint, .timedOut(quick.timeout))) { try connection.send(.get("x")) }
        #expect(try failure(quick).cause == .timedOut(quick.timeout))
        server.thaw()
        var second = try open(settings(server))
        server.kill()
        #expect(throws: RedisError("GET", quick.endpoint, .hungUp)) { try second.send(.get("x")) }
    }

    @Test("is said to be impossible where hiredis has no TLS", .disabled(if: RedisTLS.isAvailable))
    func impossible() throws {
        let server = try RedisServer()
        #expect(try failure(settings(server)).cause == .tls("there is no TLS without \(RedisTLS.library)"))
    }
}
