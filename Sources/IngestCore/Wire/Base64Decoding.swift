/// The state of decoding one text: the sextets of the run it is in, and the shape of what lies behind.
///
/// A run is what stands between two paddings. The first makes the chunk's head, whose phase is unknown; every later one begins
/// a group.
struct Base64Decoding {
    private var position: Int
    private let end: Int
    /// Bytes stored so far.
    var written = 0
    private var shape = ChunkShape()
    private var digest = ChunkDigest()
    private var inHead = true
    /// Whether the last run has ended.
    private(set) var isOver = false
    /// Sextets of the present run in blocks that are stored.
    private var runSextets = 0

    init(_ text: Range<Int>) {
        position = text.lowerBound
        end = text.upperBound
    }

    /// Decodes as long as sixteen plain characters come and twelve bytes of the region's next piece are free. (The piece stays inside:
    /// in Swift 6.2 a function may have no span beside a mutable one, unless it says whose memory is whose.)
    mutating func decodePlain(_ payload: Span<UInt8>, into region: inout some ByteRegion & ~Copyable) {
        let table = Base64Alphabet.table
        let meaning = table.span.extracting(0..<1024)
        // The compiler makes one store of a word's bytes, which is worth a third of the time, unless it finds out which of them
        // come straight from one table. Sums with a zero that it cannot see through, the meaning of an A, keep it from looking.
        let zero = UInt64(meaning[768 + Int(UInt8(ascii: "A"))])
        var digest = self.digest
        let begin = position
        let left = (end - begin) / 16
        let done = region.withPiece(at: written) { piece in
            let steps = min(left, piece.count / 12)
            var done = 0
            while done < steps {
                let start = begin &+ 16 &* done
                let text = payload.extracting(start..<start &+ 16)
                let group0 = meaning.group(text, 0)
                let group1 = meaning.group(text, 4)
                let group2 = meaning.group(text, 8)
                let group3 = meaning.group(text, 12)
                if (group0 | group1 | group2 | group3) >> 31 != 0 { break }
                let first = UInt64(group0) << 24 &+ UInt64(group1)
                let second = UInt64(group2) << 24 &+ UInt64(group3)
                digest.add(first, second)
                store(zero &+ first << 16 &+ second >> 32, in: &piece, at: 12 &* done)
                store(UInt32(truncatingIfNeeded: zero &+ second), in: &piece, at: 12 &* done &+ 8)
                done &+= 1
            }
            return done
        }
        self.digest = digest
        position += 16 * done
        written += 12 * done
        runSextets += 16 * done
    }

    /// Takes characters one group or one at a time: sixteen sextets, or fewer where padding or the end comes first. The bytes it
    /// gives are to be stored next.
    mutating func nextBlock(_ payload: Span<UInt8>) throws(Refusal) -> Base64Block {
        let table = Base64Alphabet.table
        let meaning = table.span.extracting(0..<1024)
        var block = Base64Block()
        while position < end {
            if block.sextets % 4 == 0, end - position >= 4 {
                let group = meaning.group(payload.extracting(position..<position + 4), 0)
                if group >> 31 == 0 {
                    block.append(group: group)
                    position += 4
                    if block.isFull { return endBlock(block) }
                    continue
                }
            }
            let character = JSONToken.nextASCII(in: payload, at: &position)
            let sextet = meaning[768 + Int(character)]
            if sextet >> 31 == 0 {
                block.append(sextet: sextet)
                if block.isFull { return endBlock(block) }
            } else if character == Base64Alphabet.padding {
                return try endRun(block, padding: try paddingRun(payload))
            } else if !Base64Alphabet.isSpace(character) {
                throw .base64
            }
        }
        return try endRun(block, padding: 0)
    }

    private mutating func endBlock(_ block: Base64Block) -> Base64Block {
        var block = block
        digest.add(block.first, block.second)
        runSextets += 16
        block.bytes = 12
        return block
    }

    /// How many padding characters come in a row, the first being taken. Three never do.
    private mutating func paddingRun(_ payload: Span<UInt8>) throws(Refusal) -> Int {
        var count = 1
        while position < end {
            var next = position
            let character = JSONToken.nextASCII(in: payload, at: &next)
            if character == Base64Alphabet.padding {
                count += 1
            } else if !Base64Alphabet.isSpace(character) {
                break
            }
            position = next
        }
        guard count <= 2 else { throw .base64 }
        return count
    }

    private mutating func endRun(_ block: Base64Block, padding: Int) throws(Refusal) -> Base64Block {
        var block = block
        digest.add(block.first, block.second)
        digest.endRun(sextets: block.sextets, padding: padding)
        let sextets = runSextets + block.sextets
        let open = sextets % 4
        // Begun bytes count where the group may go on; with its padding there, the group is over and whole bytes alone count.
        var groupIsOver = false
        if inHead {
            shape.head = sextets
            shape.headPadding = padding
        } else {
            switch (padding, open) {
            case (0, _): shape.rest = open
            case (1, 3), (2, 2): groupIsOver = true
            case (1, 2) where position == end: (shape.rest, shape.restPadding) = (2, 1)
            default: throw .base64
            }
        }
        block.bytes = groupIsOver ? block.sextets * 6 / 8 : (block.sextets * 6 + 7) / 8
        if !inHead { shape.middle += groupIsOver ? sextets * 6 / 8 : sextets / 4 * 3 }
        inHead = false
        isOver = position == end
        runSextets = 0
        return block
    }

    func finish() throws(Refusal) -> DecodedChunk {
        guard shape.head + shape.headPadding > 0 else { throw .empty }
        return DecodedChunk(shape: shape, digest: digest.value())
    }
}

/// Up to sixteen sextets on their way to memory, eight to a word, the first in bits 42 to 47.
struct Base64Block {
    private(set) var first: UInt64 = 0
    private(set) var second: UInt64 = 0
    private(set) var sextets = 0
    /// How many bytes of it are to be stored.
    var bytes = 0

    var isFull: Bool { sextets == 16 }

    mutating func append(sextet: UInt32) { append(UInt64(sextet), count: 1) }

    /// - Precondition: whole groups alone came before.
    mutating func append(group: UInt32) { append(UInt64(group), count: 4) }

    private mutating func append(_ bits: UInt64, count: Int) {
        let shift = UInt64(6 * (8 - sextets % 8 - count))
        if sextets < 8 { first |= bits &<< shift } else { second |= bits &<< shift }
        sextets += count
    }

    /// Stores its bytes from this one on as far as they go into the piece, and tells how many that were.
    func store(from start: Int, into piece: inout MutableSpan<UInt8>) -> Int {
        let count = min(bytes - start, piece.count)
        for offset in 0..<count {
            let index = start + offset
            let word = index < 6 ? first >> UInt64(40 - 8 * index) : second >> UInt64(88 - 8 * index)
            piece[offset] = UInt8(truncatingIfNeeded: word)
        }
        return count
    }
}

extension Span<UInt32> {
    /// The 24 bits of the group at `start`; bit 31 is set when one of its characters is none of base64's.
    @inline(__always)
    fileprivate func group(_ text: Span<UInt8>, _ start: Int) -> UInt32 {
        self[Int(text[start])] | self[256 + Int(text[start + 1])] | self[512 + Int(text[start + 2])] | self[768 + Int(text[start + 3])]
    }
}

/// Stores the bytes of a word, the highest first. No method of the span: a mutating one needs a lifetime annotation in Swift 6.2.
@inline(__always)
private func store<Word: FixedWidthInteger>(_ word: Word, in piece: inout MutableSpan<UInt8>, at start: Int) {
    let size = Word.bitWidth / 8
    var room = piece._mutatingExtracting(start..<start &+ size)
    for index in 0..<size { room[index] = UInt8(truncatingIfNeeded: word >> Word(8 * (size - 1 - index))) }
}
