import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("An object store client over TLS")
struct ObjectStoreTLSTests {
    @Test("trusts the given authority, and names the cause when it cannot trust")
    func trust() throws {
        let folder = try TemporaryFolder()
        let authority = try CertificateAuthority("ca")
        let other = try CertificateAuthority("other")
        let good = try TLSServer(in: folder, try authority.issue("good", names: ["IP:127.0.0.1"]))
        let elsewhere = try TLSServer(in: folder, try authority.issue("elsewhere", names: ["DNS:minio.example"]))
        let expired = try TLSServer(in: folder, try authority.issue("expired", names: ["IP:127.0.0.1"], dates: CertificateAuthority.past))

        #expect(try get(good, trusting: authority.certificate.path).get().status == 200)
        try expect(60, "unable to get local issuer certificate", from: good, trusting: other.certificate.path)
        try expect(60, "unable to get local issuer certificate", from: good, trusting: "")
        try expect(60, "no alternative certificate subject name matches", from: elsewhere, trusting: authority.certificate.path)
        try expect(60, "certificate has expired", from: expired, trusting: authority.certificate.path)
        try expect(77, "/nowhere/ca.pem", from: good, trusting: "/nowhere/ca.pem")
        let plain = try ScriptedHTTPServer(greeting: "HTTP/1.1 400 Bad Request\r\n\r\n")
        defer { plain.stop() }
        let error = try ObjectStoreHarness("https://127.0.0.1:\(plain.port)").failure(.headBucket("b"))
        #expect(error.transportCode == 35, "\(error)")
    }

    @Test("reads the authority's file anew for every connection, and another one when it is told to")
    func renewal() throws {
        let folder = try TemporaryFolder()
        let (old, new) = (try CertificateAuthority("old"), try CertificateAuthority("new"))
        let server = try TLSServer(in: folder, try new.issue("good", names: ["IP:127.0.0.1"]))
        let trusted = folder.file("trusted.pem")
        try Data(contentsOf: old.certificate).write(to: trusted)
        let harness = try ObjectStoreHarness("https://127.0.0.1:\(server.port)") { $0.caFile = trusted.path }
        let request = ObjectRequest.get(bucket: "b", key: "k", into: MemoryBody(), limit: 1 << 20)
        #expect(try harness.failure(request).transportCode == 60)
        var settings = ObjectStoreClient.Settings()
        settings.caFile = new.certificate.path
        harness.client.adopt(settings)
        #expect(try harness.run(request).get().status == 200)
        settings.caFile = trusted.path
        harness.client.adopt(settings)
        #expect(try harness.failure(request).transportCode == 60)
        try Data(contentsOf: new.certificate).write(to: trusted)
        #expect(try harness.run(request).get().status == 200)
    }

    private func get(_ server: TLSServer, trusting authority: String) throws -> Result<ObjectStoreAnswer, ObjectStoreError> {
        let harness = try ObjectStoreHarness("https://127.0.0.1:\(server.port)") { $0.caFile = authority }
        return try harness.run(.get(bucket: "b", key: "k", into: MemoryBody(), limit: 1 << 20))
    }

    private func expect(
        _ code: Int32, _ text: String, from server: TLSServer, trusting authority: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let result = try get(server, trusting: authority)
        guard case .failure(let error) = result else { throw ServiceError("trusted: \(result)") }
        #expect(error.transportCode == code, "\(error)", sourceLocation: sourceLocation)
        #expect(error.description.contains(text), "\(error)", sourceLocation: sourceLocation)
    }
}

/// Answers every GET with a page, over TLS: `openssl s_server -www`.
private final class TLSServer {
    let port: Int
    private let service: Service

    init(in folder: TemporaryFolder, _ identity: CertificateAuthority.Issued) throws {
        let port = try freePort()
        self.port = port
        service = try Service(
            "s_server-\(port)",
            [
                "/usr/bin/openssl", "s_server", "-quiet", "-www", "-accept", "127.0.0.1:\(port)", "-cert", identity.certificate.path,
                "-key", identity.key.path,
            ],
            in: folder.url)
        try eventually("s_server to listen") { [service] in
            guard service.isRunning else { throw ServiceError("s_server ended: \(service.tail)") }
            return probe(port: port) != nil
        }
    }
}
