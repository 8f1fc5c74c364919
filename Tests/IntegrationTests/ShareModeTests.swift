import Clients
import Foundation
import TestServices
import Testing

@Suite("Gateways that share one subscription")
struct ShareModeTests {
    @Test("put the chunks of one picture together, whoever got them, and store it once", arguments: ["5", "3.1.1"])
    func once(version: String) throws {
        let shared = try SharedSite(gateways: 4, "version = \"\(version)\"")
        let all = shared.pictures(0..<10)
        try shared.site.cameras().publishInterleaved(all, repeating: 7)
        try shared.site.expectStoredOnce(all)
        for gateway in shared.gateways {
            #expect(gateway.metric("mqtt_messages_received_total") ?? 0 > 0, "each has its part of the load")
            #expect(gateway.threads <= 8)
        }
        #expect(try shared.keys("image_meta:*").count == all.count, "what tells late repeats stays for a while")
        let left = try shared.keys("image_chunks:*")
        for key in left { #expect(try shared.send("HLEN", key).integer == 1, "of a finished picture at most what was repeated: \(key)") }
        #expect(try shared.keys("processed:*").count == 10)
    }

    @Test("refuse chunks without an image id, and say why")
    func withoutID() throws {
        let shared = try SharedSite(gateways: 2)
        let all = shared.pictures(0..<1)
        let cameras = try shared.site.cameras()
        try cameras.publish(TestPicture("cam9", 1))
        try cameras.publishInterleaved(all)
        try shared.site.expectStoredOnce(all)
        try eventually("both refusals") {
            shared.gateways.compactMap { $0.metric("chunks_rejected_total{reason=\"image_id\"}") }.reduce(0, +) == 2
        }
        #expect(shared.lines("with [redis] share_chunks every chunk must have one").count >= 1)
    }

    @Test("tell a whole picture that comes again by what is processed, and store it again after a reset by hand, to the same row")
    func reset() throws {
        let shared = try SharedSite(gateways: 3)
        let picture = shared.pictures(7..<8, cameras: 1)[0]
        let cameras = try shared.site.cameras()
        try cameras.publish(picture)
        let row = try #require(try shared.site.waitForRows(1).first)
        try cameras.publish(picture)
        try eventually("the repeat to be known, by the gateway that stored it or by another") {
            !(shared.lines("again, which is stored; counted as a repeat") + shared.lines("was stored by another gateway")).isEmpty
        }
        #expect(try shared.site.rows().map(\.updated_at) == [row.updated_at])

        try shared.send("DEL", "processed:shot-7")
        for key in try shared.keys("image_chunks:shot-7*") { try shared.send("DEL", key) }
        try shared.send("DEL", "camera_session:cam0")
        try cameras.publish(picture)
        try eventually("the row to be written again") { try shared.site.rows().first?.updated_at != row.updated_at }
        let again = try shared.site.rows()
        #expect(again.map(\.object_name) == [row.object_name] && again.map(\.id) == [row.id])
        #expect(try shared.site.objects().count == 1)
    }

    @Test("begin a new capture where other bytes or another total come under a used image id, and never mix the two")
    func reusedID() throws {
        let shared = try SharedSite(gateways: 2)
        let cameras = try shared.site.cameras()
        let first = TestPicture("cam0", 1, imageID: "x", chunkSize: 4 << 10)
        let second = TestPicture("cam0", 2, imageID: "x", chunkSize: 4 << 10)
        let shorter = TestPicture("cam0", 3, imageID: "x", size: 9_000, chunkSize: 4 << 10)
        try cameras.publish(first)
        try shared.site.waitForRows(1)
        // A late repeat of the last chunk must not seed what the next capture completes.
        try cameras.publish(first, chunk: 4)
        for chunk in 0..<4 { try cameras.publish(second, chunk: chunk) }
        try cameras.finish()
        try eventually("all of it to be in Redis") { try shared.send("HLEN", "image_chunks:x:cam0").integer == 5 }
        try cameras.publish(second, chunk: 4)
        try cameras.finish()
        try shared.site.waitForRows(2)
        let third = TestPicture("cam0", 4, imageID: "x", chunkSize: 4 << 10)
        for chunk in 0..<2 { try cameras.publish(third, chunk: chunk) }
        try cameras.finish()
        try eventually("the third to be in Redis") { try shared.send("HLEN", "image_chunks:x:cam0").integer == 2 }
        try cameras.publish(shorter)
        try shared.site.expectStoredOnce([first, second, shorter])
        let line = try #require(shared.lines("superseded").first)
        #expect(line.contains("It had 2 of 5 chunks; missing: 2-4"))
        #expect(shared.gateways.compactMap { $0.metric("images_incomplete_total{reason=\"superseded\"}") }.reduce(0, +) == 1)
    }

    @Test("take up what a gateway left whole in Redis when it died, also if the former service wrote it")
    func orphan() throws {
        let shared = try SharedSite(gateways: 2)
        let mine = TestPicture("cam0", 1, imageID: "whole", chunkSize: 4 << 10)
        let theirs = TestPicture("cam 1", 2, imageID: "former", chunkSize: 4 << 10)
        for picture in [mine, theirs] {
            for (index, chunk) in stride(from: 0, to: picture.bytes.count, by: 4 << 10).enumerated() {
                let text = Data(picture.bytes[chunk..<min(chunk + 4 << 10, picture.bytes.count)]).base64EncodedString()
                try shared.send("HSET", "image_chunks:\(picture.imageID ?? ""):\(picture.camera)", "\(index)", text)
            }
            let key = "image_meta:\(picture.imageID ?? ""):\(picture.camera)"
            try shared.send("HSET", key, "total", "\(picture.messages.count)", "last_update", "\(Int(Date().timeIntervalSince1970) - 11)")
            if picture.camera == "cam0" { try shared.send("HSET", key, "capture", "dead/1-7", "own", "5", "topic", mine.topic) }
        }
        try shared.site.expectStoredOnce([mine, theirs])
        #expect(try shared.keys("image_chunks:*").isEmpty)
    }

    @Test("give up what somebody else spoilt in Redis, and are not held up by it")
    func spoilt() throws {
        let shared = try SharedSite(gateways: 2)
        let cameras = try shared.site.cameras()
        let holed = TestPicture("cam0", 1, imageID: "holed", size: 9_000, chunkSize: 4 << 10)
        let scribbled = TestPicture("cam1", 1, imageID: "scribbled", size: 9_000, chunkSize: 4 << 10)
        let kind = TestPicture("cam2", 1, imageID: "kind", size: 9_000, chunkSize: 4 << 10)
        for picture in [holed, scribbled] { for chunk in 0..<2 { try cameras.publish(picture, chunk: chunk) } }
        try cameras.finish()
        try eventually("their chunks to be in Redis") {
            try ["holed:cam0", "scribbled:cam1"].allSatisfy { try shared.send("HLEN", "image_chunks:\($0)").integer == 2 }
        }
        try shared.send("HSET", "image_chunks:holed:cam0", "9", "QUJD")
        try shared.send("HSET", "image_chunks:scribbled:cam1", "1", "no base64!")
        try shared.send("SET", "image_chunks:kind:cam2", "no hash")
        for picture in [holed, scribbled] { try cameras.publish(picture, chunk: 2) }
        let good = shared.pictures(5..<7) + [kind]
        try cameras.publishInterleaved(good)
        try shared.site.expectStoredOnce(good)
        try eventually("both to be given up") {
            shared.gateways.compactMap { $0.metric("images_incomplete_total{reason=\"base64\"}") }.reduce(0, +) == 2
        }
    }

    @Test("abandon a capture that outgrows the largest picture, and say so")
    func tooLarge() throws {
        let shared = try SharedSite(gateways: 2, "[intake]\nmax_image = \"64KiB\"\nmax_chunks = 64")
        let large = TestPicture("cam0", 1, imageID: "large", size: 200_000, chunkSize: 8 << 10)
        let good = shared.pictures(0..<2)
        try shared.site.cameras().publish(large)
        try shared.site.cameras().publishInterleaved(good)
        try shared.site.expectStoredOnce(good)
        try eventually("the count") {
            shared.gateways.compactMap { $0.metric("images_incomplete_total{reason=\"too_large\"}") }.reduce(0, +) == 1
        }
        #expect(try shared.send("HLEN", "image_chunks:large:cam0").integer == 1, "none of it is kept")
    }

    @Test("pass a picture through a pool of 2 MiB that it fills, and many at once")
    func smallPool() throws {
        let shared = try SharedSite(gateways: 2, "[intake]\npool = \"2MiB\"")
        let all = (0..<12).map { TestPicture("cam\($0)", 1, imageID: "big", size: 900_000, chunkSize: 60 << 10) }
        try shared.site.cameras().publishInterleaved(all)
        try shared.site.expectStoredOnce(all, within: 120)
    }
}
