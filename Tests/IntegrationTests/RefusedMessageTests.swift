import Foundation
import TestServices
import Testing

@Suite("A refused message")
struct RefusedMessageTests {
    @Test("is counted once by its reason, said once, and leaves the camera's open capture as it was")
    func reasons() throws {
        let site = try Site("[mqtt]\nmax_message = \"256KiB\"\n[intake]\nmax_image = \"256KiB\"")
        let cameras = try site.cameras()
        let picture = TestPicture("cam1", 1, size: 160_000)
        let chunk = Data("some bytes".utf8).base64EncodedString()
        func message(_ members: String) -> [UInt8] { Array("{\"id\":\"s\",\(members)}".utf8) }
        let refused: [(reason: String, payload: [UInt8])] = [
            ("json", Array("[1,2,3]".utf8)),
            ("field_missing", message("\"index\":0,\"total\":3")),
            ("field_type", message("\"index\":true,\"total\":3,\"data\":\"\(chunk)\"")),
            ("index_range", message("\"index\":3,\"total\":3,\"data\":\"\(chunk)\"")),
            ("total_range", message("\"index\":0,\"total\":0,\"data\":\"\(chunk)\"")),
            ("base64", message("\"index\":1,\"total\":3,\"data\":\"****\"")),
            ("empty", message("\"index\":1,\"total\":3,\"data\":\"\"")),
            ("image_id", message("\"index\":1,\"total\":3,\"image_id\":\"../x\",\"data\":\"\(chunk)\"")),
            ("too_large", try Self.gzipped("{\"data\":\"" + String(repeating: "A", count: 300_000) + "\"}")),
            (
                "inflate",
                Array(
                    try Self.gzipped(String(decoding: message("\"index\":1,\"total\":3,\"data\":\"\(chunk)\""), as: UTF8.self)).dropLast(9))
            ),
        ]
        for (index, refusal) in refused.enumerated() {
            try cameras.publish(picture, chunk: index)
            try cameras.publish(refusal.payload, topic: picture.topic)
            try cameras.publish(refusal.payload, topic: picture.topic)
        }
        let long = "camera/\(String(repeating: "u", count: 129))/image_json"
        for _ in 0..<2 { try cameras.publish(message("\"index\":0,\"total\":1,\"data\":\"\(chunk)\""), topic: long) }
        #expect(picture.messages.count == refused.count)
        try cameras.finish()
        try site.expectStoredOnce([picture])

        for reason in refused.map(\.reason) + ["camera_uid"] {
            #expect(site.gateway.metric("chunks_rejected_total{reason=\"\(reason)\"}") == 2, "\(reason)")
            #expect(site.gateway.logLines("reason=\(reason)").count == 1, "\(reason): \(site.gateway.logLines("reason=\(reason)"))")
        }
    }

    @Test("that takes its picture over max_image is too_large, and so is the capture")
    func tooLargePicture() throws {
        let site = try Site("[intake]\nmax_image = \"64KiB\"")
        let cameras = try site.cameras()
        let large = TestPicture("cam1", 1, size: 100_000), fitting = TestPicture("cam1", 2, size: 65_536)
        try cameras.publish(large)
        try cameras.publish(fitting)
        try site.expectStoredOnce([fitting])
        try site.gateway.waitForLog("too_large")
        #expect(site.gateway.metric("images_incomplete_total{reason=\"too_large\"}") == 1)
        #expect((site.gateway.metric("chunks_rejected_total{reason=\"too_large\"}") ?? 0) >= 1)
    }

    @Test("may be garbage of any size up to over max_message: the gateway goes on and its memory stays")
    func garbage() throws {
        let site = try Site("[mqtt]\nmax_message = \"128KiB\"\n[log]\nlevel = \"error\"")
        let cameras = try site.cameras()
        let idle = site.gateway.memory.now
        let seed = UInt64.random(in: 1..<UInt64.max)
        var random = Splitmix(seed: seed)
        let picture = TestPicture("cam0", 1, size: 60_000)
        let sample = Array(picture.messages[0].utf8)
        try cameras.publish(picture, chunk: 0)
        for round in 0..<1500 {
            var payload: [UInt8]
            switch round % 5 {
            case 0: payload = (0..<Int(random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 1: payload = Array(sample.prefix(Int(random.next() % UInt64(sample.count))))
            case 2, 3:
                payload = Array(sample.prefix(400)) + Array("\"}".utf8)
                for _ in 0..<(1 + random.next() % 4) {
                    payload[Int(random.next() % UInt64(payload.count))] = UInt8(truncatingIfNeeded: random.next())
                }
            default: payload = [0x1f, 0x8b, 8, 0] + (0..<Int(random.next() % 200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
            try cameras.publish(payload, topic: "camera/noise\(round % 7)/image_json")
        }
        for size in [0, 1, 131_071, 131_072, 131_073, 140_000, 1 << 20, 4 << 20] {
            for filler in [UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: " "), 0, 0xff] {
                try cameras.publish([UInt8](repeating: filler, count: size), topic: "camera/noise/image_json")
            }
        }
        for chunk in 1..<picture.messages.count { try cameras.publish(picture, chunk: chunk) }
        try cameras.finish()
        try eventually("the picture between the garbage, seed \(seed)") {
            try site.rows("d.device_uid = 'cam0'").map(\.checksum) == [picture.sha256]
        }
        #expect(site.gateway.exitStatus == nil, "seed \(seed)")
        #expect(site.gateway.memory.peak <= idle + 32 << 20 + 8 << 20, "seed \(seed)")
    }

    static func gzipped(_ text: String) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try Data(text.utf8).write(to: folder.file("plain"))
        try run("/bin/gzip", "-k", folder.file("plain").path)
        return Array(try Data(contentsOf: folder.file("plain.gz")))
    }
}

/// Seeded; the same numbers each time.
struct Splitmix {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
