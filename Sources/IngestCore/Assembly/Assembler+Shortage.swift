/// Who gives way when the pool, or the table of slots, is full.
extension Assembler {
    /// Frees some memory at another capture's expense. False when there is none to be had before a delivery ends.
    ///
    /// In this order: repeats of finished pictures; what a camera has that holds more than half of the pool; then, only where no
    /// picture in delivery will make room by itself, the least recently touched capture of all. With a journal behind the pool
    /// nobody gives way: captures lose their memory, least recently touched first, and get it back when they are whole.
    mutating func giveUpOne(for camera: CameraID, sparing spared: CaptureID?, now: Instant) -> Bool {
        if let echo = leastRecent(in: .echoes, but: spared) {
            abandon(echo, .evicted, now: now)
            return true
        }
        let own = spared.flatMap { holdsSlabs($0) ? $0 : nil }
        if limits.isCache {
            guard let capture = leastRecent(but: spared) ?? own else { return false }
            unload(capture)
            return true
        }
        let largestHolder = largestHolder.flatMap { cameras[$0].slabs * 2 > pool.count ? $0 : nil }
        if let largestHolder, let capture = leastRecent(of: largestHolder, but: spared) {
            evict(capture, now: now)
            return true
        }
        if slabsInDelivery > 0 { return false }
        let others = leastRecent(but: spared)
        guard let victim = largestHolder == camera ? own ?? others : others ?? own else { return false }
        evict(victim, now: now)
        return true
    }

    /// Makes sure that one more page of slots can be had.
    mutating func makeRoomForSlots(sparing spared: CaptureID?, now: Instant) {
        while table.isFull, let victim = leastRecentWithSlots(but: spared) { abandon(victim, .evicted, now: now) }
    }

    private func leastRecentWithSlots(but spared: CaptureID?) -> CaptureID? {
        leastRecentWithSlots(in: .echoes, but: spared)
            ?? [CaptureList.Kind.sessions, .named, .waiting].compactMap { leastRecentWithSlots(in: $0, but: spared) }
            .min { captures[$0].touchOrder < captures[$1].touchOrder }
    }

    private func leastRecentWithSlots(in kind: CaptureList.Kind, but spared: CaptureID?) -> CaptureID? {
        captures.oldest(kind) { id in id != spared && captures[id].pages.contains { $0 != SlotTable.none } }
    }

    /// For want of memory. A session stays known as one that cannot complete before its next chunk 0, so that the rest of it is
    /// not taken for another.
    private mutating func evict(_ capture: CaptureID, now: Instant) {
        if captures[capture].isNamed || captures[capture].state == .waiting || captures[capture].isElder {
            abandon(capture, .evicted, now: now)
        } else {
            report(capture, .evicted, now: now)
            captures[capture].isReported = true
            breakRun(of: capture)
        }
    }

    /// Takes a capture's bytes out of memory; its slots stay, and `unloadedChunk(of:)` names what has to be read back when it is
    /// whole.
    package mutating func unload(_ handle: CaptureHandle) {
        if let capture = record(of: handle), captures[capture].state != .complete { unload(capture) }
    }

    private mutating func unload(_ capture: CaptureID) {
        forEachSlot(of: capture) { $0.unload() }
        captures[capture].loaded = 0
        captures[capture].reordered = true
        freeSlabs(of: capture)
        events.append(.unloaded(handle(of: capture)))
    }

    /// Whether it has memory that it may lose.
    private func holdsSlabs(_ capture: CaptureID) -> Bool {
        captures[capture].chain.count > 0 && (!limits.isCache || captures[capture].isJournaled)
    }

    private func leastRecent(in kind: CaptureList.Kind, but spared: CaptureID?) -> CaptureID? {
        captures.oldest(kind) { $0 != spared && holdsSlabs($0) }
    }

    private func leastRecent(but spared: CaptureID?) -> CaptureID? {
        [CaptureList.Kind.sessions, .named, .waiting].compactMap { leastRecent(in: $0, but: spared) }
            .min { captures[$0].touchOrder < captures[$1].touchOrder }
    }

    private func leastRecent(of camera: CameraID, but spared: CaptureID?) -> CaptureID? {
        let open = cameras[camera].open
        return (0..<open.count).map { open[$0] }.filter { $0 != spared && holdsSlabs($0) }
            .min { captures[$0].touchOrder < captures[$1].touchOrder }
    }
}
