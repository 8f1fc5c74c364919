import Testing

@testable import IngestCore

@Suite("A region of the pool")
struct PoolRegionTests {
    @Test("writes through all of its pieces, forwards and back")
    func pieces() {
        let memory = ArrayMemory(100)
        let extents = [Extent(offset: 50, count: 3), Extent(offset: 10, count: 2), Extent(offset: 90, count: 5)]
        var region = PoolRegion(extents, of: memory)
        #expect(region.count == 10)
        for offset in [0, 9, 4, 3, 2, 5, 1, 8, 6, 7] { region.withPiece(at: offset) { $0[0] = UInt8(offset) } }
        #expect(memory.read(extents) == Array(0..<10))
        #expect(region.withPiece(at: 1) { $0.count } == 2)
        #expect(region.withPiece(at: 5) { $0.count } == 5)
    }
}
