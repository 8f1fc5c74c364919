/// Turns a heat field into a baseline JPEG (ITU-T T.81) that any viewer opens.
///
/// Three components without subsampling, each of which uses the same quantisation table and the same two Huffman tables:
///
///     SOI  APP0 (JFIF 1.01)  COM (the stamp)  DQT  SOF0  DHT (DC)  DHT (AC)  [APP7 filler ...]  SOS  entropy-coded data  EOI
///
/// Filler stands where radiometric cameras keep their raw readings: in application segments of up to 65,533 bytes.
package struct JPEGEncoder: Sendable {
    /// What a frame is: the bytes, and where its stamp stands in them.
    package struct Frame: Sendable {
        package let bytes: [UInt8]
        package let stampStart: Int
    }

    private let width, height: Int
    /// Divisors of the coefficients, in zigzag order.
    private let divisors: [UInt8]
    /// Characters kept free in the comment.
    private let stampLength: Int

    /// - Precondition: `width` and `height` are multiples of 8; `1 <= quality <= 100`, on the scale of the Independent JPEG Group.
    package init(width: Int, height: Int, quality: Int, stampLength: Int) {
        self.width = width
        self.height = height
        self.stampLength = stampLength
        let scale = quality < 50 ? 5000 / quality : 200 - quality * 2
        divisors = JPEGTables.zigzag.map { UInt8(max(1, min(255, (JPEGTables.quantisation[$0] * scale + 50) / 100))) }
    }

    /// Nil when the picture takes more than `size` bytes.
    package func frame(of pixels: [UInt8], size: Int, using random: inout SeededRandom) -> Frame? {
        let data = entropyCoded(pixels)
        var bytes: [UInt8] = [0xff, 0xd8]
        bytes += segment(0xe0, Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
        let stampStart = bytes.count + 4
        bytes += segment(0xfe, [UInt8](repeating: UInt8(ascii: " "), count: stampLength))
        bytes += segment(0xdb, [0] + divisors)
        bytes += segment(0xc0, [8] + pair(height) + pair(width) + [3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0])
        bytes += segment(0xc4, [0x00] + JPEGTables.dcCounts + JPEGTables.dcValues)
        bytes += segment(0xc4, [0x10] + JPEGTables.acCounts + JPEGTables.acValues)
        let scan = segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0])
        let room = size - bytes.count - scan.count - data.count - 2
        guard room >= 0 else { return nil }
        appendFiller(room, to: &bytes, using: &random)
        bytes += scan
        bytes += data
        bytes += [0xff, 0xd9]
        return Frame(bytes: bytes, stampStart: stampStart)
    }

    /// `count` bytes that every decoder skips. A marker may stand behind any number of bytes FF (T.81, B.1.1.2), for what no
    /// segment is small enough for.
    private func appendFiller(_ count: Int, to bytes: inout [UInt8], using random: inout SeededRandom) {
        var left = count
        while left >= 4 {
            let content = min(left - 4, 65_533)
            bytes += [0xff, 0xe7] + pair(content + 2)
            var word: UInt64 = 0
            for index in 0..<content {
                if index % 8 == 0 { word = random.next() }
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
            left -= content + 4
        }
        bytes += [UInt8](repeating: 0xff, count: left)
    }

    private func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] { [0xff, marker] + pair(content.count + 2) + content }
    private func pair(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
}

extension JPEGEncoder {
    private func entropyCoded(_ pixels: [UInt8]) -> [UInt8] {
        var output = BitWriter()
        var previous = [0, 0, 0]
        var block = [Float](repeating: 0, count: 64)
        for top in stride(from: 0, to: height, by: 8) {
            for left in stride(from: 0, to: width, by: 8) {
                for component in 0..<3 {
                    for row in 0..<8 {
                        for column in 0..<8 {
                            block[row * 8 + column] = Self.components[Int(pixels[(top + row) * width + left + column])][component]
                        }
                    }
                    let levels = quantised(transformed(block))
                    output.append(levels, after: previous[component])
                    previous[component] = levels[0]
                }
            }
        }
        return output.finished()
    }

    /// Y, Cb and Cr (JFIF 1.02, page 3) of each heat, shifted to lie around zero.
    private static let components: [SIMD3<Float>] = Ironbow.colours.map { colour in
        let (r, g, b) = (colour.x, colour.y, colour.z)
        return [
            0.299 * r + 0.587 * g + 0.114 * b - 128,
            -0.1687 * r - 0.3313 * g + 0.5 * b,
            0.5 * r - 0.4187 * g - 0.0813 * b,
        ]
    }

    /// The discrete cosine transform of a block (T.81, A.3.3), rows first.
    private func transformed(_ block: [Float]) -> [Float] {
        let cosines = JPEGTables.cosines
        var half = [Float](repeating: 0, count: 64)
        var whole = half
        for row in 0..<8 {
            for u in 0..<8 {
                var sum: Float = 0
                for x in 0..<8 { sum += cosines[u * 8 + x] * block[row * 8 + x] }
                half[row * 8 + u] = sum
            }
        }
        for u in 0..<8 {
            for v in 0..<8 {
                var sum: Float = 0
                for y in 0..<8 { sum += cosines[v * 8 + y] * half[y * 8 + u] }
                whole[v * 8 + u] = sum
            }
        }
        return whole
    }

    /// In zigzag order.
    private func quantised(_ coefficients: [Float]) -> [Int] {
        (0..<64).map { Int((coefficients[JPEGTables.zigzag[$0]] / Float(divisors[$0])).rounded()) }
    }
}

/// Huffman codes, most significant bit first, with a zero byte after each FF (T.81, F.1.2.3).
private struct BitWriter {
    private var bytes = [UInt8]()
    private var pending: UInt64 = 0
    private var pendingCount = 0

    mutating func append(_ levels: [Int], after previous: Int) {
        append(levels[0] - previous, run: 0, codes: JPEGTables.dcCodes)
        var run = 0
        for level in levels.dropFirst() {
            guard level != 0 else {
                run += 1
                continue
            }
            while run > 15 {
                append(code: JPEGTables.acCodes[0xf0])
                run -= 16
            }
            append(level, run: run, codes: JPEGTables.acCodes)
            run = 0
        }
        if run > 0 { append(code: JPEGTables.acCodes[0]) }
    }

    /// A level: the code of its run and size, then as many of its bits (T.81, F.1.2.1 and F.1.2.2).
    private mutating func append(_ level: Int, run: Int, codes: [JPEGTables.Code]) {
        let size = Int.bitWidth - abs(level).leadingZeroBitCount
        append(code: codes[run << 4 | size])
        let bits = level < 0 ? level + (1 << size) - 1 : level
        append(code: JPEGTables.Code(bits: UInt64(bits), length: size))
    }

    private mutating func append(code: JPEGTables.Code) {
        pending = pending << code.length | code.bits
        pendingCount += code.length
        while pendingCount >= 8 {
            pendingCount -= 8
            let byte = UInt8(truncatingIfNeeded: pending >> pendingCount)
            bytes.append(byte)
            if byte == 0xff { bytes.append(0) }
        }
    }

    /// The last byte is filled up with ones.
    mutating func finished() -> [UInt8] {
        if pendingCount > 0 { append(code: JPEGTables.Code(bits: (1 << (8 - pendingCount)) - 1, length: 8 - pendingCount)) }
        return bytes
    }
}
