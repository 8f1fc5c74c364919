/// Which slabs of the pool are free and which follow which. Two numbers a slab, taken once; nothing here grows.
///
/// A capture's bytes lie in a chain of slabs, one chunk straight after the other, so that small chunks waste nothing.
struct SlabPool {
    /// In bytes. Nothing to do with the kernel's pages, which may have 4, 16 or 64 KiB.
    static let slabSize = 4096
    static let none = UInt32.max

    private var next: [UInt32]
    private var firstFree: UInt32
    private(set) var free: Int
    var count: Int { next.count }

    init(slabs: Int) {
        next = (0..<slabs).map { UInt32($0 + 1) }
        if slabs > 0 { next[slabs - 1] = Self.none }
        firstFree = slabs > 0 ? 0 : Self.none
        free = slabs
    }

    func slab(after slab: UInt32) -> UInt32 { next[Int(slab)] }

    /// - Precondition: `slabs <= free`.
    mutating func take(_ slabs: Int) -> SlabChain {
        var chain = SlabChain()
        guard slabs > 0 else { return chain }
        chain.first = firstFree
        chain.last = firstFree
        for _ in 1..<slabs { chain.last = next[Int(chain.last)] }
        chain.count = slabs
        firstFree = next[Int(chain.last)]
        next[Int(chain.last)] = Self.none
        free -= slabs
        return chain
    }

    /// Takes the same time for a slab and for a whole picture.
    mutating func give(_ chain: SlabChain) {
        guard chain.count > 0 else { return }
        next[Int(chain.last)] = firstFree
        firstFree = chain.first
        free += chain.count
    }

    mutating func append(_ tail: SlabChain, to chain: inout SlabChain) {
        guard tail.count > 0 else { return }
        if chain.count == 0 { chain.first = tail.first } else { next[Int(chain.last)] = tail.first }
        chain.last = tail.last
        chain.count += tail.count
    }

    /// Shortens `chain` to its first `kept` slabs and answers the others.
    mutating func cut(_ chain: inout SlabChain, keeping kept: Int) -> SlabChain {
        guard kept < chain.count else { return SlabChain() }
        guard kept > 0 else {
            defer { chain = SlabChain() }
            return chain
        }
        var end = chain.first
        for _ in 1..<kept { end = next[Int(end)] }
        let rest = SlabChain(first: next[Int(end)], last: chain.last, count: chain.count - kept)
        next[Int(end)] = Self.none
        chain.last = end
        chain.count = kept
        return rest
    }

    /// Adds the place of `bytes` bytes that begin at `offset` in `slab` and go on in the slabs that follow it.
    func describe(_ slab: UInt32, offset: Int, bytes: Int, in extents: inout [Extent]) {
        var (slab, offset, left) = (slab, offset, bytes)
        while left > 0 {
            let here = min(left, Self.slabSize - offset)
            extents.join(offset: Int(slab) * Self.slabSize + offset, count: here)
            left -= here
            offset = 0
            if left > 0 { slab = next[Int(slab)] }
        }
    }
}

/// Slabs in a row, each linked to the next.
struct SlabChain: Equatable {
    var first = SlabPool.none
    var last = SlabPool.none
    var count = 0
    /// Bytes in use in the last slab.
    var used = 0
}
