/// One chunk of a capture: what it was, and where its bytes lie. 24 bytes.
struct Slot {
    private(set) var digest: UInt64 = 0
    private var head: UInt32 = 0
    private var middle: UInt32 = 0
    /// Where its first byte lies; valid while `isLoaded`.
    private(set) var slab = SlabPool.none
    private(set) var offset: UInt16 = 0
    private var bits: UInt16 = 0

    init() {}

    init(digest: UInt64, shape: ChunkShape) {
        self.digest = digest
        head = UInt32(truncatingIfNeeded: shape.head)
        middle = UInt32(truncatingIfNeeded: shape.middle)
        bits = UInt16(truncatingIfNeeded: shape.headPadding & 3 | (shape.rest & 3) << 2 | (shape.restPadding & 3) << 4) | Self.seen
    }

    private static let seen: UInt16 = 1 << 6
    private static let kept: UInt16 = 1 << 7
    private static let loaded: UInt16 = 1 << 8

    /// What is to be known of a slot beyond its chunk.
    struct Mark: OptionSet {
        let rawValue: UInt16
        /// Its chunk may be a repetition of an older capture's.
        static let doubtful = Mark(rawValue: 1 << 9)
        /// Its chunk came before others of lower index, at QoS 1.
        static let ahead = Mark(rawValue: 1 << 10)
        /// Of a named capture: its chunk came again since the last new one.
        static let again = Mark(rawValue: 1 << 11)
        /// Of a named capture: its chunk was the last one's, and came again for this one.
        static let inherited = Mark(rawValue: 1 << 12)
        static let all: [Mark] = [.doubtful, .ahead, .again, .inherited]
    }

    /// The chunk has come.
    var isSeen: Bool { bits & Self.seen != 0 }
    /// Its bytes belong to the capture, in memory or in the journal.
    var isKept: Bool { bits & Self.kept != 0 }
    /// Its bytes are in memory.
    var isLoaded: Bool { bits & Self.loaded != 0 }

    var shape: ChunkShape {
        ChunkShape(
            head: Int(head), headPadding: Int(bits & 3), middle: Int(middle), rest: Int(bits >> 2 & 3), restPadding: Int(bits >> 4 & 3))
    }

    func holds(digest: UInt64, shape: ChunkShape) -> Bool { self.digest == digest && self.shape == shape }

    func isSame(as other: Slot) -> Bool { isSeen && other.isSeen && holds(digest: other.digest, shape: other.shape) }

    var marks: Mark {
        get { Mark(rawValue: bits & 0x1e00) }
        set { bits = bits & ~0x1e00 | newValue.rawValue }
    }

    mutating func place(slab: UInt32, offset: Int) {
        self.slab = slab
        self.offset = UInt16(offset)
        bits |= Self.kept | Self.loaded
    }

    /// Its bytes are in the journal.
    mutating func keepUnloaded() { bits |= Self.kept }
    mutating func unload() { bits &= ~Self.loaded }
    mutating func drop() { bits &= ~(Self.kept | Self.loaded) }
}
