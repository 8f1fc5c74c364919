/// A SHA-256, compared as four words.
package struct Checksum: Hashable, Sendable {
    private let words: SIMD4<UInt64>

    /// - Precondition: 32 bytes.
    package init(_ bytes: Span<UInt8>) {
        precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
        var words = SIMD4<UInt64>()
        for index in 0..<32 { words[index / 8] = words[index / 8] << 8 | UInt64(bytes[index]) }
        self.words = words
    }

    /// A quarter of it, the first byte highest.
    subscript(word: Int) -> UInt64 { words[word] }

    /// Nil when `hex` is not 64 hexadecimal digits.
    package init?(hex: String) {
        guard hex.utf8.count == 64 else { return nil }
        var words = SIMD4<UInt64>()
        for (index, character) in hex.utf8.enumerated() {
            guard let digit = Character(Unicode.Scalar(character)).hexDigitValue else { return nil }
            words[index / 16] = words[index / 16] << 4 | UInt64(digit)
        }
        self.words = words
    }
}
