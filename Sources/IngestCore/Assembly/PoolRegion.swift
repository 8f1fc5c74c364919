/// Bytes of the pool as one region, though they lie in several slabs: room for a chunk that is being decoded, or a whole picture.
package struct PoolRegion<Memory: SlabMemory>: ByteRegion {
    package let count: Int
    private let memory: Memory
    private let extents: [Extent]
    /// The extent last used and the offset at which it begins: regions are walked from front to back.
    private var current = 0
    private var currentStart = 0

    package init(_ extents: [Extent], of memory: Memory) {
        self.extents = extents
        self.memory = memory
        count = extents.reduce(0) { $0 + $1.count }
    }

    package mutating func withPiece<R, E: Error>(at offset: Int, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        if offset < currentStart { (current, currentStart) = (0, 0) }
        while offset - currentStart >= extents[current].count {
            currentStart += extents[current].count
            current += 1
        }
        let range = extents[current].range
        return try memory.withBytes(range.lowerBound + (offset - currentStart)..<range.upperBound, body)
    }
}
