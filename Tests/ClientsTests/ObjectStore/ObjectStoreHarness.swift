import Foundation
import TestServices

@testable import Clients

/// A client, its dialect, and one request at a time.
struct ObjectStoreHarness {
    let dialect: PlainDialect
    let client: ObjectStoreClient

    init(_ endpoint: String, _ change: (inout ObjectStoreClient.Settings) -> Void = { _ in }) throws {
        signal(SIGPIPE, SIG_IGN)
        var settings = ObjectStoreClient.Settings()
        settings.connectTimeout = .seconds(5)
        settings.stallTimeout = .seconds(10)
        change(&settings)
        dialect = PlainDialect(endpoint)
        client = try ObjectStoreClient(settings, dialect: dialect)
    }

    /// Runs one request to its end.
    func run(_ request: ObjectRequest) throws -> Result<ObjectStoreAnswer, ObjectStoreError> {
        try client.start(request, token: 1)
        return try completion().result
    }

    /// The error of a request that must fail.
    func failure(_ request: ObjectRequest) throws -> ObjectStoreError {
        switch try run(request) {
        case .success(let answer): throw ServiceError("\(request.description) succeeded: \(answer)")
        case .failure(let error): return error
        }
    }

    func completion(within seconds: TimeInterval = 30) throws -> ObjectStoreCompletion {
        try eventually("a request to end", within: seconds) {
            try client.wait(atMost: .milliseconds(200))
            return client.nextCompletion()
        }
    }

    static func put(_ bytes: [UInt8], key: String = "k", maxRate: Int? = nil) -> ObjectRequest {
        .put(
            bucket: "b", key: key, body: MemoryBody(bytes), sha256: "unsigned", headers: [(name: "content-type", value: "image/jpeg")],
            maxRate: maxRate)
    }
}

func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
