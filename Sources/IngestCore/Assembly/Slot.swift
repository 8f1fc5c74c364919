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
