import Foundation
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore
@testable import Platform

@Suite("Objects on a real S3 server that verifies signatures")
struct ObjectStoreServersTests {
    private static let keys = [
        "cam7/1-1767139385.jpg", "cam%207%2F%C3%A9/a.b-1.jpg", "%2E%2E/x.jpg", "a+b=c&d?e#f.jpg", "café 温/ö~.jpg",
        "quote'\"<>;:@,!$*().jpg",
    ]

    @Test("come back as they went, under any key, with their type and metadata")
    func roundTrip() throws {
        let user = try ObjectStoreUser(SeaweedServer.shared().endpoint)
        try user.createBucket()
        let picture = Picture(
            camera: CameraUID("cam 7")!, imageID: "x", imageIDSource: .camera, topic: "t",
            recordedAt: Timestamp(milliseconds: 1_767_139_385_999),
            size: 0, chunks: 3, sha256: "00", contentType: .jpeg, bucket: user.bucket, key: "")
        for (index, key) in Self.keys.enumerated() {
            let bytes = pattern(index * 400_000 + index)
            let answer = try user.run(user.put(key, bytes, headers: picture.objectHeaders())).get()
            #expect(answer.etag != nil && answer.versionID == nil)
            #expect(try user.get(key) == bytes, "\(key)")
            let head = try user.run(.head(bucket: user.bucket, key: key)).get()
            #expect(head.contentLength == Int64(bytes.count) && head.contentType == "image/jpeg" && head.etag == answer.etag)
            _ = try user.run(.delete(bucket: user.bucket, key: key)).get()
            #expect(try user.failure(.head(bucket: user.bucket, key: key)).isObjectMissing)
        }
        _ = try user.run(.delete(bucket: user.bucket, key: "never-there")).get()
    }

    @Test("go up four at a time, a hundred of them, from files and from memory")
    func many() throws {
        let user = try ObjectStoreUser(SeaweedServer.shared().endpoint)
        try user.createBucket()
        let folder = try TemporaryFolder()
        let bytes = pattern(50_000)
        try Data(bytes).write(to: folder.file("picture"))
        let body = try FileBody(path: folder.file("picture").path)
        let sha256 = try Hex.lower(SHA256.digest(of: bytes.span))
        var started: UInt64 = 0
        var done: Set<UInt64> = []
        try eventually("all uploads", within: 60) {
            while started < 100, user.client.room > 0 {
                started += 1
                let source: any BodySource = started % 2 == 0 ? body : MemoryBody(bytes)
                try user.client.start(
                    .put(bucket: user.bucket, key: "k\(started)", body: source, sha256: sha256, headers: []), token: started)
            }
            try user.client.wait(atMost: .milliseconds(200))
            while let completion = user.client.nextCompletion() {
                _ = try completion.result.get()
                done.insert(completion.token)
            }
            return done.count == 100
        }
        #expect(try user.get("k2") == bytes && user.get("k99") == bytes)
    }

    @Test("need a bucket, which is made when missing, and may be made twice")
    func bucket() throws {
        let user = try ObjectStoreUser(SeaweedServer.shared().endpoint)
        #expect(try user.failure(.headBucket(user.bucket)).isBucketMissing)
        let error = try user.failure(user.put("k", [1]))
        #expect(error.code == "NoSuchBucket" && error.isBucketMissing && error.failureClass == .operatorNeeded)
        try user.createBucket()
        try user.createBucket()
        _ = try user.run(.headBucket(user.bucket)).get()
        _ = try user.run(user.put("k", [1])).get()
    }

    @Test("carry the hash of their bytes, signed, so that a server can refuse what was damaged on its way")
    func damaged() throws {
        let server = try ScriptedHTTPServer { _ in
            .afterBody { request in
                let arrived = (try? Hex.lower(SHA256.digest(of: Array(request.body).span))) ?? ""
                let signed = request.headers["authorization"]?.contains(";x-amz-content-sha256;") == true
                return signed && request.headers["x-amz-content-sha256"] == arrived
                    ? .answer(200, ["ETag": "\"e\""])
                    : .answer(400, [:], "<Error><Code>XAmzContentSHA256Mismatch</Code><Message>damaged</Message></Error>")
            }
        }
        defer { server.stop() }
        let user = try ObjectStoreUser(server.endpoint)
        let bytes = pattern(100_000)
        _ = try user.run(user.put("k", bytes)).get()
        let other = try Hex.lower(SHA256.digest(of: pattern(99_999).span))
        let error = try user.failure(user.put("k", bytes, claiming: other))
        #expect(error.code == "XAmzContentSHA256Mismatch" && error.failureClass == .retry(after: nil), "\(error)")
    }

    @Test("call the operator when key, secret or rights are wrong, and give no secret away")
    func credentials() throws {
        let server = try SeaweedServer.shared()
        let owner = try ObjectStoreUser(server.endpoint)
        try owner.createBucket()
        let cases: [(code: String, access: String, secret: String)] = [
            ("SignatureDoesNotMatch", SeaweedServer.accessKey, "wrong-secret-98765"),
            ("InvalidAccessKeyId", "nobody-knows-me", "wrong-secret-98765"),
            ("AccessDenied", SeaweedServer.readerAccessKey, SeaweedServer.readerSecretKey),
        ]
        for (code, access, secret) in cases {
            let user = try ObjectStoreUser(server.endpoint, bucket: owner.bucket) {
                $0.accessKey = Secret(access)
                $0.secretKey = Secret(secret)
            }
            let error = try user.failure(user.put("k", pattern(100_000)))
            #expect(
                error.status == 403 && error.code == code && error.failureClass == (code == "AccessDenied" ? .denied : .operatorNeeded),
                "\(error)")
            #expect(!error.advice.contains(secret) && !"\(error)".contains(access), "\(error.advice)")
            #expect(error.advice.contains(code))
        }
        // One camera's place may be open where another's is not.
        let partly = try ObjectStoreUser(server.endpoint, bucket: SeaweedServer.partlyBucket) {
            $0.accessKey = Secret(SeaweedServer.partlyAccessKey)
            $0.secretKey = Secret(SeaweedServer.partlySecretKey)
        }
        try ObjectStoreUser(server.endpoint, bucket: SeaweedServer.partlyBucket).createBucket()
        let closed = try partly.failure(partly.put("cam2/k", [1]))
        #expect(closed.status == 403 && closed.failureClass == .denied, "\(closed)")
        _ = try partly.run(partly.put("cam1/k", [1])).get()
        // Reading alone is still allowed.
        _ = try owner.run(owner.put("k", [1, 2, 3])).get()
        let reader = try ObjectStoreUser(server.endpoint, bucket: owner.bucket) {
            $0.accessKey = Secret(SeaweedServer.readerAccessKey)
            $0.secretKey = Secret(SeaweedServer.readerSecretKey)
        }
        #expect(try reader.get("k") == [1, 2, 3])
    }

    @Test(
        "arrive though the gateway's clock is wrong, at the first request",
        arguments: [Duration.seconds(-86_400 * 365 * 20), .seconds(3 * 3600), .seconds(30)])
    func wrongClock(offset: Duration) throws {
        let user = try ObjectStoreUser(SeaweedServer.shared().endpoint, wallOffset: offset)
        try user.createBucket()
        let bytes = pattern(300_000)
        _ = try user.run(user.put("k", bytes)).get()
        #expect(try user.get("k") == bytes)
        let learned = try #require(user.signer.clockOffset)
        #expect(abs((learned + offset) / .seconds(1)) < 5, "\(learned)")
    }

    @Test("have a version where the bucket has versions")
    func versions() throws {
        let server = try SeaweedServer.shared()
        let user = try ObjectStoreUser(server.endpoint)
        try user.createBucket()
        try enableVersions(of: user.bucket, port: server.port)
        let first = try user.run(user.put("k", [1])).get().versionID
        let second = try user.run(user.put("k", [2])).get().versionID
        #expect(first != nil && second != nil && first != second)
    }

    @Test("may be addressed by the bucket's own host name")
    func virtualHost() throws {
        let folder = try TemporaryFolder()
        let server = try SeaweedServer(in: folder, domain: "localhost")
        let user = try ObjectStoreUser("http://localhost:\(server.port)") { $0.pathStyle = false }
        try user.createBucket()
        for key in Self.keys {
            _ = try user.run(user.put(key, Array(key.utf8))).get()
            #expect(try user.get(key) == Array(key.utf8))
        }
        let pathStyle = try ObjectStoreUser("http://localhost:\(server.port)", bucket: user.bucket)
        #expect(try pathStyle.get(Self.keys[0]) == Array(Self.keys[0].utf8))
    }

    @Test("wait out a server that hangs, and one that is killed and comes back")
    func outages() throws {
        let folder = try TemporaryFolder()
        let server = try SeaweedServer(in: folder)
        let user = try ObjectStoreUser(server.endpoint) { $0.timeout = .seconds(1) }
        try user.createBucket()
        let bytes = pattern(200_000)
        _ = try user.run(user.put("before", bytes)).get()

        let more = try user.put("hung", [UInt8](repeating: 7, count: 16 << 20))  // than a socket takes
        server.service.signal(SIGSTOP)
        let start = MonotonicClock.now()
        let hung = try user.failure(user.put("hung", bytes))
        #expect(hung.failureClass == .retry(after: nil), "\(hung)")
        let large = try user.failure(more)
        #expect(large.failureClass == .retry(after: nil), "\(large)")
        #expect(MonotonicClock.now() - start < .seconds(20))
        server.service.signal(SIGCONT)
        try eventually("it to answer again") { (try? user.run(user.put("hung", bytes)).get()) != nil }

        server.service.kill()
        let gone = try user.failure(user.put("gone", bytes))
        #expect(gone.failureClass == .retry(after: nil), "\(gone)")
        let again = try SeaweedServer(in: folder, port: server.port)
        try eventually("the same client to get through") { (try? user.run(user.put("gone", bytes)).get()) != nil }
        #expect(try user.get("before") == bytes && user.get("gone") == bytes)
        withExtendedLifetime(again) {}
    }

    @Test("go over TLS to a server that a private authority vouches for, and to no other")
    func tls() throws {
        let folder = try TemporaryFolder()
        let authority = try CertificateAuthority("ca")
        let identity = try authority.issue("weed", names: ["IP:127.0.0.1"])
        let server = try SeaweedServer(in: folder, certificate: (identity.certificate, identity.key))
        let user = try ObjectStoreUser(server.endpoint) { $0.caFile = authority.certificate.path }
        try eventually("the bucket") { (try? user.createBucket()) != nil }
        let bytes = pattern(2_000_000)
        _ = try user.run(user.put("k", bytes)).get()
        #expect(try user.get("k") == bytes)
        let stranger = try ObjectStoreUser(server.endpoint, bucket: user.bucket)
        let error = try stranger.failure(stranger.put("k", bytes))
        #expect(
            error.failureClass == .operatorNeeded && error.advice.contains("ca_file") && error.advice.contains("issuer"), "\(error.advice)")
        let plain = try ObjectStoreUser("http://127.0.0.1:\(server.port)", bucket: user.bucket)
        #expect(try plain.failure(plain.put("k", bytes)).failureClass != .picture)
    }

    @Test("are understood by a second implementation too")
    func moto() throws {
        let folder = try TemporaryFolder()
        let server = try MotoServer(in: folder)
        let user = try ObjectStoreUser(server.endpoint) {
            $0.region = "eu-west-1"
            $0.sessionToken = Secret("token+/=")
        }
        #expect(try user.failure(.headBucket(user.bucket)).isBucketMissing)
        #expect(try user.failure(user.put("k", [1])).isBucketMissing)
        try user.createBucket()
        try user.createBucket()
        for (index, key) in Self.keys.enumerated() {
            let bytes = pattern(index * 100_000)
            let answer = try user.run(user.put(key, bytes, headers: [(name: "content-type", value: "image/png")])).get()
            #expect(answer.etag != nil)
            #expect(try user.get(key) == bytes, "\(key)")
            #expect(try user.run(.head(bucket: user.bucket, key: key)).get().contentType == "image/png")
        }
        _ = try user.run(.delete(bucket: user.bucket, key: Self.keys[0])).get()
        #expect(try user.failure(.get(bucket: user.bucket, key: Self.keys[0], into: MemoryBody(), limit: 10)).isObjectMissing)
    }

    private func enableVersions(of bucket: String, port: Int) throws {
        let body = Array("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>".utf8)
        var signer = SigV4Signer(
            credentials: .init(accessKey: Secret(SeaweedServer.accessKey), secretKey: Secret(SeaweedServer.secretKey)), region: "us-east-1",
            hash: OpenSSLHash())
        let request = CanonicalRequest(
            method: "PUT", path: "/\(bucket)", query: [("versioning", "")], headers: [("host", "127.0.0.1:\(port)")],
            payloadHash: Hex.lower(try SHA256.digest(of: body.span)))
        let signed = try request.headers + signer.signS3(request, at: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()))
        let head = signed.map { "\($0.name): \($0.value)\r\n" }.joined()
        let answer = probe(
            port: port,
            "PUT \(request.encodedPath)?\(request.encodedQuery) HTTP/1.1\r\nContent-Length: \(body.count)\r\n\(head)\r\n"
                + String(decoding: body, as: UTF8.self))
        guard answer?.contains(" 200 ") == true else { throw ServiceError("no versions: \(answer ?? "nothing")") }
    }
}
