import Clients
import Foundation
import TestServices
import Testing

@Suite("TLS")
struct TrustTests {
    private let authority: CertificateAuthority
    private let stranger: CertificateAuthority

    init() throws {
        authority = try CertificateAuthority("authority")
        stranger = try CertificateAuthority("stranger")
    }

    @Test("to broker with client certificate, object store and PostgreSQL, all behind a private authority")
    func everything() throws {
        let server = try authority.issue("server", names: ["IP:127.0.0.1"])
        let client = try authority.issue("client", names: ["DNS:gateway-1"])
        let storeFolder = try TemporaryFolder()
        let store = try SeaweedServer(in: storeFolder, certificate: (server.certificate, server.key))
        let postgres = try PostgresServer(tls: true)
        let tls =
            "tls = { ca_file = \"\(authority.certificate.path)\", cert_file = \"\(client.certificate.path)\", key_file = \"\(client.key.path)\" }"
        let site = try Site("[mqtt]\n\(tls)\n[s3]\nca_file = \"\(authority.certificate.path)\"") {
            $0.broker.certificates = .init(authority: authority.certificate, certificate: server.certificate, key: server.key)
            $0.broker.requiresCertificate = true
            $0.store = store
            $0.postgres = postgres
            $0.starts = false
        }
        var configuration = site.configuration
        configuration.add("[mqtt]\nurl = \"mqtts://127.0.0.1:\(site.broker.port)\"")
        configuration.add(
            "[postgres]\nurl = \"postgresql://postgres@localhost:\(postgres.port)/\(site.database)?sslmode=verify-full&sslrootcert=\(postgres.certificateAuthority.path)\""
        )
        try configuration.text.write(to: site.gateway.config, atomically: true, encoding: .utf8)
        try site.gateway.start()
        try site.gateway.waitUntilReady()

        var settings = MosquittoSettings(host: "127.0.0.1", port: site.broker.port, clientID: "cameras")
        settings.sessionExpiry = .zero
        settings.tls = .init(authorities: authority.certificate.path, certificate: client.certificate.path, key: client.key.path)
        let picture = TestPicture("cam1", 1, size: 60_000)
        try Cameras(settings).publish(picture)
        let row = try #require(site.waitForRows(1).first)
        #expect(row.checksum == picture.sha256)
        #expect(try site.headers(of: row.object_name)["content-length"] == "60000")
        try site.gateway.waitForHealth()
    }

    @Test("to a broker whose certificate is a stranger's, expired or another host's is refused, and health names the cause")
    func brokerRefused() throws {
        let cases: [(CertificateAuthority.Issued, String)] = [
            (try stranger.issue("b-strange", names: ["IP:127.0.0.1"]), "certificate"),
            (try authority.issue("b-expired", names: ["IP:127.0.0.1"], dates: CertificateAuthority.past), "expired"),
            (try authority.issue("b-other", names: ["DNS:elsewhere.example"]), "mismatch"),
        ]
        for (identity, cause) in cases {
            let site = try Site("[mqtt]\ntls = { ca_file = \"\(authority.certificate.path)\" }") {
                $0.broker.certificates = .init(authority: authority.certificate, certificate: identity.certificate, key: identity.key)
                $0.starts = false
            }
            var configuration = site.configuration
            configuration.add("[mqtt]\nurl = \"mqtts://127.0.0.1:\(site.broker.port)\"\nusername = \"gate\"\npassword = \"hush-broker-1\"")
            try configuration.text.write(to: site.gateway.config, atomically: true, encoding: .utf8)
            try site.gateway.start()
            let error = try site.gateway.waitForFailure(of: "mqtt", saying: cause)
            try site.gateway.waitForLog(cause)
            try expectNoSecret(site, "hush-broker-1", error)
        }
    }

    @Test("to an object store whose certificate is a stranger's, expired or another host's is refused, and health names the cause")
    func storeRefused() throws {
        let cases: [(CertificateAuthority.Issued, String)] = [
            (try stranger.issue("s-strange", names: ["IP:127.0.0.1"]), "certificate"),
            (try authority.issue("s-expired", names: ["IP:127.0.0.1"], dates: CertificateAuthority.past), "expired"),
            (try authority.issue("s-other", names: ["DNS:elsewhere.example"]), "127.0.0.1"),
        ]
        for (identity, cause) in cases {
            let storeFolder = try TemporaryFolder()
            let store = try SeaweedServer(in: storeFolder, certificate: (identity.certificate, identity.key))
            let site = try Site("[s3]\nca_file = \"\(authority.certificate.path)\"") { $0.store = store }
            let error = try site.gateway.waitForFailure(of: "minio", saying: cause)
            try site.gateway.waitForLog(cause)
            try expectNoSecret(site, SeaweedServer.secretKey, error)
        }
    }

    @Test("to a PostgreSQL whose authority or host is another is refused, and health names the cause")
    func tableRefused() throws {
        let postgres = try PostgresServer(tls: true)
        let cases = [
            ("localhost", authority.certificate.path, "certificate verify failed"),
            ("127.0.0.1", postgres.certificateAuthority.path, "does not match host name"),
        ]
        for (host, file, cause) in cases {
            let site = try Site {
                $0.postgres = postgres
                $0.starts = false
            }
            var configuration = site.configuration
            configuration.add(
                "[postgres]\nurl = \"postgresql://postgres@\(host):\(postgres.port)/\(site.database)?sslmode=verify-full&sslrootcert=\(file)\""
            )
            try configuration.text.write(to: site.gateway.config, atomically: true, encoding: .utf8)
            try site.gateway.start()
            let error = try site.gateway.waitForFailure(of: "postgres", saying: cause)
            try site.gateway.waitForLog(cause)
            try expectNoSecret(site, PostgresServer.password, error)
        }
    }

    private func expectNoSecret(_ site: Site, _ secret: String, _ error: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(!error.contains(secret), sourceLocation: sourceLocation)
        #expect(!site.gateway.log.contains(secret), sourceLocation: sourceLocation)
        #expect(!site.gateway.title.contains(secret), sourceLocation: sourceLocation)
        for path in ["/health", "/ready", "/metrics"] {
            #expect(site.gateway.get(path)?.text.contains(secret) == false, sourceLocation: sourceLocation)
        }
    }
}
