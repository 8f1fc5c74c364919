import CZlib
import Foundation
import TestServices
import Testing

@Suite("A stored picture")
struct StoredPictureTests {
    @Test("has the row, key, headers and log line that the contract names")
    func exact() throws {
        let site = try Site()
        let picture = TestPicture("cam7", 1, imageID: "shot-0001", size: 40_000)
        let before = Int64(Date().timeIntervalSince1970 * 1000)
        try site.cameras().publish(picture)
        let row = try #require(site.waitForRows(1).first)
        let after = Int64(Date().timeIntervalSince1970 * 1000) + 1

        #expect((before...after).contains(row.recorded_at))
        #expect(row.device_uid == "cam7" && row.device_name == "cam7")
        #expect(row.minio_bucket == site.bucket)
        #expect(row.object_name == "cam7/shot-0001-\(row.recorded_at / 1000).jpg")
        #expect(row.object_version == nil)
        #expect(row.checksum == picture.sha256)
        #expect(row.image_type == "raw" && row.status == "pending")
        #expect((before...after + 60_000).contains(row.created_at) && row.updated_at >= row.created_at)
        #expect(
            row.members == [
                "chunks", "clock", "content_type", "first_chunk_at", "gateway", "image_id", "image_id_source", "intact", "size",
                "source_topic",
            ])
        #expect(
            row.metadata
                == Site.Row.Metadata(
                    source_topic: "camera/cam7/image_json", image_id: "shot-0001", image_id_source: "camera", content_type: "image/jpeg",
                    gateway: "gateway-1", size: 40_000, chunks: 3))

        let headers = try site.headers(of: row.object_name)
        #expect(headers["content-type"] == "image/jpeg")
        #expect(headers["content-length"] == "40000")
        #expect(headers["x-amz-meta-camera-uid"] == "cam7")
        #expect(headers["x-amz-meta-image-id"] == "shot-0001")
        #expect(headers["x-amz-meta-chunks"] == "3")
        #expect(headers["x-amz-meta-sha256"] == picture.sha256)
        let stamp = try #require(headers["x-amz-meta-recorded-at"])
        let parser = ISO8601DateFormatter()
        parser.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        #expect(parser.date(from: stamp).map { Int64(($0.timeIntervalSince1970 * 1000).rounded()) } == row.recorded_at, "\(stamp)")
        #expect(try site.objects() == [row.object_name: picture.sha256])

        let line = "Saved image object \(row.object_name) for camera cam7 (db image_id=\(row.id), original image_id=shot-0001)"
        try site.gateway.waitForLog(line)
        #expect(site.gateway.logLines(line).count == 1)
    }

    @Test("without an id of its own is named by a fresh UUID of version 4")
    func unnamed() throws {
        let site = try Site()
        try site.cameras().publish(TestPicture("cam1", 1))
        let row = try #require(site.waitForRows(1).first)
        #expect(row.metadata.image_id_source == "gateway")
        #expect(row.metadata.image_id.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil)
        #expect(row.object_name == "cam1/\(row.metadata.image_id)-\(row.recorded_at / 1000).jpg")
    }

    @Test("is the same whether chunks were encoded each by itself or the whole picture's text was cut, at any character")
    func habits() throws {
        let site = try Site()
        var pictures = [16 << 10, 1000, 999, 7].map { TestPicture("part\($0)", 1, size: 20_011, chunkSize: $0, habit: .parts) }
        pictures[3].bytes.removeLast(19_000)
        pictures += [16 << 10, 1001, 1002, 1003].map { TestPicture("text\($0)", 1, size: 20_011, chunkSize: $0, habit: .text) }
        try site.cameras().publishInterleaved(pictures)
        try site.expectStoredOnce(pictures)
    }

    @Test("is recognised by its first bytes: extension and content type follow")
    func mediaTypes() throws {
        let site = try Site()
        let kinds: [(name: String, first: [UInt8], type: String)] = [
            ("jpg", [0xff, 0xd8, 0xff, 0xdb], "image/jpeg"),
            ("png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "image/png"),
            ("tif", [0x49, 0x49, 0x2a, 0x00], "image/tiff"),
            ("webp", Array("RIFF\u{10}\u{0}\u{0}\u{0}WEBP".utf8), "image/webp"),
            ("gif", Array("GIF89a".utf8), "image/gif"),
            ("bmp", Array("BM".utf8), "image/bmp"),
            ("bin", [0, 1, 2, 3], "application/octet-stream"),
        ]
        for kind in kinds {
            var picture = TestPicture("cam-\(kind.name)", 1, imageID: "x", size: 300)
            picture.bytes.replaceSubrange(0..<kind.first.count, with: kind.first)
            try site.cameras().publish(picture)
        }
        for row in try site.waitForRows(kinds.count) {
            let kind = try #require(kinds.first { row.device_uid == "cam-\($0.name)" })
            #expect(row.object_name.hasSuffix(".\(kind.name)") && row.metadata.content_type == kind.type, "\(row)")
            #expect(try site.headers(of: row.object_name)["content-type"] == kind.type)
        }
    }

    @Test("may come as gzip or zlib, chunk by chunk, and with numbers written in any way the firmware does")
    func compressed() throws {
        let site = try Site()
        let cameras = try site.cameras()
        let plain = TestPicture("plain", 1), zipped = TestPicture("gzip", 1), deflated = TestPicture("zlib", 1),
            mixed = TestPicture("mixed", 1)
        for message in plain.messages { try cameras.publish(message, topic: plain.topic) }
        for message in zipped.messages { try cameras.publish(Self.gzip(Array(message.utf8)), topic: zipped.topic) }
        for message in deflated.messages { try cameras.publish(Self.zlib(Array(message.utf8)), topic: deflated.topic) }
        let texts = mixed.messages
        let first = texts[0].replacingOccurrences(of: "\"index\":0,\"total\":2", with: "\"index\":0.0,\"total\":\"2\"")
            .replacingOccurrences(of: "/", with: "\\/")
        let second = texts[1].replacingOccurrences(
            of: "\"index\":1,\"total\":2", with: "\"index\":\"1\",\"total\":2.0,\"more\":[{\"a\":null}]"
        )
        .replacingOccurrences(of: "=", with: "\\u003d").replacingOccurrences(of: "+", with: "-")
        try cameras.publish(first, topic: mixed.topic)
        try cameras.publish(Self.gzip(Array(second.utf8)), topic: mixed.topic)
        try site.expectStoredOnce([plain, zipped, deflated, mixed])
    }

    @Test("is one of two when two cameras use the same image id")
    func sameImageID() throws {
        let site = try Site()
        let pictures = ["left", "right"].map { TestPicture($0, 1, imageID: "0001", size: 50_000) }
        try site.cameras().publishInterleaved(pictures)
        try site.expectStoredOnce(pictures)
        #expect(Set(try site.rows().map(\.metadata.image_id)) == ["0001"])
    }

    @Test("has a key of safe characters whatever its camera is called, and the camera's name byte for byte in the table")
    func oddNames() throws {
        let site = try Site()
        let names = [
            ("Küche 2", "K%C3%BCche%202"), ("100%", "100%25"), ("..", "%2E%2E"), (".", "%2E"), ("%2E", "%252E"),
            ("a+b".replacingOccurrences(of: "+", with: "&"), "a%26b"),
            ("カメラ", "%E3%82%AB%E3%83%A1%E3%83%A9"), ("e\u{301}", "e%CC%81"), ("\u{e9}", "%C3%A9"),
            ("O'Brien\"; --", "O%27Brien%22%3B%20--"), ("~tilde", "%7Etilde"),
            (String(repeating: "u", count: 128), String(repeating: "u", count: 128)),
        ]
        let pictures = names.map { TestPicture($0.0, 1, imageID: "i.1_x-Y", size: 5_000) }
        try site.cameras().publishInterleaved(pictures)
        try site.expectStoredOnce(pictures)
        let rows = try site.rows()
        for (name, encoded) in names {
            let row = try #require(rows.first { Array($0.device_uid.utf8) == Array(name.utf8) }, "\(name)")
            #expect(row.object_name == "\(encoded)/i.1_x-Y-\(row.recorded_at / 1000).jpg")
            #expect(try site.headers(of: row.object_name)["x-amz-meta-camera-uid"] == encoded)
        }
    }

    @Test("of another camera than the payload says belongs to the topic's; a filter without + takes the payload's")
    func topicWins() throws {
        let site = try Site("[mqtt]\ntopic = [\"camera/+/image_json\", \"hall/pictures\"]")
        let picture = TestPicture("door", 1)
        try site.cameras().publish(picture)
        var other = TestPicture("sensor", 2)
        for message in other.messages { try site.cameras().publish(message, topic: "hall/pictures") }
        var numbered = TestPicture("17", 3)
        for message in numbered.messages {
            try site.cameras().publish(message.replacingOccurrences(of: "\"sensor\"", with: "17"), topic: "hall/pictures")
        }
        other.camera = "sensor"
        numbered.camera = "17"
        try site.expectStoredOnce([picture, other, numbered])
    }

    @Test("that the camera sends again within repeat_window is stored once and said to be a repeat; later it is a new one")
    func repeats() throws {
        let site = try Site("[intake]\nrepeat_window = \"3s\"")
        let cameras = try site.cameras()
        let picture = TestPicture("cam1", 1)
        try cameras.publish(picture)
        try site.waitForRows(1)
        try cameras.publish(picture)
        try site.gateway.waitForLog("counted as a repeat")
        #expect(try site.rowCount() == 1)
        // Then the window is over. The camera's last chunk and all chunks may still come late; only a whole run is a new picture.
        let first = try #require(site.rows().first)
        try eventually("the window to be over") { Int64(Date().timeIntervalSince1970 * 1000) > first.recorded_at + 7_000 }
        try cameras.publish(picture)
        let rows = try site.waitForRows(2)
        #expect(Set(rows.map(\.checksum)) == [picture.sha256] && Set(rows.map(\.object_name)).count == 2)
        #expect(try site.objects().count == 2)
    }

    @Test("of a static scene never mixes with the capture before it, whose tail was lost")
    func staticScene() throws {
        let site = try Site()
        let cameras = try site.cameras()
        let old = TestPicture("cam1", 1, size: 80_000)
        var new = old
        new.bytes[79_000] ^= 0xff
        // The old capture has a hole, then the scene goes on: same first chunks, another last one.
        for chunk in [0, 1, 2, 4] { try cameras.publish(old, chunk: chunk) }
        try cameras.publish(new)
        // Whether the old one's last chunk was a stray of this capture nobody can tell, so nothing is said to be given up.
        try site.expectStoredOnce([new])
        let next = TestPicture("cam1", 2, size: 80_000)
        try cameras.publish(next)
        try site.expectStoredOnce([new, next])
    }

    @Test("with chunks in any order and repeated is whole all the same when the camera names it")
    func anyOrder() throws {
        let site = try Site()
        let cameras = try site.cameras()
        let pictures = (0..<4).map { TestPicture("cam1", $0, imageID: "n\($0)", size: 100_000) }
        for index in [6, 2, 2, 5, 0, 1, 6, 4, 3, 3] { for picture in pictures { try cameras.publish(picture, chunk: index) } }
        try cameras.finish()
        try site.expectStoredOnce(pictures)
    }

    private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(uLong(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(size))
        compress2(&result, &size, bytes, uLong(bytes.count), 6)
        return Array(result.prefix(Int(size)))
    }

    /// RFC 1952 around the same stream: header, raw deflate, CRC-32, length.
    private static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        let sum = UInt32(crc32(0, bytes, uInt(bytes.count)))
        func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) } }
        return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + zlib(bytes).dropFirst(2).dropLast(4) + little(sum) + little(UInt32(bytes.count))
    }
}
