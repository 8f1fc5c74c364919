import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A PostgreSQL connection over TLS")
struct PostgresTLSTests {
    @Test("trusts the CA it was told of and that server's name alone, and says which of the two failed")
    func verification() throws {
        let server = try PostgresServer(tls: true)
        let folder = server.certificateAuthority.deletingLastPathComponent()
        func connect(_ overrides: [String: String]) throws {
            let own = [
                "host": "localhost", "hostaddr": "127.0.0.1", "port": "\(server.port)", "user": "postgres",
                "password": PostgresServer.password,
                "sslmode": "verify-full", "sslrootcert": server.certificateAuthority.path,
            ]
            let text = own.merging(overrides) { $1 }.map { "\($0.key)='\($0.value)'" }.joined(separator: " ")
            var connection = try PostgresConnection(PostgresTarget(text), timeout: .seconds(20))
            let rows = try connection.transaction([.sql("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")])
            #expect(rows[0][0, 0] == "t")
        }
        try connect([:])

        let wrongCA = #expect(throws: PostgresError.self) { try connect(["sslrootcert": folder.appending(path: "other.crt").path]) }
        #expect(wrongCA?.kind == .tls)
        #expect(wrongCA?.message.hasPrefix("the server's certificate is not signed by a trusted CA") == true)

        let wrongHost = #expect(throws: PostgresError.self) { try connect(["host": "elsewhere.example"]) }
        #expect(wrongHost?.kind == .tls)
        #expect(wrongHost?.message.hasPrefix("the server's certificate is for another host") == true)
        #expect(wrongHost?.message.contains("elsewhere.example") == true)

        let noFile = #expect(throws: PostgresError.self) { try connect(["sslrootcert": "/nonexistent.crt"]) }
        #expect(noFile?.kind == .tls)

        let plain = #expect(throws: PostgresError.self) { try connect(["sslmode": "disable"]) }
        #expect(plain?.sqlState == "28000", "the server's own rules ask for TLS")
    }

    @Test("does not fall back to plain text where TLS is demanded")
    func noTLS() throws {
        let server = try PostgresServer.shared()
        let target = try PostgresTarget(
            "postgresql://postgres:\(PostgresServer.password)@127.0.0.1:\(server.port)/postgres?sslmode=require")
        let error = #expect(throws: PostgresError.self) { _ = try PostgresConnection(target, timeout: .seconds(20)) }
        #expect(error?.kind == .tls)
    }
}
