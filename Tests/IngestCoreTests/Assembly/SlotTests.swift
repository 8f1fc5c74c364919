import Testing

@testable import IngestCore

@Suite("A slot")
struct SlotTests {
    @Test("takes 24 bytes and keeps digest, shape and place")
    func packed() {
        #expect(MemoryLayout<Slot>.size == 24)
        let shape = ChunkShape(head: 1_398_101, headPadding: 2, middle: 786_432, rest: 3, restPadding: 1)
        var slot = Slot(digest: .max, shape: shape)
        slot.place(slab: 4_000_000_000, offset: 4095)
        #expect(slot.shape == shape)
        #expect(slot.slab == 4_000_000_000 && slot.offset == 4095)
        #expect(slot.isSeen && slot.isKept && slot.isLoaded)
        #expect(slot.holds(digest: .max, shape: shape))
        #expect(!slot.holds(digest: 1, shape: shape))
    }

    @Test("knows bytes that were dropped from bytes that only left memory")
    func states() {
        var slot = Slot(digest: 1, shape: ChunkShape(middle: 3))
        #expect(slot.isSeen && !slot.isKept)
        slot.place(slab: 1, offset: 0)
        slot.unload()
        #expect(slot.isKept && !slot.isLoaded)
        slot.drop()
        #expect(slot.isSeen && !slot.isKept)
        #expect(!Slot().isSeen)
    }
}

@Suite("A table of slots")
struct SlotTableTests {
    @Test("uses pages again, clean, and knows its bound")
    func pages() {
        var table = SlotTable(mostPages: 2)
        let page = table.takePage()
        table[page, 3] = Slot(digest: 1, shape: ChunkShape(middle: 1))
        _ = table.takePage()
        #expect(table.isFull)
        table.give(page)
        #expect(!table.isFull)
        #expect(table.takePage() == page)
        #expect(!table[page, 3].isSeen)
        #expect(SlotTable.pages(for: 16) == 1 && SlotTable.pages(for: 17) == 2)
    }
}
