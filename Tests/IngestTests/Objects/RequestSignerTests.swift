import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

@Suite("A request signer")
struct RequestSignerTests {
    private static let moment = Timestamp(milliseconds: 1_795_336_265_000)  // 2026-11-22T08:31:05Z

    @Test("addresses by path or by host, and signs what it sends")
    func addresses() throws {
        let path = try signer { $0.endpoint = "https://s3.example:443" }.sign(.head(bucket: "b", key: "%2E/é"))
        #expect(path.url == "https://s3.example/b/%252E/%C3%A9" && path.host == "s3.example")
        let names = path.headers.map(\.name)
        #expect(names == ["host", "x-amz-content-sha256", "x-amz-date", "Authorization"])
        #expect(path.headers[1].value == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(path.headers[2].value == "20261122T083105Z")
        let host = try signer { $0.pathStyle = false }.sign(.headBucket("b"))
        #expect(host.url == "http://b.127.0.0.1:9000/" && host.host == "b.127.0.0.1:9000")
    }

    @Test("signs the hash it is given for a stream, and its own for a small body")
    func payloads() throws {
        let signer = try signer()
        let put = ObjectRequest.put(
            bucket: "b", key: "k", body: MemoryBody([1]), sha256: "abc", headers: [(name: "content-type", value: "image/jpeg")])
        let signed = try signer.sign(put)
        #expect(signed.headers.contains { $0 == ("x-amz-content-sha256", "abc") })
        #expect(signed.headers.last?.value.contains("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,") == true)
        let create = ObjectRequest.createBucket("b", region: "eu-west-1")
        guard case .small(let body) = create.payload else {
            Issue.record("no body")
            return
        }
        let hash = Hex.lower(try SHA256.digest(of: body.span))
        #expect(try signer.sign(create).headers.contains { $0 == ("x-amz-content-sha256", hash) })
    }

    @Test("sends a stream's checksum as buckets with Object Lock want it, signed")
    func checksum() throws {
        let hex = Hex.lower(try SHA256.digest(of: Array("abc".utf8).span))
        let put = ObjectRequest.put(bucket: "b", key: "k", body: MemoryBody(Array("abc".utf8)), sha256: hex, headers: [])
        let signed = try signer().sign(put)
        #expect(signed.headers.contains { $0 == ("x-amz-checksum-sha256", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=") })
        #expect(signed.headers.last?.value.contains(";x-amz-checksum-sha256;") == true)
    }

    @Test("sends the session token, signed")
    func token() throws {
        let signed = try signer { $0.sessionToken = Secret("tok") }.sign(.headBucket("b"))
        #expect(signed.headers.contains { $0 == ("x-amz-security-token", "tok") })
        #expect(signed.headers.last?.value.contains("x-amz-security-token") == true)
    }

    @Test("learns the server's time, and asks for another try only when that changes anything")
    func clock() throws {
        let signer = try signer()
        #expect(signer.clockOffset == nil)
        let same = signer.hear(serverDate: "Sun, 22 Nov 2026 08:31:07 GMT")
        #expect(!same && signer.clockOffset == .seconds(2))
        let unreadable = signer.hear(serverDate: "tomorrow")
        #expect(!unreadable)
        let news = signer.hear(serverDate: "Sun, 22 Nov 2026 10:31:05 GMT")
        #expect(news && signer.clockOffset == .seconds(7200))
        #expect(try signer.sign(.headBucket("b")).headers[2].value == "20261122T103105Z")
        let again = signer.hear(serverDate: "Sun, 22 Nov 2026 10:31:06 GMT")
        #expect(!again)
    }

    @Test("reads refusals, and blots out secrets that a server repeats")
    func refusal() throws {
        let signer = try signer { $0.sessionToken = Secret("session-abc") }
        let body =
            "<Error><Code>InvalidToken</Code><Message>session-abc of access-1 with secret-1 is bad</Message><StringToSign>x</StringToSign></Error>"
        let refusal = try #require(signer.refusal(in: Array(body.utf8)))
        #expect(refusal.code == "InvalidToken")
        for secret in ["session-abc", "access-1", "secret-1"] { #expect(!refusal.message.contains(secret)) }
        #expect(refusal.message.hasSuffix("is bad"))
        #expect(signer.refusal(in: Array("<html>".utf8)) == nil)
    }

    @Test("says what is wrong with the endpoint")
    func endpoint() {
        #expect(throws: S3Endpoint.Mistake.scheme) { try signer { $0.endpoint = "minio:9000" } }
    }

    private func signer(_ change: (inout Configuration.S3) -> Void = { _ in }) throws -> RequestSigner {
        var settings = Configuration.S3()
        settings.accessKey = Secret("access-1")
        settings.secretKey = Secret("secret-1")
        change(&settings)
        return try RequestSigner(settings, wall: { Self.moment }, now: { Instant(sinceBoot: .seconds(1)) })
    }
}
