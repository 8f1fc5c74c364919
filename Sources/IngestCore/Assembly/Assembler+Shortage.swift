/// Who gives way when the pool, or the table of slots, is full.
extension Assembler {
    /// Frees some memory at another capture's expense. False when there is none to be had before a delivery ends.
    ///
    /// In this order: repeats of finished pictures; what a camera has that holds more than half of the pool; then, only where no
    /// picture in delivery will make room by itself, the least recently touched capture of all. With a journal behind the pool
    /// nobody gives way: captures lose their memory, least recently touched first, and get it back when they are whole.
    mutating func giveUpOne(for camera: Int, sparing spared: Int, now: Instant) -> Bool {
        if let echo = leastRecent(in: .echoes, but: spared) {
            abandon(echo, .evicted, now: now)
            return true
        }
        if limits.isCache {
            guard let capture = leastRecent(but: spared) ?? (holdsSlabs(spared) ? spared : nil) else { return false }
            unload(capture)
            return true
        }
        let isHog = hog >= 0 && cameras[hog].slabs * 2 > pool.count
        if isHog, let capture = leastRecent(of: hog, but: spared) {
            evict(capture, now: now)
            return true
        }
        if slabsInDelivery > 0 { return false }
        let others = leastRecent(but: spared)
        if isHog, hog == camera, others != nil, holdsSlabs(spared) {
            evict(spared, now: now)
        } else if let others {
            evict(others, now: now)
        } else if holdsSlabs(spared) {
            evict(spared, now: now)
        } else {
            return false
        }
        return true
    }

    /// Makes sure that one more page of slots can be had.
    mutating func makeRoomForSlots(sparing spared: Int, now: Instant) {
        while table.isFull {
            var victim = -1
            for kind in [CaptureList.Kind.echoes, .sessions, .named, .waiting] {
                var capture = lists[kind.rawValue].oldest
                while capture >= 0, capture == spared || captures[capture].pages.allSatisfy({ $0 == SlotTable.none }) {
                    capture = captures[capture].newer
                }
                if capture >= 0, victim < 0 || captures[capture].touchOrder < captures[victim].touchOrder { victim = capture }
                if kind == .echoes, victim >= 0 { break }
            }
            guard victim >= 0 else { return }
            abandon(victim, .evicted, now: now)
        }
    }

    /// For want of memory. A session stays known as one that cannot complete before its next chunk 0, so that the rest of it is
    /// not taken for another.
    private mutating func evict(_ capture: Int, now: Instant) {
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

    private mutating func unload(_ capture: Int) {
        forEachSlot(of: capture) { $0.unload() }
        captures[capture].loaded = 0
        captures[capture].reordered = true
        freeSlabs(of: capture)
        events.append(.unloaded(handle(of: capture)))
    }

    /// Whether it has memory that it may lose.
    private func holdsSlabs(_ capture: Int) -> Bool {
        capture >= 0 && captures[capture].chain.count > 0 && (!limits.isCache || captures[capture].isJournaled)
    }

    private func leastRecent(in kind: CaptureList.Kind, but spared: Int) -> Int? {
        var capture = lists[kind.rawValue].oldest
        while capture >= 0, capture == spared || !holdsSlabs(capture) { capture = captures[capture].newer }
        return capture >= 0 ? capture : nil
    }

    private func leastRecent(but spared: Int) -> Int? {
        var found: Int?
        for kind in [CaptureList.Kind.sessions, .named, .waiting] {
            guard let capture = leastRecent(in: kind, but: spared) else { continue }
            if let best = found, captures[best].touchOrder < captures[capture].touchOrder { continue }
            found = capture
        }
        return found
    }

    private func leastRecent(of camera: Int, but spared: Int) -> Int? {
        var found: Int?
        for place in 0..<cameras[camera].open.count {
            let capture = cameras[camera].open[place]
            guard capture != spared, holdsSlabs(capture) else { continue }
            if let best = found, captures[best].touchOrder < captures[capture].touchOrder { continue }
            found = capture
        }
        return found
    }
}
