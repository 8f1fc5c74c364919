import Testing

@testable import IngestCore

@Suite("A slab pool")
struct SlabPoolTests {
    @Test("deals out every slab once and takes them back in any order")
    func exchange() {
        var pool = SlabPool(slabs: 10)
        let first = pool.take(4)
        let second = pool.take(6)
        #expect(pool.free == 0)
        pool.give(second)
        pool.give(first)
        #expect(pool.free == 10)
        var all = Set<UInt32>()
        let chain = pool.take(10)
        var slab = chain.first
        for _ in 0..<10 {
            all.insert(slab)
            slab = pool.slab(after: slab)
        }
        #expect(all == Set(0..<10))
    }

    @Test("joins chains and cuts them again")
    func chains() {
        var pool = SlabPool(slabs: 10)
        var chain = pool.take(2)
        pool.append(pool.take(3), to: &chain)
        #expect(chain.count == 5)
        let rest = pool.cut(&chain, keeping: 1)
        #expect(chain.count == 1 && chain.first == chain.last && rest.count == 4)
        pool.give(rest)
        #expect(pool.free == 9)
        #expect(pool.cut(&chain, keeping: 0).count == 1)
        #expect(chain.count == 0)
    }

    @Test("describes bytes that lie across slabs, and neighbours as one piece")
    func extents() {
        var pool = SlabPool(slabs: 4)
        let chain = pool.take(3)
        var extents: [Extent] = []
        pool.describe(chain.first, offset: 4000, bytes: 4200, in: &extents)
        #expect(extents == [Extent(offset: 4000, count: 4200)])

        pool.give(chain)
        let one = pool.take(1)
        let two = pool.take(1)
        pool.give(one)
        pool.give(two)
        let backwards = pool.take(2)
        extents = []
        pool.describe(backwards.first, offset: 4095, bytes: 2, in: &extents)
        #expect(extents == [Extent(offset: 8191, count: 1), Extent(offset: 0, count: 1)])
    }
}
