/// Base64 of bytes (RFC 4648, section 4), written at the end of a buffer that is used again and again.
package enum Base64Encoder {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Every twelve bits' two characters, so that three bytes take two look-ups.
    private static let pairs: [(UInt8, UInt8)] = (0..<4096).map { (alphabet[$0 >> 6], alphabet[$0 & 63]) }

    /// Characters for `count` bytes, padding included.
    package static func length(of count: Int) -> Int { (count + 2) / 3 * 4 }

    /// The text of `bytes`, padded.
    package static func text(of bytes: [UInt8]) -> String {
        var buffer: [UInt8] = []
        append(bytes, to: &buffer)
        return String(decoding: buffer, as: UTF8.self)
    }

    /// Appends the text of `bytes`, padded.
    package static func append(_ bytes: [UInt8], to buffer: inout [UInt8]) {
        var target = buffer.count
        buffer.append(contentsOf: repeatElement(UInt8(ascii: "="), count: length(of: bytes.count)))
        let bytes = bytes.span
        var text = buffer.mutableSpan
        let pairs = Self.pairs.span
        var source = 0
        while source + 2 < bytes.count {
            let group = Int(bytes[source]) << 16 | Int(bytes[source + 1]) << 8 | Int(bytes[source + 2])
            let (high, low) = (pairs[group >> 12], pairs[group & 4095])
            text[target] = high.0
            text[target + 1] = high.1
            text[target + 2] = low.0
            text[target + 3] = low.1
            source += 3
            target += 4
        }
        guard source < bytes.count else { return }
        let isOne = source + 1 == bytes.count
        let group = Int(bytes[source]) << 16 | (isOne ? 0 : Int(bytes[source + 1]) << 8)
        text[target] = pairs[group >> 12].0
        text[target + 1] = pairs[group >> 12].1
        if !isOne { text[target + 2] = pairs[group & 4095].0 }
    }
}
