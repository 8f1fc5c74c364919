import Clients
import IngestCore
import Platform

/// The bytes of a picture in the pool. Whole pictures are not moved or written to until they are released, so the thread that
/// delivers one may read it while the intake thread fills others.
final class PoolBytes: BodySource, Sendable {
    let count: Int
    private let memory: PoolMemory
    let extents: [Extent]
    /// Where each extent begins within the picture.
    private let starts: [Int]

    init(_ extents: [Extent], of memory: PoolMemory) {
        self.extents = extents
        self.memory = memory
        var starts: [Int] = []
        var offset = 0
        for extent in extents {
            starts.append(offset)
            offset += extent.count
        }
        self.starts = starts
        count = offset
    }

    func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) -> Int {
        unsafe room.withUnsafeMutableBytes { room in
            var index = index(of: offset)
            var copied = 0
            while copied < room.count, index < extents.count {
                let skipped = offset + copied - starts[index]
                let length = min(extents[index].count - skipped, room.count - copied)
                let from = extents[index].offset + skipped
                unsafe memory.copy(from..<from + length, into: UnsafeMutableRawBufferPointer(rebasing: room[copied..<copied + length]))
                copied += length
                index += 1
            }
            return copied
        }
    }

    /// The extent in which `offset` lies, by halving.
    private func index(of offset: Int) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return low
    }
}

/// The pool's memory as the assembly's rules see it.
struct PoolSlabs: SlabMemory {
    let memory: PoolMemory

    var byteCount: Int { memory.count }

    func withBytes<R, E: Error>(_ range: Range<Int>, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        try memory.withBytes(in: range, body)
    }
}
