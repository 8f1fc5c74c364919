/// From the last chunk to the release of the memory.
extension Assembler {
    /// Answers whether all chunks came. While some of them are in doubt, the capture waits.
    mutating func finishIfWhole(_ capture: CaptureID, _ arrival: Arrival) -> Bool {
        guard captures[capture].isWhole, captures[capture].state == .open, !captures[capture].isDoomed else { return false }
        captures[capture].completed = arrival.ticks
        if captures[capture].isInDoubt || captures[capture].isContested || captures[capture].marks.ahead > 0 {
            wait(capture, now: arrival.now)
        } else {
            complete(capture)
        }
        return true
    }

    mutating func complete(_ capture: CaptureID) {
        let camera = captures[capture].camera
        close(capture)
        captures[capture].state = .complete
        cameras[camera].history.settle(captures[capture].tag, as: .finished)
        cameras.delivers(camera)
        charge(-captures[capture].chain.count, to: camera)
        slabsInDelivery += captures[capture].chain.count
        layOutIfLoaded(capture)
    }

    /// Fixes where the picture lies; its slots are not needed after that.
    private mutating func layOutIfLoaded(_ capture: CaptureID) {
        guard captures[capture].loaded == captures[capture].total else { return }
        var shapes: [ChunkShape] = []
        var extents: [Extent] = []
        shapes.reserveCapacity(captures[capture].total)
        for index in 0..<captures[capture].total {
            let slot = slot(capture, index)
            shapes.append(slot.shape)
            pool.describe(slot.slab, offset: Int(slot.offset), bytes: slot.shape.storedBytes, in: &extents)
        }
        captures[capture].layout = PictureLayout(shapes: shapes, extents: extents, bytes: captures[capture].bytes)
        freePages(of: capture, from: 0)
    }

    /// A capture that is complete, until it is released; nil for any other.
    package func complete(_ handle: CaptureHandle) -> CompleteCapture? {
        guard let capture = record(of: handle), captures[capture].state == .complete else { return nil }
        let it = captures[capture]
        return CompleteCapture(
            handle: handle, camera: cameras[it.camera].uid, imageID: it.imageID, source: it.source, chunks: it.total, layout: it.layout)
    }

    /// The bytes are not needed any more: delivered, spooled, or a repeat.
    package mutating func release(_ handle: CaptureHandle) {
        guard let capture = record(of: handle), captures[capture].state == .complete else { return }
        cameras.delivered(captures[capture].camera)
        slabsInDelivery -= captures[capture].chain.count
        pool.give(captures[capture].chain)
        captures[capture].chain = SlabChain()
        recycle(capture)
    }

    /// Gives up a capture that was complete but is no picture: its texts, joined, are no base64.
    package mutating func abandon(_ handle: CaptureHandle, _ reason: Abandonment, now: Instant) {
        guard let capture = record(of: handle) else { return }
        guard captures[capture].state == .complete else { return abandon(capture, reason, now: now) }
        let it = captures[capture]
        let gone = AbandonedCapture(
            handle: handle, camera: cameras[it.camera].uid, imageID: it.imageID, source: it.source, reason: reason, total: it.total,
            received: it.total, missing: IndexRanges(), age: now - it.openedAt, counts: true, tag: it.tag,
            fate: .finished)
        events.append(.abandoned(gone))
        release(handle)
    }

    /// Of a complete capture, the next chunk whose bytes have to be read back, and how many there are; nil when all are there.
    package func unloadedChunk(of handle: CaptureHandle) -> (index: Int, bytes: Int)? {
        guard let capture = record(of: handle), captures[capture].state == .complete, captures[capture].layout == nil else { return nil }
        for index in 0..<captures[capture].total {
            let slot = slot(capture, index)
            if !slot.isLoaded { return (index, slot.shape.storedBytes) }
        }
        return nil
    }

    /// Reserves room for a chunk that is read back into `stagedRegion(of:)`; then `reloaded`, or `discard`.
    package mutating func stageReload(_ handle: CaptureHandle, room: Int, now: Instant) -> Room {
        discard()
        guard let capture = record(of: handle) else { return .tooLarge }
        while !reserveRoom(room, behind: capture, camera: captures[capture].camera, imageID: nil) {
            guard giveUpOne(for: captures[capture].camera, sparing: nil, now: now) else { return .full }
        }
        return .granted
    }

    /// Chunk `index` has its bytes again. After the last one the capture has a layout.
    package mutating func reloaded(_ handle: CaptureHandle, index: Int) {
        guard let capture = record(of: handle), captures[capture].state == .complete, staging != nil else { return discard() }
        var slot = slot(capture, index)
        guard !slot.isLoaded else { return discard() }
        let before = captures[capture].chain.count
        let place = commit(slot.shape.storedBytes, to: capture)
        let slabs = captures[capture].chain.count - before
        charge(-slabs, to: captures[capture].camera)
        slabsInDelivery += slabs
        slot.place(slab: place.slab, offset: place.offset)
        setSlot(capture, index, slot)
        captures[capture].loaded += 1
        layOutIfLoaded(capture)
    }
}
