/// The slots of a capture.
extension Assembler {
    func slot(_ capture: CaptureID, _ index: Int) -> Slot {
        let page = captures[capture].pages[index / SlotTable.pageSize]
        return page == SlotTable.none ? Slot() : table[page, index % SlotTable.pageSize]
    }

    /// - Precondition: a page can be had (`makeRoomForSlots`).
    mutating func setSlot(_ capture: CaptureID, _ index: Int, _ slot: Slot) {
        var page = captures[capture].pages[index / SlotTable.pageSize]
        if page == SlotTable.none {
            page = table.takePage()
            captures[capture].pages[index / SlotTable.pageSize] = page
        }
        captures[capture].marks.change(table[page, index % SlotTable.pageSize].marks, by: -1)
        captures[capture].marks.change(slot.marks, by: 1)
        table[page, index % SlotTable.pageSize] = slot
    }

    mutating func clear(_ mark: Slot.Mark, of capture: CaptureID) {
        for index in 0..<captures[capture].total {
            var slot = slot(capture, index)
            guard slot.marks.contains(mark) else { continue }
            slot.marks.remove(mark)
            setSlot(capture, index, slot)
        }
    }

    mutating func forEachSlot(of capture: CaptureID, _ body: (inout Slot) -> Void) {
        for page in captures[capture].pages where page != SlotTable.none {
            for place in 0..<SlotTable.pageSize { body(&table[page, place]) }
        }
    }

    mutating func freePages(of capture: CaptureID, from first: Int) {
        for place in first..<max(first, captures[capture].pages.count) where captures[capture].pages[place] != SlotTable.none {
            table.give(captures[capture].pages[place])
            captures[capture].pages[place] = SlotTable.none
        }
    }

    /// Forgets the slots that `isGone` names, bytes and all.
    mutating func dropSlots(of capture: CaptureID, where isGone: (Int, Slot) -> Bool) {
        var (seen, kept, loaded, bytes) = (0, 0, 0, 0)
        var (firstGone, lastKept, lastSeen) = (captures[capture].total, -1, -1)
        for index in 0..<captures[capture].total {
            let slot = slot(capture, index)
            guard slot.isSeen else { continue }
            if isGone(index, slot) {
                setSlot(capture, index, Slot())
                firstGone = min(firstGone, index)
                captures[capture].dropped.join(index)
            } else {
                seen += 1
                kept += slot.isKept ? 1 : 0
                loaded += slot.isLoaded ? 1 : 0
                bytes += slot.isKept ? slot.shape.storedBytes : 0
                lastKept = slot.isKept ? index : lastKept
                lastSeen = index
            }
        }
        freePages(of: capture, from: SlotTable.pages(for: lastSeen + 1))
        captures[capture].received = seen
        captures[capture].kept = kept
        captures[capture].loaded = loaded
        captures[capture].bytes = bytes
        tellDoubt(of: capture, areOwn: false)
        if loaded == 0 {
            freeSlabs(of: capture)
        } else if !captures[capture].reordered, lastKept < firstGone {
            freeSlabs(behind: lastKept, of: capture)
        } else {
            captures[capture].reordered = true
        }
    }

    /// Frees the slabs behind the one in which chunk `index` ends, which is the last of those kept.
    private mutating func freeSlabs(behind index: Int, of capture: CaptureID) {
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

extension [ClosedRange<Int>] {
    /// Adds an index, to the last range where it follows it.
    mutating func join(_ index: Int) {
        if let last, last.upperBound + 1 == index { self[count - 1] = last.lowerBound...index } else { append(index...index) }
    }
}
