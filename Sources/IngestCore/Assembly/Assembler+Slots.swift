/// The slots of a capture.
extension Assembler {
    func slot(_ capture: Int, _ index: Int) -> Slot {
        let page = captures[capture].pages[index / SlotTable.pageSize]
        return page == SlotTable.none ? Slot() : table[page, index % SlotTable.pageSize]
    }

    /// - Precondition: a page can be had (`makeRoomForSlots`).
    mutating func setSlot(_ capture: Int, _ index: Int, _ slot: Slot) {
        var page = captures[capture].pages[index / SlotTable.pageSize]
        if page == SlotTable.none {
            page = table.takePage()
            captures[capture].pages[index / SlotTable.pageSize] = page
        }
        table[page, index % SlotTable.pageSize] = slot
    }

    mutating func forEachSlot(of capture: Int, _ body: (inout Slot) -> Void) {
        for page in captures[capture].pages where page != SlotTable.none {
            for place in 0..<SlotTable.pageSize { body(&table[page, place]) }
        }
    }

    mutating func freePages(of capture: Int, from first: Int) {
        for place in first..<max(first, captures[capture].pages.count) where captures[capture].pages[place] != SlotTable.none {
            table.give(captures[capture].pages[place])
            captures[capture].pages[place] = SlotTable.none
        }
    }

    /// Forgets every slot from `end` on, bytes and all, and those before it that have no bytes: what is left is the beginning of
    /// another capture.
    mutating func keepSlots(before end: Int, of capture: Int) {
        var (seen, kept, loaded, bytes) = (0, 0, 0, 0)
        for index in 0..<end {
            let slot = slot(capture, index)
            seen += slot.isSeen ? 1 : 0
            kept += slot.isKept ? 1 : 0
            loaded += slot.isLoaded ? 1 : 0
            bytes += slot.isKept ? slot.shape.storedBytes : 0
        }
        captures[capture].cut = min(end, captures[capture].cut ?? end)
        let firstGone = SlotTable.pages(for: end)
        freePages(of: capture, from: firstGone)
        for index in end..<max(end, min(firstGone * SlotTable.pageSize, captures[capture].total)) where slot(capture, index).isSeen {
            setSlot(capture, index, Slot())
        }
        captures[capture].received = seen
        captures[capture].kept = kept
        captures[capture].loaded = loaded
        captures[capture].bytes = bytes
        if loaded == 0 { freeSlabs(of: capture) } else if !captures[capture].reordered { freeSlabs(behind: end - 1, of: capture) }
    }

    /// Frees the slabs behind the one in which chunk `index` ends, which is the last of those kept.
    private mutating func freeSlabs(behind index: Int, of capture: Int) {
        let last = slot(capture, index)
        let end = Int(last.offset) + last.shape.storedBytes
        var kept = 1
        var slab = captures[capture].chain.first
        while slab != last.slab {
            slab = pool.slab(after: slab)
            kept += 1
        }
        kept += max(0, SlabPool.slabs(for: end) - 1)
        guard kept < captures[capture].chain.count else { return }
        detachStaging(from: capture)
        let gone = pool.cut(&captures[capture].chain, keeping: kept)
        captures[capture].chain.used = end - (max(1, SlabPool.slabs(for: end)) - 1) * SlabPool.slabSize
        charge(-gone.count, to: captures[capture].camera)
        pool.give(gone)
    }
}
