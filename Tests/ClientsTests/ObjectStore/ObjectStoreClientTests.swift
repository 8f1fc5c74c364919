import Foundation
import Platform
import TestServices
import Testing

@testable import Clients

@Suite("An object store client")
struct ObjectStoreClientTests {
    @Test("uploads a body as it is, with its length and headers, and without asking leave first")
    func upload() throws {
        let server = try ScriptedHTTPServer { _ in
            .answer(200, ["ETag": "\"e\"", "x-amz-version-id": "v1", "Date": "Sun, 06 Nov 1994 08:49:37 GMT"])
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        let bytes = pattern(3_000_000)
        let answer = try harness.run(ObjectStoreHarness.put(bytes, key: "cam%207/a%2F../b.jpg")).get()
        #expect(answer.etag == "\"e\"" && answer.versionID == "v1" && answer.serverDate == "Sun, 06 Nov 1994 08:49:37 GMT")
        let request = try #require(server.requests.first)
        #expect(request.method == "PUT" && request.target == "/b/cam%207/a%2F../b.jpg")
        #expect(request.body == Data(bytes))
        #expect(
            request.headers["content-length"] == "3000000" && request.headers["expect"] == nil
                && request.headers["transfer-encoding"] == nil)
        #expect(request.headers["content-type"] == "image/jpeg" && request.headers["host"] == "127.0.0.1:\(server.port)")
        #expect(harness.dialect.dates == ["Sun, 06 Nov 1994 08:49:37 GMT"])
    }

    @Test("keeps its connection, and leaves nothing of one request in the next")
    func keptAlive() throws {
        let server = try ScriptedHTTPServer { request in
            request.method == "GET" ? .answer(200, [:], "hello") : .answer(200, ["ETag": "\"e\"", "Content-Type": "image/png"])
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        let sink = MemoryBody()
        _ = try harness.run(ObjectStoreHarness.put(pattern(70_000))).get()
        _ = try harness.run(.head(bucket: "b", key: "k")).get()
        let got = try harness.run(.get(bucket: "b", key: "k", into: sink, limit: 5)).get()
        _ = try harness.run(.delete(bucket: "b", key: "k")).get()
        _ = try harness.run(.headBucket("b")).get()
        _ = try harness.run(.createBucket("b", region: "us-east-1")).get()
        _ = try harness.run(.createBucket("b", region: "eu-west-1")).get()
        _ = try harness.run(ObjectStoreHarness.put([])).get()
        #expect(String(decoding: sink.bytes, as: UTF8.self) == "hello" && got.contentLength == 5)
        #expect(server.requests.map(\.method) == ["PUT", "HEAD", "GET", "DELETE", "HEAD", "PUT", "PUT", "PUT"])
        #expect(server.requests.map(\.connection) == Array(repeating: 1, count: 8))
        #expect(server.requests.map(\.body.count) == [70_000, 0, 0, 0, 0, 0, server.requests[6].body.count, 0])
        #expect(String(decoding: server.requests[6].body, as: UTF8.self).contains("<LocationConstraint>eu-west-1</LocationConstraint>"))
        #expect(server.requests[5].headers["content-length"] == "0")
    }

    @Test("carries several requests at once, each answered under its token, and refuses more than it may have")
    func concurrency() throws {
        let gate = Gate()
        let server = try ScriptedHTTPServer { request in
            gate.arrive()
            return .answer(200, ["ETag": "\"\(request.target)\""])
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint) { $0.concurrency = 4 }
        for round in 0..<3 {
            gate.expect(4)
            for token in 0..<4 {
                try harness.client.start(ObjectStoreHarness.put(pattern(5000 + token), key: "k\(token)"), token: UInt64(round * 4 + token))
            }
            #expect(harness.client.room == 0 && harness.client.underWay == 4)
            #expect(throws: ObjectStoreError.self) { try harness.client.start(ObjectStoreHarness.put([1]), token: 99) }
            var seen: [UInt64: String] = [:]
            for _ in 0..<4 {
                let completion = try harness.completion()
                seen[completion.token] = try completion.result.get().etag
            }
            #expect(seen == Dictionary(uniqueKeysWithValues: (0..<4).map { (UInt64(round * 4 + $0), "\"/b/k\($0)\"") }))
        }
        #expect(Set(server.requests.map(\.connection)).count == 4)
    }

    @Test("ends a wait when another thread wakes it")
    func wakes() throws {
        let harness = try ObjectStoreHarness("http://127.0.0.1:1")
        let waker = harness.client.waker
        waker.wake()
        let start = MonotonicClock.now()
        try harness.client.wait(atMost: .seconds(20))
        let thread = try NamedThread("waker-test") { waker.wake() }
        try harness.client.wait(atMost: .seconds(20))
        thread.join()
        #expect(MonotonicClock.now() - start < .seconds(10))
    }

    @Test("fetches an object up to its limit, and no further")
    func limit() throws {
        let server = try ScriptedHTTPServer { _ in .answer(200, [:], String(repeating: "x", count: 200_000)) }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        let sink = MemoryBody()
        #expect(try harness.run(.get(bucket: "b", key: "k", into: sink, limit: 200_000)).get().status == 200)
        #expect(sink.bytes.count == 200_000)
        let small = MemoryBody()
        #expect(try harness.failure(.get(bucket: "b", key: "k", into: small, limit: 199_999)).cause == .tooLarge(limit: 199_999))
        #expect(small.bytes.count <= 199_999)
    }

    @Test("gives a request up when told to, at its deadline, and when it goes itself")
    func givesUp() throws {
        let server = try ScriptedHTTPServer { _ in .silence }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        try harness.client.start(ObjectStoreHarness.put(pattern(10)), token: 7)
        try harness.client.start(ObjectStoreHarness.put(pattern(10)), token: 8)
        try eventually("the server to be asked") {
            try harness.client.wait(atMost: .milliseconds(20))
            return server.requests.count == 2
        }
        harness.client.cancel(token: 7)
        harness.client.cancel(token: 12345)
        let completion = try harness.completion()
        guard case .failure(let error) = completion.result else { throw ServiceError("no failure") }
        #expect(completion.token == 7 && error.cause == .cancelled)
        harness.client.cancelAll()
        #expect(try harness.completion().token == 8)
        #expect(harness.client.underWay == 0)

        let start = MonotonicClock.now()
        let late = try harness.failure(.get(bucket: "b", key: "k", into: MemoryBody(), limit: 1, deadline: .milliseconds(300)))
        #expect(late.transportCode == 28)
        #expect(MonotonicClock.now() - start < .seconds(5))
        try harness.client.start(ObjectStoreHarness.put(pattern(10)), token: 9)  // and never waited for
    }

    @Test("keeps to the rate it is given without looking stalled")
    func rate() throws {
        let server = try ScriptedHTTPServer { _ in .answer(200, ["ETag": "\"e\""]) }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint) { $0.stallTimeout = .seconds(2) }
        try harness.client.start(ObjectStoreHarness.put(pattern(60_000), maxRate: 20_000), token: 1)
        let completion = try harness.completion()
        #expect(try completion.result.get().etag == "\"e\"")
        #expect(completion.duration > .milliseconds(1500) && completion.duration < .seconds(20), "\(completion.duration)")
        #expect(completion.bytesSent == 60_000)
    }

    @Test("takes no proxy from the environment")
    func proxy() throws {
        setenv("http_proxy", "http://127.0.0.1:1", 1)
        defer { unsetenv("http_proxy") }
        let server = try ScriptedHTTPServer { _ in .answer(200, ["ETag": "\"e\""]) }
        defer { server.stop() }
        #expect(try ObjectStoreHarness(server.endpoint).run(ObjectStoreHarness.put([1])).get().status == 200)
    }

    @Test("streams a file, and says so when it cannot be read to its end")
    func file() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("picture").path
        try Data(pattern(500_000)).write(to: URL(filePath: path))
        let server = try ScriptedHTTPServer { _ in .answer(200, ["ETag": "\"e\""]) }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        let body = try FileBody(path: path)
        func put(_ body: FileBody) -> ObjectRequest { .put(bucket: "b", key: "k", body: body, sha256: "", headers: []) }
        _ = try harness.run(put(body)).get()
        #expect(server.requests[0].body == Data(pattern(500_000)))
        truncate(path, 100_000)
        #expect(try harness.failure(put(body)).cause == .body(BodyFailure("\(path) became shorter while it was sent")))
        #expect(throws: SystemError("open", ENOENT, on: "/nowhere")) { try FileBody(path: "/nowhere") }
    }

    @Test("refuses a request that cannot be signed, or whose headers could smuggle a line")
    func unsendable() throws {
        let harness = try ObjectStoreHarness("http://127.0.0.1:1")
        for value in ["b\r\nx-evil: 1", "b\u{0}", "b\u{7f}", "b\u{85}", "\u{80}b"] {
            harness.dialect.extra = [(name: "x-amz-meta-a", value: value)]
            #expect(throws: ObjectStoreError.self) { try harness.client.start(ObjectStoreHarness.put([1]), token: 1) }
        }
        harness.dialect.extra = [(name: "x-amz-meta-a", value: "\u{a0}é ~")]
        try harness.client.start(ObjectStoreHarness.put([1]), token: 1)
        harness.client.cancelAll()
        _ = harness.client.nextCompletion()
        harness.dialect.extra = []
        harness.dialect.failure = BodyFailure("no key")
        do throws(ObjectStoreError) {
            try harness.client.start(ObjectStoreHarness.put([1]), token: 1)
            Issue.record("was sent")
        } catch {
            #expect(error.cause == .unsendable("cannot be signed: no key"))
        }
        #expect(harness.client.underWay == 0 && harness.client.nextCompletion() == nil)
    }
}

/// Holds threads back until as many have come as are expected.
private final class Gate: @unchecked Sendable {
    private let condition = NSCondition()
    private var missing = 0

    func expect(_ count: Int) { condition.withLock { missing = count } }

    func arrive() {
        condition.withLock {
            missing -= 1
            condition.broadcast()
            while missing > 0 { condition.wait() }
        }
    }
}

extension ObjectStoreError {
    /// libcurl's code, if it was libcurl that failed.
    var transportCode: Int32? { if case .transport(let code, _, _) = cause { code } else { nil } }
}
