/// A 64-bit hash of what a chunk's text means: its sextets, and where padding stands among them. Two texts that differ only in
/// alphabet, escapes or white space have one digest.
///
/// Each step multiplies two words and folds the 128-bit product, which is as fast as the decoding beside it and mixes every bit
/// with every other. It tells a repeat from a new capture; it is no defence against a camera that wants to deceive itself.
struct ChunkDigest {
    // The golden ratio's and pi's fraction in binary. Only this matters: the first's top 16 bits are not zero, so that it never
    // cancels a block, which would make a product zero and forget all before it.
    private static let goldenRatio: UInt64 = 0x9e37_79b9_7f4a_7c15
    private static let pi: UInt64 = 0x243f_6a88_85a3_08d3

    private var state = pi

    /// 16 sextets, or fewer with zeros in place of the rest, eight to a word.
    @inline(__always)
    mutating func add(_ first: UInt64, _ second: UInt64) {
        state = Self.fold(first ^ Self.goldenRatio, second ^ state)
    }

    /// The end of a run of sextets: how many the last block held, and how much padding follows. Bit 63 tells it from a block.
    mutating func endRun(sextets: Int, padding: Int) {
        add(1 << 63 | UInt64(truncatingIfNeeded: sextets), UInt64(truncatingIfNeeded: padding))
    }

    func value() -> UInt64 { Self.fold(state ^ Self.goldenRatio, Self.pi) }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
