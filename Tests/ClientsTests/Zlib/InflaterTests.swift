import CZlib
import Testing

@testable import Clients

@Suite("An inflater")
struct InflaterTests {
    @Test("gives back what was packed as zlib and as gzip, again and again", arguments: [Format.zlib, .gzip])
    func roundTrip(format: Format) throws {
        var inflater = try Inflater(limit: 100_000)
        for count in [0, 1, 100, 100_000, 5, 40_000] {
            let picture = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0) }
            #expect(try inflated(packed(picture, format), by: &inflater) == picture)
        }
    }

    @Test("refuses a body that is larger than its limit, and takes one that just fits", arguments: [Format.zlib, .gzip])
    func limit(format: Format) throws {
        var inflater = try Inflater(limit: 1000)
        #expect(throws: Inflater.Failure.tooLarge) { try inflated(packed([UInt8](repeating: 0, count: 10_000_000), format), by: &inflater) }
        #expect(throws: Inflater.Failure.tooLarge) { try inflated(packed([UInt8](repeating: 0, count: 1001), format), by: &inflater) }
        #expect(try inflated(packed([UInt8](repeating: 9, count: 1000), format), by: &inflater).count == 1000)
        #expect(throws: Inflater.Failure.tooLarge) {
            try inflated(packed([UInt8](repeating: 0, count: 600), .gzip) + packed([UInt8](repeating: 0, count: 600), .gzip), by: &inflater)
        }
    }

    @Test("inflates nothing of a bomb that says how large it is, and of any other no more than its limit")
    func bombs() throws {
        let zeros = [UInt8](repeating: 0, count: 10_000_000)
        var lying = packed(zeros, .gzip)
        lying.replaceSubrange((lying.count - 4)..., with: [1, 0, 0, 0])
        var boasting = packed(zeros, .gzip)
        boasting.replaceSubrange((boasting.count - 4)..., with: [255, 255, 255, 255])
        for (body, most) in [
            (packed(zeros, .gzip), 0), (packed([1], .gzip) + packed(zeros, .gzip), 0), (packed(zeros, .zlib), 1001), (lying, 1001),
            (boasting, 1001), (packed(zeros, .gzip) + packed([1], .gzip), 1001),
        ] {
            var inflater = try Inflater(limit: 1000)
            for time in 1...3 {
                #expect(throws: Inflater.Failure.tooLarge) { try inflated(body, by: &inflater) }
                #expect(inflater.inflatedBytes == most * time)
            }
            #expect(try inflated(packed([1, 2], .gzip), by: &inflater) == [1, 2])
        }
    }

    @Test("calls a body truncated wherever it is cut", arguments: [Format.zlib, .gzip])
    func truncated(format: Format) throws {
        var inflater = try Inflater(limit: 100)
        let body = packed([UInt8](repeating: 7, count: 100), format)
        for length in 2..<body.count {
            #expect(throws: Inflater.Failure.truncated, "\(length) of \(body.count)") {
                try inflated(Array(body.prefix(length)), by: &inflater)
            }
        }
    }

    @Test("refuses damage: flipped bits, wrong checksums, bytes behind the end", arguments: [Format.zlib, .gzip])
    func damaged(format: Format) throws {
        var inflater = try Inflater(limit: 1000)
        let body = packed((0..<500).map { UInt8(truncatingIfNeeded: $0 &* 7) }, format)
        var wrongSum = body
        wrongSum[body.count - (format == .gzip ? 8 : 1)] ^= 1
        for broken in [
            wrongSum, body + [0], body + [1, 2, 3], body + packed([1], .zlib), [1, 2, 3, 4], [UInt8(ascii: "{"), UInt8(ascii: "}")], [0x1f],
        ] {
            #expect(throws: Inflater.Failure.damaged) { try inflated(broken, by: &inflater) }
        }
        #expect(throws: Inflater.Failure.truncated) { try inflated([], by: &inflater) }
        let whole = try inflated(body, by: &inflater)
        for index in 0..<body.count * 8 {
            var flipped = body
            flipped[index / 8] ^= 1 << UInt8(index % 8)
            // A gzip header has bytes that mean nothing (time, system), so some still inflate, but never to other bytes.
            if let bytes = try? inflated(flipped, by: &inflater) { #expect(bytes == whole) }
        }
    }

    @Test("joins the members of a gzip body, as RFC 1952 has it")
    func members() throws {
        var inflater = try Inflater(limit: 1000)
        let body = packed(Array("{\"index\"".utf8), .gzip) + packed([], .gzip) + packed(Array(":0}".utf8), .gzip)
        #expect(try inflated(body, by: &inflater) == Array("{\"index\":0}".utf8))
        #expect(throws: Inflater.Failure.truncated) { try inflated(Array(body.dropLast()), by: &inflater) }
    }

    @Test("recognises gzip and zlib by their first bytes, and no JSON")
    func recognises() {
        func recognised(_ bytes: [UInt8]) -> Bool { Inflater.recognises(bytes.span) }
        #expect(recognised(packed([1, 2, 3], .zlib)))
        #expect(recognised(packed([1, 2, 3], .gzip)))
        for header: [UInt8] in [[0x78, 0x01], [0x78, 0x5e], [0x78, 0x9c], [0x78, 0xda], [0x08, 0x1d]] { #expect(recognised(header)) }
        for other: [UInt8] in [[], [0x78], [0x1f], [0x78, 0x9d], [0x88, 0x1c], [0x1f, 0x8c]] { #expect(!recognised(other)) }
        for first in Array("{ \t\r\n[\"0".utf8) {
            for second in UInt8.min...UInt8.max { #expect(!recognised([first, second])) }
        }
    }

    @Test("takes or refuses any bytes at all")
    func anyBytes() throws {
        var inflater = try Inflater(limit: 500)
        var state: UInt32 = 1  // a linear congruential generator: the same bytes in every run
        func byte() -> UInt8 {
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        for _ in 0..<3000 {
            let bytes = (0..<Int(byte() % 60)).map { _ in byte() }
            for header: [UInt8] in [[0x78, 0x9c], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]] { _ = try? inflated(header + bytes, by: &inflater) }
        }
        #expect(try inflated(packed([1, 2, 3], .gzip), by: &inflater) == [1, 2, 3])
    }

    private func inflated(_ body: [UInt8], by inflater: inout Inflater) throws -> [UInt8] {
        try inflater.withInflated(body.span) { bytes in bytes.indices.map { bytes[$0] } }
    }

    enum Format { case zlib, gzip }

    private func packed(_ bytes: [UInt8], _ format: Format) -> [UInt8] {
        var stream = z_stream()
        let window: Int32 = format == .gzip ? 15 + 16 : 15
        deflateInit2_(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(bytes.count))))
        let left = input.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { room in
                (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
                (stream.next_out, stream.avail_out) = (room.baseAddress, UInt32(room.count))
                deflate(&stream, Z_FINISH)
                return Int(stream.avail_out)
            }
        }
        return Array(output.dropLast(left))
    }
}
