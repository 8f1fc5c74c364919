/// Turns a heat field into a baseline JPEG (ITU-T T.81) that any viewer opens.
///
/// Three components without subsampling, each of which uses the same quantisation table and the same two Huffman tables:
///
///     SOI  APP0 (JFIF 1.01)  COM (the stamp)  DQT  SOF0  DHT (DC)  DHT (AC)  [APP7 filler ...]  SOS  entropy-coded data  EOI
///
/// Filler stands where radiometric cameras keep their raw readings: in application segments of up to 65,533 bytes.
package struct JPEGEncoder: Sendable {
    /// What a frame is: the bytes, where its stamp stands in them, and what else may differ from picture to picture.
    package struct Frame: Sendable {
        package let bytes: [UInt8]
        package let stampStart: Int
        package var noise: [NoiseByte] = []
    }

    /// A byte some bits of which may be turned over, and the picture is one as before, of a little other noise.
    package struct NoiseByte: Sendable {
        package let place: Int
        package let bits: UInt8
    }

    /// There is one in about so many bytes.
    private static let noiseDistance = 32

    private let width, height: Int
    /// Divisors of the coefficients, in zigzag order.
    private let divisors: [UInt8]
    private let reciprocals: [Float]
    /// Characters kept free in the comment.
    private let stampLength: Int

    /// - Precondition: `width` and `height` are multiples of 8; `1 <= quality <= 100`, on the scale of the Independent JPEG Group.
    package init(width: Int, height: Int, quality: Int, stampLength: Int) {
        self.width = width
        self.height = height
        self.stampLength = stampLength
        let scale = quality < 50 ? 5000 / quality : 200 - quality * 2
        divisors = JPEGTables.zigzag.map { UInt8(max(1, min(255, (JPEGTables.quantisation[$0] * scale + 50) / 100))) }
        reciprocals = divisors.map { 1 / Float($0) }
    }

    /// Nil when the picture takes more than `size` bytes.
    package func frame(of pixels: [UInt8], size: Int, using random: inout SeededRandom) -> Frame? {
        var (data, noise) = entropyCoded(pixels)
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
        let filler = appendFiller(room, to: &bytes, using: &random)
        bytes += scan
        noise = filler + noise.map { NoiseByte(place: bytes.count + $0.place, bits: $0.bits) }
        bytes += data
        bytes += [0xff, 0xd9]
        return Frame(bytes: bytes, stampStart: stampStart, noise: noise)
    }

    /// `count` bytes that every decoder skips. A marker may stand behind any number of bytes FF (T.81, B.1.1.2), for what no
    /// segment is small enough for.
    private func appendFiller(_ count: Int, to bytes: inout [UInt8], using random: inout SeededRandom) -> [NoiseByte] {
        var noise: [NoiseByte] = []
        var left = count
        while left >= 4 {
            let content = min(left - 4, 65_533)
            bytes += [0xff, 0xe7] + pair(content + 2)
            var word: UInt64 = 0
            for index in 0..<content {
                if index % 8 == 0 { word = random.next() }
                if index % Self.noiseDistance == 0 { noise.append(NoiseByte(place: bytes.count, bits: 0xff)) }
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
            left -= content + 4
        }
        bytes += [UInt8](repeating: 0xff, count: left)
        return noise
    }

    private func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] { [0xff, marker] + pair(content.count + 2) + content }
    private func pair(_ value: Int) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
}

extension JPEGEncoder {
    private func entropyCoded(_ pixels: [UInt8]) -> (data: [UInt8], noise: [NoiseByte]) {
        var output = BitWriter(noiseDistance: Self.noiseDistance)
        var previous = [0, 0, 0]
        var levels = [Int](repeating: 0, count: 64)
        let planes = Self.planes
        for top in stride(from: 0, to: height, by: 8) {
            for left in stride(from: 0, to: width, by: 8) {
                for component in 0..<3 {
                    var block = Block(repeating: .zero)
                    for row in 0..<8 {
                        let start = (top + row) * width + left
                        for column in 0..<8 { block[row][column] = planes[component][Int(pixels[start + column])] }
                    }
                    quantise(transformed(block), into: &levels)
                    output.append(levels, after: previous[component])
                    previous[component] = levels[0]
                }
            }
        }
        return (output.finished(), output.noise)
    }

    /// Eight rows of eight.
    private typealias Block = InlineArray<8, SIMD8<Float>>

    /// Y, Cb and Cr (JFIF 1.02, page 3) of each heat, shifted to lie around zero.
    private static let planes: [[Float]] = [
        Ironbow.colours.map { 0.299 * $0.x + 0.587 * $0.y + 0.114 * $0.z - 128 },
        Ironbow.colours.map { -0.1687 * $0.x - 0.3313 * $0.y + 0.5 * $0.z },
        Ironbow.colours.map { 0.5 * $0.x - 0.4187 * $0.y - 0.0813 * $0.z },
    ]

    /// The discrete cosine transform of a block (T.81, A.3.3), columns first. The result lies on its side: it is turned over once,
    /// between the two passes.
    private func transformed(_ block: Block) -> Block {
        pass(turned(pass(block)))
    }

    private func pass(_ block: Block) -> Block {
        let cosines = JPEGTables.cosines
        var result = Block(repeating: .zero)
        for frequency in 0..<8 {
            var sum = SIMD8<Float>.zero
            for row in 0..<8 { sum += block[row] * cosines[frequency * 8 + row] }
            result[frequency] = sum
        }
        return result
    }

    private func turned(_ block: Block) -> Block {
        var result = Block(repeating: .zero)
        for row in 0..<8 {
            for column in 0..<8 { result[column][row] = block[row][column] }
        }
        return result
    }

    /// In zigzag order, from coefficients that lie on their side.
    private func quantise(_ coefficients: Block, into levels: inout [Int]) {
        for index in 0..<64 {
            let place = JPEGTables.zigzag[index]
            levels[index] = Int((coefficients[place % 8][place / 8] * reciprocals[index]).rounded())
        }
    }
}

/// Huffman codes, most significant bit first, with a zero byte after each FF (T.81, F.1.2.3).
private struct BitWriter {
    let noiseDistance: Int
    /// The last bit of a coefficient: the other one stands for the next level of the same size.
    private(set) var noise: [JPEGEncoder.NoiseByte] = []
    private var bytes = [UInt8]()
    private var pending: UInt64 = 0
    private var pendingCount = 0

    init(noiseDistance: Int) { self.noiseDistance = noiseDistance }

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
            noteNoise()
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

    /// Where the coefficient that was written last ends with a byte, which becomes no FF and is none, its last bit may be another one.
    private mutating func noteNoise() {
        guard pendingCount == 0, let byte = bytes.last, byte < 0xfe else { return }
        let place = bytes.count - 1
        if place < (noise.last?.place ?? -noiseDistance) + noiseDistance { return }
        // A zero behind an FF is no byte of the coefficient's.
        if byte == 0, place > 0, bytes[place - 1] == 0xff { return }
        noise.append(JPEGEncoder.NoiseByte(place: place, bits: 1))
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
