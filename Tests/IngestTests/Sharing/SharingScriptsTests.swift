import Clients
import Foundation
import IngestCore
import TestFiles
import TestServices
import TestSharing
import Testing

@testable import Ingest

@Suite("The scripts that captures meet by")
struct SharingScriptsTests {
    private let server: RedisServer

    init() throws { server = try RedisServer() }

    private func connection() throws -> RedisConnection {
        var settings = RedisSettings(host: "127.0.0.1", port: server.port)
        settings.timeout = .seconds(10)
        return try RedisConnection(settings, lookup: HostLookup("127.0.0.1"))
    }

    /// Small worlds: few contents, few slots, so that captures, repeats and other captures of the name meet often.
    private func chunk(_ random: inout SplitMix) -> SharedChunk {
        let index = Int(random.next() % 3)
        let total = random.next() % 6 == 0 ? 4 : 3
        let content = random.next() % 8 == 0 ? 9 : random.next() % 3
        let text = Array("\(content)-\(index)".utf8) + [UInt8](repeating: 65, count: content == 9 ? 30 : 0)
        return SharedChunk(
            place: SharedPlace(camera: CameraUID("cam 7")!, imageID: random.next() % 4 == 0 ? "b" : "a"), index: index, total: total,
            text: text, shape: ChunkShape(head: 4), digest: content * 10 + UInt64(index), topic: Array("t".utf8))
    }

    private func command(_ chunk: SharedChunk, token: String, most: Int, now: Int) -> RedisCommand {
        SharingScripts.share.command(
            whole: true, keys: chunk.place.keys,
            arguments: ["\(chunk.index)", "\(chunk.total)"].map { Array($0.utf8) } + [chunk.text]
                + [chunk.print, "300000", "\(now)", token, "\(most)", "t"].map { Array($0.utf8) })
    }

    @Test("do what the model does, step by step", arguments: UInt64(0)..<60)
    func model(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var redis = try connection()
        var model = ModelShare()
        _ = try redis.send(RedisCommand("FLUSHALL"))
        var now = 1_800_000_000
        var whole: [SharedCapture] = []
        for step in 0..<150 {
            now += Int(random.next() % 4)
            let what = random.next() % 10
            if what < 7 {
                let chunk = chunk(&random)
                let answer = SharedAnswer(try redis.send(command(chunk, token: "t\(step)", most: 50, now: now)))
                let expected = model.share(chunk, token: "t\(step)", most: 50, now: now)
                var sorted = answer
                if let answer, let superseded = answer.superseded {
                    sorted = SharedAnswer(
                        fate: answer.fate, isWhole: answer.isWhole, token: answer.token, bytes: answer.bytes,
                        superseded: (superseded.total, superseded.received.sorted()))
                }
                try #require(sorted == expected, "seed \(seed), step \(step): \(chunk)")
                if expected.isWhole { whole.append(SharedCapture(place: chunk.place, token: expected.token, bytes: expected.bytes)) }
            } else if what < 9, let capture = whole.randomElement(using: &random) {
                let texts: [[UInt8]]? = try redis.run(
                    SharingScripts.collect, keys: capture.place.keys, arguments: [capture.token, "0", "1000"].map { Array($0.utf8) }
                ).array.map { reply in
                    // Each text is followed by what came beside it.
                    reply.dropFirst(2).enumerated().filter { $0.offset % 2 == 0 }.compactMap(\.element.bytes)
                }
                try #require(texts == model.collect(capture), "seed \(seed), step \(step)")
                _ = try redis.run(
                    SharingScripts.finish, keys: capture.place.keys, arguments: [capture.token, "300000"].map { Array($0.utf8) })
                model.finish(capture)
            } else {
                let place = SharedPlace(camera: CameraUID("cam 7")!, imageID: "a")
                guard let expected = model.adopt(place, token: "f\(step)", now: now) else { continue }
                let reply = try redis.run(
                    SharingScripts.adopt, keys: place.keys, arguments: ["\(now)", "30", "f\(step)"].map { Array($0.utf8) })
                try #require(reply == .array([.bytes(Array(expected.token.utf8)), .integer(expected.bytes)]), "seed \(seed), step \(step)")
                whole.append(expected)
            }
        }
    }

    @Test("keep what operators and the former service know: base64 by index, total and last_update, for 300 s after the last chunk")
    func keys() throws {
        var redis = try connection()
        let place = SharedPlace(camera: CameraUID("cam7")!, imageID: "4711")
        for index in 0..<2 {
            let chunk = SharedChunk(
                place: place, index: index, total: 3, text: Array("QUJD".utf8), shape: ChunkShape(head: 4), digest: UInt64(index), topic: []
            )
            _ = try redis.send(command(chunk, token: "t", most: 100, now: 1_800_000_000 + index))
        }
        #expect(try redis.send(.hashGetAll("image_chunks:4711:cam7")).array?.map(\.text) == ["0", "QUJD", "1", "QUJD"])
        #expect(
            try redis.send(.hashGet("image_meta:4711:cam7", ["total", "last_update"])).array?.map(\.text) == ["3", "1800000001"])
        for key in place.keys { #expect((299_000...300_000).contains(try life(of: key, in: &redis))) }
    }

    @Test("go on with a capture that the former service began")
    func former() throws {
        var redis = try connection()
        let place = SharedPlace(camera: CameraUID("cam7")!, imageID: "x")
        _ = try redis.send(.hashSet(place.keys[0], [("0", Array("QUJD".utf8))]))
        _ = try redis.send(.hashSet(place.keys[1], [("total", Array("2".utf8)), ("last_update", Array("1".utf8))]))
        func share(_ index: Int, _ text: String) throws -> SharedAnswer? {
            let chunk = SharedChunk(
                place: place, index: index, total: 2, text: Array(text.utf8), shape: ChunkShape(head: 4), digest: UInt64(text.count),
                topic: [])
            return SharedAnswer(try redis.send(command(chunk, token: "mine", most: 100, now: 1_800_000_000)))
        }
        #expect(try share(0, "QUJD")?.fate == .repeated)
        #expect(try share(1, "QUJDQUJD") == SharedAnswer(fate: .taken, isWhole: true, token: "mine", bytes: 8))
        #expect(try share(1, "QUJDQUJD")?.fate == .finishFirst)
    }
}
