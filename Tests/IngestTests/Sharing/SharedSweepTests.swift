import Clients
import Foundation
import IngestCore
import Logging
import Platform
import TestServices
import Testing

@testable import Ingest

@Suite("The look around in Redis")
struct SharedSweepTests {
    private let server: RedisServer
    private let found = Monitor<[SharedCapture]>([])
    private let lost = Monitor(0)

    init() throws { server = try RedisServer() }

    private func connection() throws -> RedisConnection {
        var settings = RedisSettings(host: "127.0.0.1", port: server.port)
        settings.timeout = .seconds(5)
        return try RedisConnection(settings, lookup: HostLookup("127.0.0.1"))
    }

    private func link() -> RedisLink {
        var settings = RedisSettings(host: "127.0.0.1", port: server.port)
        settings.timeout = .seconds(5)
        let log = Logger(label: "t") { _ in SwiftLogNoOpLogHandler() }
        let link = RedisLink(
            settings, backoff: Backoff(initial: .seconds(1), longest: .seconds(1)), health: RedisHealth(PublishedHealth(checks: [.redis])),
            log: log)
        link.tend(now: .current)
        return link
    }

    private func sweep(sharing: Bool) -> SharedSweep {
        let (found, lost) = (found, lost)
        var finish: (@Sendable ([SharedCapture]) -> Void)?
        if sharing { finish = { captures in found.update { $0 += captures } } }
        return SharedSweep(life: .seconds(300), owner: "me", finish: finish) { _ in lost.update { $0 += 1 } }
    }

    private struct Collector: LogWriter {
        let lines: Monitor<[String]>
        func write(_ record: LogRecord) { lines.update { $0.append(record.message) } }
    }

    private func run(_ sweep: inout SharedSweep, turns: Int = 30, lines: Monitor<[String]> = Monitor([])) {
        let link = link()
        let log = Logger(label: "t") { ThresholdLogHandler(label: $0, threshold: LogThreshold(.info), writer: Collector(lines: lines)) }
        for turn in 0..<turns { sweep.turn(link, now: .current + .seconds(turn * 400), log: log) }
    }

    private func put(_ id: String, _ redis: inout RedisConnection, chunks: Int, total: Int, silent: Int?, expiry: Int? = nil) throws {
        for key in ["image_chunks:\(id)", "image_meta:\(id)"] {
            let now = Int(Date().timeIntervalSince1970)
            let fields: [(name: String, value: [UInt8])] =
                key.hasPrefix("image_chunks")
                ? (0..<chunks).map { ("\($0)", Array("QUJD".utf8)) }
                : [("total", Array("\(total)".utf8))] + (silent.map { [("last_update", Array("\(now - $0)".utf8))] } ?? [])
            _ = try redis.send(.hashSet(key, fields))
            if let expiry { _ = try redis.send(.expire(key, after: .seconds(expiry))) }
        }
    }

    private func keys(_ redis: inout RedisConnection) throws -> Set<String> { try redis.keys(matching: "*", limit: 100_000) }

    @Test("deletes what was left without expiry and is stale, and nothing else", arguments: [false, true])
    func stale(sharing: Bool) throws {
        var redis = try connection()
        try put("old:cam1", &redis, chunks: 2, total: 5, silent: 301)
        try put("formers", &redis, chunks: 2, total: 5, silent: 10_000)
        try put("young:cam1", &redis, chunks: 2, total: 5, silent: 100)
        try put("live:cam1", &redis, chunks: 2, total: 5, silent: 400, expiry: 100)
        try put("ageless:cam1", &redis, chunks: 2, total: 5, silent: nil)
        let others = ["image_chunks_of:somebody", "image_meta:a b:c", "processed:old", "image_gallery"]
        for key in others { _ = try redis.send(.set(key, to: "x")) }
        _ = try redis.send(.set("image_meta:strange:cam1", to: "no hash"))
        // Far more keys than one step sees.
        for start in stride(from: 0, to: 2000, by: 500) {
            _ = try redis.pipeline((start..<start + 500).map { .set("noise:\($0)", to: "x") })
        }
        var sweep = sweep(sharing: sharing)
        run(&sweep)
        let left = try keys(&redis).filter { !$0.hasPrefix("noise") }
        #expect(
            left
                == Set(others).union(["image_meta:strange:cam1"]).union(
                    ["young:cam1", "live:cam1", "ageless:cam1"].flatMap { ["image_chunks:\($0)", "image_meta:\($0)"] }))
        for id in ["young", "ageless"] {
            #expect(try life(of: "image_chunks:\(id):cam1", in: &redis) > 290_000, "\(id) expires by itself now")
        }
        #expect(try life(of: "image_chunks:live:cam1", in: &redis) <= 100_000)
        #expect(found.read { $0 }.isEmpty)
    }

    @Test("gives whole captures to one gateway, once, and those with chunks missing are told of once")
    func whole() throws {
        var redis = try connection()
        try put("whole:cam:1", &redis, chunks: 3, total: 3, silent: 11, expiry: 200)
        try put("fresh:cam1", &redis, chunks: 3, total: 3, silent: 2, expiry: 200)
        try put("partial:cam1", &redis, chunks: 3, total: 4, silent: 290, expiry: 10)
        var first = sweep(sharing: true)
        var second = sweep(sharing: true)
        run(&first)
        run(&second)
        let captures = found.read { $0 }
        #expect(captures.map(\.place) == [SharedPlace(camera: CameraUID("cam:1")!, imageID: "whole")])
        #expect(lost.read { $0 } == 1)
        #expect(try redis.send(.hashGet("image_meta:whole:cam:1", ["capture"])).array?.first?.text == captures.first?.token)
    }

    @Test("tells of no capture that a gateway marked as told, which may have died before it told anybody: once at most, never twice")
    func told() throws {
        var redis = try connection()
        try put("partial:cam1", &redis, chunks: 3, total: 4, silent: 290, expiry: 10)
        try put("marked:cam1", &redis, chunks: 3, total: 4, silent: 290, expiry: 10)
        _ = try redis.send(.hashSet("image_meta:marked:cam1", [("told", Array("1".utf8))]))
        let lines = Monitor<[String]>([])
        for _ in 0..<3 {
            var sweep = sweep(sharing: true)
            run(&sweep, lines: lines)
        }
        #expect(lost.read { $0 } == 1)
        #expect(lines.read { $0.count { $0.contains("Gave up image partial of camera cam1") } } == 1)
        #expect(lines.read { !$0.contains { $0.contains("marked") } })
    }

    @Test("says of thousands of a kind some, and how many more there were", arguments: ["Deleted", "lay whole", "Gave up"])
    func manyLines(kind: String) throws {
        var redis = try connection()
        for number in 0..<120 {
            switch kind {
            case "Deleted": try put("i\(number):cam\(number)", &redis, chunks: 2, total: 5, silent: 301)
            case "Gave up": try put("i\(number):cam\(number)", &redis, chunks: 3, total: 4, silent: 290, expiry: 10)
            default: try put("i\(number):cam\(number)", &redis, chunks: 3, total: 3, silent: 11, expiry: 200)
            }
        }
        let lines = Monitor<[String]>([])
        var sweep = sweep(sharing: true)
        run(&sweep, lines: lines)
        let count = lines.read { $0.count { $0.contains(kind) } }
        #expect((1...21).contains(count), "\(count) lines of 120")
        let handled = kind == "Gave up" ? lost.read { $0 } : found.read { $0.count }
        #expect(kind == "Deleted" || handled == 120, "each is dealt with all the same")
    }
}
