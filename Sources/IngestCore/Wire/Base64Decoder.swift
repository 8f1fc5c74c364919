/// What became of one chunk's text.
package struct DecodedChunk: Equatable, Sendable {
    package let shape: ChunkShape
    /// 64 bits of hash over the text's meaning: the same for the same base64, however it was escaped, spaced or spelled.
    package let digest: UInt64
}

/// Decodes the base64 of one chunk from the message straight into the pool.
///
/// Where in a group of four the text begins is not known yet; `ChunkShape` tells how it is stored nevertheless, and
/// `PictureJoiner` puts it right. Sixteen characters make twelve bytes in one step without a branch; whatever is not sixteen
/// plain characters (white space, escapes, padding, the end) goes one character at a time until the next sixteen are whole.
///
/// Bits behind the last whole byte before padding are not looked at, as Python's decoder does not.
package enum Base64Decoder {
    /// How many bytes of a region `decode` fills at most from a text of this many bytes: three for each four begun.
    package static func roomNeeded(textLength: Int) -> Int { (textLength * 3 + 3) / 4 }

    /// Decodes the text that stands at `text` in `payload`: the inside of a JSON string that a scanner has passed. What it
    /// stored are the first `shape.storedBytes` of `region`; behind them the region is as it was.
    /// - Parameters:
    ///   - first: this is chunk 0, which begins at the beginning of a group.
    ///   - last: this is the last chunk, behind which nothing comes.
    /// - Throws: `.empty` when there is no character but white space; `.base64` when a character is no base64 or when padding
    ///   stands where no picture's text could have it.
    /// - Precondition: `region.count >= roomNeeded(textLength: text.count)`
    package static func decode(
        _ text: Range<Int>, of payload: Span<UInt8>, into region: inout some ByteRegion & ~Copyable, first: Bool, last: Bool
    ) throws(Refusal) -> DecodedChunk {
        precondition(region.count >= roomNeeded(textLength: text.count), "a region too small for its text")
        var decoding = Base64Decoding(text)
        while !decoding.isOver {
            if decoding.written < region.count { decoding.decodePlain(payload, into: &region) }
            let block = try decoding.nextBlock(payload)
            var stored = 0
            while stored < block.bytes {
                stored += region.withPiece(at: decoding.written + stored) { piece in block.store(from: stored, into: &piece) }
            }
            decoding.written += stored
        }
        let chunk = try decoding.finish()
        guard chunk.shape.isPossible(first: first, last: last) else { throw .base64 }
        return chunk
    }
}
