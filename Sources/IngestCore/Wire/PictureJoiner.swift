/// Joins the chunks of one picture, fed in index order: turns what each stored into the picture's bytes, where it lies.
///
/// A chunk that begins at the beginning of a group, which is the rule, holds the picture's bytes already and is not touched. One
/// that begins in mid-group is shifted by the bits which the group has so far.
///
/// No chunk ever needs more room than it has. With `c` loose bits before it (0, 2, 4 or 6) a head of `h` sextets gives
/// `floor((6h + c) / 8)` bytes. As `c` is less than 8, that is at most `floor((6h + 7) / 8)`, the bytes it has. What stands behind
/// the head begins a group of its own, and only moves towards the front, by one byte at most.
package struct PictureJoiner: Sendable {
    package private(set) var phase = GroupPhase.start
    /// The loose bits of the open group, in the low bits.
    private var loose: UInt8 = 0

    package init() {}

    /// Takes the next chunk: `region` begins with its `chunk.storedBytes`.
    /// - Returns: how many bytes at the beginning of `region` are the picture's now.
    /// - Throws: `.base64` when the joined text is none; the region is then as it was.
    package mutating func join(_ chunk: ChunkShape, in region: inout some ByteRegion & ~Copyable) throws(Refusal) -> Int {
        guard let next = phase.after(chunk) else { throw .base64 }
        let before = phase.looseBits
        phase = next

        let headBits = before + 6 * chunk.head
        let head = headBits / 8
        if before > 0 && chunk.head > 0 { shift(chunk.headBytes, of: &region, by: before) }
        guard chunk.headPadding > 0 else {
            keepLoose(headBits % 8, behind: head, of: chunk.headBytes, in: &region, shiftedBy: before)
            return head
        }

        loose = 0
        let tail = chunk.middle + chunk.restBytes
        if head < chunk.headBytes && tail > 0 { moveForward(tail, to: head, in: &region) }
        let whole = head + chunk.middle + 6 * chunk.rest / 8
        if next.looseBits > 0 && chunk.rest > 0 { loose = byte(at: whole, of: &region) >> UInt8(8 - next.looseBits) }
        return whole
    }

    /// Whether the text may end here; to be asked after the last chunk.
    /// - Throws: `.base64` when it may not.
    package func finish() throws(Refusal) {
        guard phase.mayEnd else { throw .base64 }
    }

    /// Keeps the bits behind the head's last whole byte: in the byte that was begun, or, where the shift filled that one, among
    /// those it pushed out.
    private mutating func keepLoose(
        _ bits: Int, behind whole: Int, of stored: Int, in region: inout some ByteRegion & ~Copyable, shiftedBy shift: Int
    ) {
        if bits == 0 {
            loose = 0
        } else if whole < stored {
            loose = byte(at: whole, of: &region) >> UInt8(8 - bits)
        } else {
            loose >>= UInt8(shift - bits)
        }
    }

    /// Puts the loose bits in front of the first `count` bytes and keeps as many that fall out behind.
    private mutating func shift(_ count: Int, of region: inout some ByteRegion & ~Copyable, by bits: Int) {
        var done = 0
        var carry = loose
        while done < count {
            done += region.withPiece(at: done) { piece in
                let length = min(piece.count, count - done)
                carry = Self.shift(&piece, length, by: UInt8(bits), carry: carry)
                return length
            }
        }
        loose = carry
    }

    private static func shift(_ piece: inout MutableSpan<UInt8>, _ count: Int, by bits: UInt8, carry: UInt8) -> UInt8 {
        var carry = carry
        for index in 0..<count {
            let byte = piece[index]
            piece[index] = carry &<< (8 - bits) | byte &>> bits
            carry = byte & (1 &<< bits - 1)
        }
        return carry
    }

    /// Moves the `count` bytes at `start + 1` to `start`.
    private func moveForward(_ count: Int, to start: Int, in region: inout some ByteRegion & ~Copyable) {
        for index in start..<start + count {
            let next = byte(at: index + 1, of: &region)
            region.withPiece(at: index) { piece in piece[0] = next }
        }
    }

    private func byte(at offset: Int, of region: inout some ByteRegion & ~Copyable) -> UInt8 {
        region.withPiece(at: offset) { piece in piece[0] }
    }
}
