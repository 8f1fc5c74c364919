/// Tells whether a picture ends as its format says, from its bytes in order and in any pieces, without a copy.
///
/// ```
/// JPEG (ITU-T T.81, B.1 and B.2)  segments are passed over by their lengths, so a thumbnail's EOI in one of them is not the picture's;
///                                 then EOI in the entropy-coded data, or behind the segments that follow it (progressive scans, DNL)
/// PNG (ISO 15948, 5)              chunks are passed over by their lengths, up to IEND and its CRC
/// GIF (89a, 17 to 27)             blocks and their sub-blocks, up to the trailer
/// ```
/// What follows the end is of no matter. Nothing else is checked: a picture that ends well may show anything.
/// It is done in one pass: between the markers of a JPEG's data whole blocks are looked at at once.
package struct IntactWalk: Sendable {
    private enum Step: Sendable {
        case ended, broken
        /// In a JPEG: before a marker, behind its 0xff, before the length of a segment, in entropy-coded data, behind a 0xff there.
        case marker, code, length(ofScan: Bool), scan, scanCode
        case chunk, lastCRC
        case gifScreen, gifBlock, gifLabel, gifImage, gifCodeSize, gifPiece
    }

    /// Nil for a format that has no end of its own, or none that is known here.
    private var step: Step?
    /// Bytes to pass over before anything else.
    private var skip: Int
    /// Bytes still to be gathered for the step, and the last eight of those that were, the newest in the lowest place.
    private var wanted = 1
    private var word: UInt64 = 0
    private var hasData = false

    /// - Parameter type: as the first bytes tell, which are passed over.
    package init(_ type: ContentType) {
        switch type {
        case .jpeg: (step, skip, wanted) = (.marker, 2, 1)
        case .png: (step, skip, wanted) = (.chunk, 8, 8)
        case .gif: (step, skip, wanted) = (.gifScreen, 6, 7)
        case .tiff, .webp, .bmp, .unknown: (step, skip) = (nil, 0)
        }
    }

    /// Whether the end was seen; nil for other formats.
    package var isIntact: Bool? {
        switch step {
        case nil: nil
        case .ended: true
        default: false
        }
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        var at = 0
        while at < bytes.count {
            switch step {
            case nil, .ended, .broken: return
            default: break
            }
            if skip > 0 {
                let passed = min(skip, bytes.count - at)
                skip -= passed
                at += passed
            } else if case .scan = step {
                let end = Self.indexOfMark(in: bytes, from: at)
                if end > at { hasData = true }
                at = end + 1
                if end < bytes.count { go(to: .scanCode) }
            } else {
                word = word << 8 | UInt64(bytes[at])
                wanted -= 1
                at += 1
                if wanted == 0 { advance() }
            }
        }
    }

    private mutating func go(to next: Step, skipping count: Int = 0, gathering bytes: Int = 1) {
        (step, skip, wanted) = (next, count, bytes)
    }

    /// All that the step wanted is in `word`.
    private mutating func advance() {
        let byte = Int(truncatingIfNeeded: word & 0xff)
        switch step {
        // Stray bytes before a marker are passed over, as every decoder does (libjpeg's next_marker).
        case .marker: go(to: byte == 0xff ? .code : .marker)
        case .code:
            switch byte {
            case 0xff: go(to: .code)
            case 0x00, 0x01, 0xd0...0xd8: go(to: .marker)
            // Without a scan there is no picture.
            case 0xd9: go(to: hasData ? .ended : .broken)
            default: go(to: .length(ofScan: byte == 0xda), gathering: 2)
            }
        case .length(let ofScan):
            let length = Int(truncatingIfNeeded: word & 0xffff)
            length < 2 ? go(to: .broken) : go(to: ofScan ? .scan : .marker, skipping: length - 2)
        case .scanCode:
            switch byte {
            case 0xff: go(to: .scanCode)
            // A stuffed byte (of JPEG-LS too), or a restart.
            case 0x00...0xbf:
                hasData = true
                go(to: .scan)
            case 0xd0...0xd7: go(to: .scan)
            case 0xd9: go(to: hasData ? .ended : .broken)
            default: go(to: .length(ofScan: byte == 0xda), gathering: 2)
            }
        case .chunk: advanceChunk()
        case .lastCRC: go(to: .ended)
        case .gifScreen: go(to: .gifBlock, skipping: Self.colorTable(UInt8(truncatingIfNeeded: word >> 16)))
        case .gifBlock:
            switch byte {
            case 0x21: go(to: .gifLabel)
            case 0x2c: go(to: .gifImage, gathering: 9)
            case 0x3b: go(to: .ended)
            default: go(to: .broken)
            }
        case .gifLabel: go(to: .gifPiece)
        case .gifImage: go(to: .gifCodeSize, skipping: Self.colorTable(UInt8(truncatingIfNeeded: word)))
        case .gifCodeSize: go(to: .gifPiece)
        case .gifPiece: byte == 0 ? go(to: .gifBlock) : go(to: .gifPiece, skipping: byte)
        case nil, .ended, .broken, .scan: break
        }
    }

    private mutating func advanceChunk() {
        let length = Int(truncatingIfNeeded: word >> 32)
        let isNamed = (0..<4).allSatisfy { place in
            let letter = UInt8(truncatingIfNeeded: word >> UInt64(8 * place)) | 0x20
            return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(letter)
        }
        guard length <= Int(Int32.max), isNamed else { return go(to: .broken) }
        let isLast = word & 0xffff_ffff == 0x4945_4e44  // IEND
        isLast ? go(to: .lastCRC, skipping: length, gathering: 4) : go(to: .chunk, skipping: length + 4, gathering: 8)
    }

    /// Bytes of the color table that a GIF's packed field announces.
    private static func colorTable(_ field: UInt8) -> Int { field & 0x80 == 0 ? 0 : 3 << (Int(field & 7) + 1) }

    /// The first position from `start` on that holds 0xff; the end of `bytes` where none does. In blocks without branches, which the
    /// compiler turns into vector code.
    private static func indexOfMark(in bytes: Span<UInt8>, from start: Int) -> Int {
        let block = 64
        var at = start
        while at + block <= bytes.count {
            let piece = bytes.extracting(at..<at + block)
            var most: UInt8 = 0
            for offset in 0..<block { most = max(most, piece[offset]) }
            if most == 0xff { break }
            at += block
        }
        while at < bytes.count, bytes[at] != 0xff { at += 1 }
        return at
    }
}
