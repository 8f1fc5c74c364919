/// The inside of JSON strings.
enum JSONText {
    private static let block = 64
    private static let word = 8

    /// The first position from `start` on whose byte is a quote, a backslash, a control character or beyond ASCII; the end of
    /// `bytes` where there is none.
    ///
    /// A chunk's `data` is nearly its whole message, so this is looked at in blocks: one constant-length loop without branches,
    /// which the compiler turns into vector code on every machine.
    static func endOfPlainRun(in bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        // Names and numbers are short: no block for them.
        let nearEnd = min(start + 2 * word, bytes.count)
        while at + word <= nearEnd, isPlain(word: bytes, at) { at += word }
        if at == start + 2 * word {
            at = endOfPlainBlocks(in: bytes, from: at)
            while at + word <= bytes.count, isPlain(word: bytes, at) { at += word }
        }
        while at < bytes.count, !isSpecial(bytes[at]) { at += 1 }
        return at
    }

    private static func endOfPlainBlocks(in bytes: Span<UInt8>, from start: Int) -> Int {
        var at = start
        while at + block <= bytes.count {
            let piece = bytes.extracting(at..<at + block)
            var marks: UInt8 = 0
            for offset in 0..<block { marks |= mark(piece[offset]) }
            if marks & 0x80 != 0 { break }
            at += block
        }
        return at
    }

    /// Whether the eight bytes at `start` are plain. A borrow marks a plain byte at worst where a lower one is special.
    @inline(__always)
    private static func isPlain(word bytes: Span<UInt8>, _ start: Int) -> Bool {
        let piece = bytes.extracting(start..<start + word)
        var eight: UInt64 = 0
        for offset in 0..<word { eight |= UInt64(piece[offset]) << UInt64(8 * offset) }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = (eight ^ ones &* UInt64(UInt8(ascii: "\""))) &- ones
        let backslashes = (eight ^ ones &* UInt64(UInt8(ascii: "\\"))) &- ones
        return (eight | (eight &- ones &* 0x20) | quotes | backslashes) & (ones &* 0x80) == 0
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Bit 7 tells whether the byte is special, by arithmetic: no comparison, so no branch.
    @inline(__always)
    private static func mark(_ byte: UInt8) -> UInt8 {
        byte | (byte &- 0x20) | ((byte ^ UInt8(ascii: "\"")) &- 1) | ((byte ^ UInt8(ascii: "\\")) &- 1)
    }

    /// Behind the escape whose backslash is at `start`.
    static func endOfEscape(in bytes: Span<UInt8>, from start: Int) throws(Refusal) -> Int {
        guard start + 1 < bytes.count else { throw .json }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return start + 2
        case UInt8(ascii: "u"):
            guard start + 6 <= bytes.count else { throw .json }
            for offset in 2..<6 where JSONToken.hexDigit(bytes[start + offset]) == nil { throw .json }
            return start + 6
        default:
            throw .json
        }
    }

    /// Behind the UTF-8 sequence that begins at `start` with a byte beyond ASCII (Unicode 15, table 3-7: no overlong forms, no
    /// surrogates, nothing above U+10FFFF).
    static func endOfScalar(in bytes: Span<UInt8>, from start: Int) throws(Refusal) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xbf
        switch bytes[start] {
        case 0xc2...0xdf: length = 2
        case 0xe0: (length, second) = (3, 0xa0...0xbf)
        case 0xed: (length, second) = (3, 0x80...0x9f)
        case 0xe1...0xef: length = 3
        case 0xf0: (length, second) = (4, 0x90...0xbf)
        case 0xf1...0xf3: length = 4
        case 0xf4: (length, second) = (4, 0x80...0x8f)
        default: throw .json
        }
        guard start + length <= bytes.count, second.contains(bytes[start + 1]) else { throw .json }
        for offset in 2..<max(length, 2) where bytes[start + offset] & 0xc0 != 0x80 { throw .json }
        return start + length
    }
}
