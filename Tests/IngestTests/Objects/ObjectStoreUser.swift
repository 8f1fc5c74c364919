import Foundation
import TestServices

@testable import Clients
@testable import Ingest
@testable import IngestCore
@testable import Platform

/// A client with the real signer, one request at a time, and the bucket of a test.
struct ObjectStoreUser {
    let settings: Configuration.S3
    let signer: RequestSigner
    let client: ObjectStoreClient
    let bucket: String

    init(
        _ endpoint: String, bucket: String = "b-" + UUID().uuidString.prefix(8).lowercased(), wallOffset: Duration = .zero,
        _ change: (inout Configuration.S3) -> Void = { _ in }
    ) throws {
        signal(SIGPIPE, SIG_IGN)
        var settings = Configuration.S3()
        settings.endpoint = endpoint
        settings.accessKey = Secret(SeaweedServer.accessKey)
        settings.secretKey = Secret(SeaweedServer.secretKey)
        settings.bucket = bucket
        change(&settings)
        self.settings = settings
        self.bucket = bucket
        signer = try RequestSigner(
            settings,
            wall: { Timestamp(milliseconds: MonotonicClock.wallMilliseconds() + Int64(wallOffset / .milliseconds(1))) },
            now: { Instant(sinceBoot: MonotonicClock.now()) })
        client = try ObjectStoreClient(ObjectStoreClient.Settings(settings, concurrency: 4), dialect: signer)
    }

    func run(_ request: ObjectRequest) throws -> Result<ObjectStoreAnswer, ObjectStoreError> {
        try client.start(request, token: 1)
        return try eventually("a request to end", within: 60) {
            try client.wait(atMost: .milliseconds(200))
            return client.nextCompletion()
        }.result
    }

    func failure(_ request: ObjectRequest) throws -> ObjectStoreError {
        let result = try run(request)
        guard case .failure(let error) = result else { throw ServiceError("\(request.description) succeeded: \(result)") }
        return error
    }

    @discardableResult
    func createBucket() throws -> ObjectStoreAnswer { try run(.createBucket(bucket, region: settings.region)).get() }

    func put(_ key: String, _ bytes: [UInt8], claiming sha256: String? = nil, headers: [(name: String, value: String)] = []) throws
        -> ObjectRequest
    {
        let sha256 = try sha256 ?? Hex.lower(SHA256.digest(of: bytes.span))
        return .put(bucket: bucket, key: key, body: MemoryBody(bytes), sha256: sha256, headers: headers)
    }

    func get(_ key: String) throws -> [UInt8] {
        let sink = MemoryBody()
        _ = try run(.get(bucket: bucket, key: key, into: sink, limit: 64 << 20)).get()
        return sink.bytes
    }
}

func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
