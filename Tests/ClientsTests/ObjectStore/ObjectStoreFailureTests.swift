import Foundation
import Platform
import TestServices
import Testing

@testable import Clients

@Suite("An object store client whose server fails")
struct ObjectStoreFailureTests {
    @Test(
        "tells status and code of every refusal",
        arguments: [
            (403, "AccessDenied"), (404, "NoSuchBucket"), (409, "OperationAborted"), (429, "TooManyRequests"), (500, "InternalError"),
            (503, "SlowDown"),
            (400, "BadDigest"), (301, "PermanentRedirect"),
        ])
    func refusals(status: Int, code: String) throws {
        let server = try ScriptedHTTPServer { _ in
            .answer(
                status, ["Retry-After": "17", "Date": "today", "x-amz-request-id": "R1", "Location": "http://127.0.0.1:1/"],
                "<Error><Code>\(code)</Code></Error>")
        }
        defer { server.stop() }
        let error = try ObjectStoreHarness(server.endpoint).failure(ObjectStoreHarness.put(pattern(1000)))
        #expect(error.status == status && error.code == code)
        #expect(error.retryAfter == "17" && error.serverDate == "today" && error.requestID == "R1")
        #expect(error.description.hasPrefix("PUT b/k at 127.0.0.1:\(server.port): HTTP \(status) \(code): "))
        #expect(error.isBucketMissing == (code == "NoSuchBucket"))
        #expect(server.requests.count == 1)  // neither followed nor tried again
    }

    @Test("reads at most 4 KiB of a refusal")
    func longRefusal() throws {
        let server = try ScriptedHTTPServer { _ in .answer(503, [:], "<Code>X</Code>" + String(repeating: "y", count: 300_000)) }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        for request in [ObjectStoreHarness.put([1]), .get(bucket: "b", key: "k", into: MemoryBody(), limit: 10)] {
            #expect(try harness.failure(request).cause == .status(503, StoreRefusal(code: "X", message: "4096 bytes")))
        }
    }

    @Test("keeps the bytes of a refusal out of the sink")
    func sink() throws {
        let server = try ScriptedHTTPServer { _ in .answer(404, [:], "<Error><Code>NoSuchKey</Code></Error>") }
        defer { server.stop() }
        let sink = MemoryBody()
        let error = try ObjectStoreHarness(server.endpoint).failure(.get(bucket: "b", key: "k", into: sink, limit: 10))
        #expect(error.isObjectMissing && sink.bytes.isEmpty)
        #expect(try ObjectStoreHarness(server.endpoint).failure(.head(bucket: "b", key: "k")).isObjectMissing)
    }

    @Test("takes a bucket that is ours already for created, and no other")
    func bucket() throws {
        let server = try ScriptedHTTPServer { request in
            .answer(409, [:], request.target == "/ours" ? "<Code>BucketAlreadyOwnedByYou</Code>" : "<Code>BucketAlreadyExists</Code>")
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        #expect(try harness.run(.createBucket("ours", region: "")).get().status == 409)
        #expect(try harness.failure(.createBucket("theirs", region: "")).code == "BucketAlreadyExists")
    }

    @Test("does not believe a 200 that has no ETag")
    func portal() throws {
        let server = try ScriptedHTTPServer { _ in .answer(200, [:], "<html>Please log in</html>") }
        defer { server.stop() }
        #expect(try ObjectStoreHarness(server.endpoint).failure(ObjectStoreHarness.put([1])).cause == .notAnObjectStore(status: 200))
    }

    @Test("hears a refusal that comes before the body was sent")
    func early() throws {
        let server = try ScriptedHTTPServer { _ in .early(413, [:], "<Code>EntityTooLarge</Code>") }
        defer { server.stop() }
        let error = try ObjectStoreHarness(server.endpoint).failure(ObjectStoreHarness.put(pattern(8_000_000)))
        #expect(error.status == 413 && error.code == "EntityTooLarge", "\(error)")
    }

    @Test("tells a reset in mid-upload, half an answer, no answer and nonsense apart from any answer")
    func broken() throws {
        let server = try ScriptedHTTPServer { request in
            switch request.target {
            case "/b/reset": .reset(afterBodyBytes: 100_000)
            case "/b/half": .half(announcing: 100, sending: "abc")
            case "/b/nonsense": .raw("220 smtp ready\r\n")
            default: .hangUp
            }
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        #expect([55, 56].contains(try harness.failure(ObjectStoreHarness.put(pattern(8_000_000), key: "reset")).transportCode))
        #expect(try harness.failure(.get(bucket: "b", key: "half", into: MemoryBody(), limit: 1000)).transportCode == 18)
        #expect(try harness.failure(ObjectStoreHarness.put([1], key: "none")).transportCode == 52)
        #expect([1, 8].contains(try harness.failure(ObjectStoreHarness.put([1], key: "nonsense")).transportCode))
        #expect(try ObjectStoreHarness("http://127.0.0.1:\(freePort())").failure(ObjectStoreHarness.put([1])).transportCode == 7)
        #expect(try ObjectStoreHarness("http://no-such-host.invalid").failure(ObjectStoreHarness.put([1])).transportCode == 6)
    }

    @Test("sends anew, from the first byte, when a kept connection proves dead")
    func stale() throws {
        let server = try ScriptedHTTPServer { request in
            switch request.number {
            case 1: .answer(200, ["ETag": "\"1\""])
            case 2: .hangUp  // on the kept connection, when the whole body was sent: the race every restart of a server brings
            default: .answer(200, ["ETag": "\"3\""])
            }
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        let bytes = pattern(300_000)
        _ = try harness.run(ObjectStoreHarness.put(bytes)).get()
        #expect(try harness.run(ObjectStoreHarness.put(bytes)).get().etag == "\"3\"")
        #expect(server.requests.map(\.connection) == [1, 1, 2])
        #expect(server.requests.last?.body == Data(bytes))
    }

    @Test("notices that a kept connection was closed in the meantime")
    func closed() throws {
        let server = try ScriptedHTTPServer { _ in .answerThenClose(200, ["ETag": "\"e\""]) }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        for _ in 0..<5 { _ = try harness.run(ObjectStoreHarness.put(pattern(100_000))).get() }
        #expect(server.requests.filter { $0.body.count == 100_000 }.count == 5)
    }

    @Test("gives up on a server that says nothing for the stall timeout")
    func stall() throws {
        let server = try ScriptedHTTPServer { _ in .silence }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint) { $0.stallTimeout = .seconds(1) }
        let start = MonotonicClock.now()
        #expect(try harness.failure(ObjectStoreHarness.put(pattern(1000))).transportCode == 28)
        let waited = MonotonicClock.now() - start
        #expect(waited > .milliseconds(900) && waited < .seconds(5), "\(waited)")
    }

    @Test("waits for a thin link that goes on moving, though the kernel took the whole body at once")
    func thinLink() throws {
        let server = try ScriptedHTTPServer(window: 16_384) { _ in .slow(bytesPerSecond: 400_000) }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint) { $0.stallTimeout = .milliseconds(1500) }
        let start = MonotonicClock.now()
        #expect(try harness.run(ObjectStoreHarness.put(pattern(1_500_000))).get().etag == "\"slow\"")
        #expect(MonotonicClock.now() - start > .seconds(2))
    }

    @Test("gives up on a server that does not shake hands for the connect timeout")
    func handshake() throws {
        let server = try ScriptedHTTPServer { _ in .silence }
        defer { server.stop() }
        let harness = try ObjectStoreHarness("https://127.0.0.1:\(server.port)") { $0.connectTimeout = .milliseconds(300) }
        let start = MonotonicClock.now()
        #expect(try harness.failure(ObjectStoreHarness.put([1])).transportCode == 28)
        #expect(MonotonicClock.now() - start < .seconds(5))
    }

    @Test("signs and sends anew, once, what was refused while its clock was wrong")
    func clock() throws {
        let server = try ScriptedHTTPServer { request in
            request.headers["x-signature"] == "1" && request.target == "/b/once" || request.target == "/b/always"
                ? .answer(403, ["Date": "now"], "<Code>RequestTimeTooSkewed</Code>") : .answer(200, ["ETag": "\"e\"", "Date": "now"])
        }
        defer { server.stop() }
        let harness = try ObjectStoreHarness(server.endpoint)
        harness.dialect.news = { _ in true }
        let bytes = pattern(200_000)
        #expect(try harness.run(ObjectStoreHarness.put(bytes, key: "once")).get().status == 200)
        #expect(server.requests.map { $0.headers["x-signature"] } == ["1", "2"])
        #expect(server.requests.last?.body == Data(bytes))
        #expect(try harness.failure(ObjectStoreHarness.put(bytes, key: "always")).code == "RequestTimeTooSkewed")
        #expect(server.requests.count == 4)
        // And the next request has its own second try.
        #expect(try harness.failure(ObjectStoreHarness.put(bytes, key: "always")).code == "RequestTimeTooSkewed")
        #expect(server.requests.count == 6)
        // No news, no second try.
        harness.dialect.news = { _ in false }
        #expect(try harness.failure(ObjectStoreHarness.put(bytes, key: "always")).code == "RequestTimeTooSkewed")
        #expect(server.requests.count == 7)
    }
}
