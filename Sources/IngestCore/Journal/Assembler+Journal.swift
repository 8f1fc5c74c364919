/// What the assembly tells a journal, and takes back from it.
extension Assembler {
    /// Of the chunk that was accepted last, as long as nothing else was staged: where it was decoded to.
    package var stagedExtents: [Extent] { stagedRoom }

    /// The journal has all that came of the capture, and will have what comes.
    package mutating func journaled(_ handle: CaptureHandle) {
        if let capture = record(of: handle) { captures[capture].isJournaled = true }
    }

    package func isJournaled(_ handle: CaptureHandle) -> Bool { record(of: handle).map { captures[$0].isJournaled } ?? false }

    /// Where the bytes lie that a capture, which is not complete, holds of the chunk; nil where it holds none of them.
    package func extents(of chunk: Int, _ shape: ChunkShape, _ digest: UInt64, in handle: CaptureHandle) -> [Extent]? {
        guard let capture = record(of: handle), captures[capture].isOpen, chunk < captures[capture].total else { return nil }
        let slot = slot(capture, chunk)
        guard slot.isLoaded, slot.holds(digest: digest, shape: shape) else { return nil }
        var extents: [Extent] = []
        pool.describe(slot.slab, offset: Int(slot.offset), bytes: shape.storedBytes, in: &extents)
        return extents
    }

    /// Whether little room is left in the pool, and whether there is enough again.
    package var isShort: Bool { pool.free * 4 < pool.count }
    package var hasEased: Bool { pool.free * 2 >= pool.count }

    /// What is to be written with each chunk of a capture, after it was accepted.
    package mutating func takeJournalState(of handle: CaptureHandle) -> (
        camera: CameraUID, imageID: String, source: ImageIDSource, state: CaptureState
    )? {
        guard let capture = record(of: handle) else { return nil }
        let it = captures[capture]
        var state = CaptureState()
        state.dropped = it.dropped
        captures[capture].dropped = []
        state.tag = it.tag
        state.echoOf = it.echoOf
        state.runNext = it.runNext
        state.isEcho = it.isEcho
        state.isReported = it.isReported
        state.isDoomed = it.isDoomed
        state.isElder = it.isElder
        state.isRewound = it.isRewound
        state.isWhole = it.state != .open
        state.keepsNothing = it.kept == 0
        state.runStarted = it.runStarted
        state.touched = it.touched
        (state.needs, state.successor, state.past) = (it.needs, it.successor, it.past)
        if !it.marks.isEmpty {
            for index in 0..<it.total {
                let marks = slot(capture, index).marks
                if marks.contains(.doubtful) { state.doubtful.append(index) }
                if marks.contains(.ahead) { state.ahead.append(index) }
                if marks.contains(.again) { state.again.append(index) }
                if marks.contains(.inherited) { state.inherited.append(index) }
            }
        }
        return (cameras[captures[capture].camera].uid, captures[capture].imageID, captures[capture].source, state)
    }

    /// For the record of a finished picture: when it was complete, and as how manieth message of its camera.
    package func completion(of handle: CaptureHandle) -> (completed: Int64, messages: Int)? {
        record(of: handle).map { (captures[$0].completed, cameras[captures[$0].camera].messages) }
    }

    /// The capture's camera and its tag in the camera's ring, while it is open or complete.
    package func owner(of handle: CaptureHandle) -> (camera: CameraUID, tag: UInt16)? {
        record(of: handle).map { (cameras[captures[$0].camera].uid, captures[$0].tag) }
    }

    /// Once each: what is remembered of a camera whose messages were ascribed to other captures.
    package mutating func takeRewrittenMemory() -> JournaledMemory? {
        while let camera = rewritten.popLast() {
            if cameras[camera].isKnown { return memory(of: camera) }
        }
        return nil
    }

    mutating func noteRewritten(_ camera: CameraID) {
        if !rewritten.contains(camera) { rewritten.append(camera) }
    }

    /// The connected clock.
    package func ticks(at now: Instant) -> Int64 { clock.ticks(at: now) }
    package var nextCaptureNumber: UInt64 { captures.nextSerial }

    /// Whether a message of the largest size would surely find room, now.
    package var canTakeMore: Bool {
        guard limits.isCache else { return slabsInDelivery == 0 || pool.free >= 2 * reserve }
        if slabsInDelivery > 0, table.isNearlyFull { return false }
        return pool.count - slabsInDelivery >= 2 * reserve
    }

    /// Whether intake that stopped for want of room may go on, and would not stop again at once.
    package var hasRoomAgain: Bool {
        limits.isCache ? canTakeMore && slabsInDelivery * 2 <= pool.count : pool.free * 4 >= pool.count
    }

    /// Takes a complete capture's bytes out of memory again: its picture cannot be read back yet.
    package mutating func unloadComplete(_ handle: CaptureHandle) {
        guard let capture = record(of: handle), captures[capture].state == .complete, captures[capture].layout == nil else { return }
        discard()
        forEachSlot(of: capture) { $0.unload() }
        captures[capture].loaded = 0
        slabsInDelivery -= captures[capture].chain.count
        pool.give(captures[capture].chain)
        captures[capture].chain = SlabChain()
    }

    // MARK: What is remembered of cameras

    /// Hands out what is remembered of each camera, the least recently heard first.
    package func forEachMemory(_ body: (JournaledMemory) -> Void) {
        cameras.forEach { record in body(memory(of: record)) }
    }

    private func memory(of record: CameraID) -> JournaledMemory {
        var memory = JournaledMemory(camera: cameras[record].uid)
        memory.nextTag = cameras[record].nextTag
        memory.heard = cameras[record].heard
        memory.history = cameras[record].history
        memory.history.forgetPackets { key, packet in !recent.contains(key, packet: packet, of: record) }
        var position = cameras[record].newestFinished
        while let entry = finished.entry(at: position) {
            memory.finished.append(
                JournaledMemory.Finished(
                    checksum: entry.checksum.bytes, idHash: entry.idHash, completed: entry.completed, message: entry.message))
            position = entry.previous
        }
        memory.finished.reverse()
        return memory
    }

    // MARK: The replay

    /// Takes up, in a new assembly, what a journal's replay found. The clock stands until a connection begins.
    /// - Returns: handles, one a capture; those of whole captures are complete, with all chunks to be read back.
    package mutating func restore(_ findings: JournalFindings, now: Instant) -> [CaptureHandle] {
        clock = ConnectedClock(standingAt: findings.lastTicks, now: now)
        captures.nextSerial = max(captures.nextSerial, findings.nextCapture)
        for memory in findings.memories {
            let camera = camera(for: memory.camera, now: now).record
            cameras.heard(camera)
        }
        // Those that are whole first: they are in nobody's way then.
        var handles: [UInt64: CaptureHandle] = [:]
        for isWhole in [true, false] {
            for capture in findings.captures where capture.isWhole == isWhole { handles[capture.number] = restore(capture, now: now) }
        }
        for memory in findings.memories { restore(memory) }
        for message in findings.recent {
            if let camera = cameras.find(message.camera) { recent.add(message.key, packet: message.packet, of: camera) }
        }
        return findings.captures.compactMap { handles[$0.number] }
    }

    private mutating func restore(_ it: JournaledCapture, now: Instant) -> CaptureHandle {
        let camera = camera(for: it.camera, now: now).record
        cameras.heard(camera)
        let arrival = Arrival(
            camera: camera, imageID: it.source == .camera ? it.imageID : nil, index: 0, total: it.total, shape: ChunkShape(), digest: 0,
            packet: 0,
            now: now, ticks: it.state.touched, sessionName: it.imageID)
        let serial = captures.nextSerial
        let capture = open(arrival)
        captures.nextSerial = serial
        captures[capture].serial = it.number
        captures[capture].isJournaled = true
        captures[capture].runNext = it.state.runNext
        captures[capture].tag = it.state.tag
        captures[capture].past = it.state.hasMarks ? it.state.past : -1
        captures[capture].needs = it.state.needs
        captures[capture].successor = it.state.successor
        captures[capture].isElder = it.state.isElder
        captures[capture].isRewound = it.state.isRewound
        captures[capture].echoOf = it.state.echoOf
        captures[capture].isEcho = it.state.isEcho
        captures[capture].isReported = it.state.isReported
        captures[capture].isDoomed = it.state.isDoomed
        captures[capture].runStarted = it.state.runStarted
        captures[capture].openedAt = now - .nanoseconds(max(0, clock.ticks(at: now) - it.began))
        captures[capture].reordered = true
        for chunk in it.chunks {
            makeRoomForSlots(sparing: capture, now: now)
            var slot = Slot(digest: chunk.digest, shape: chunk.shape)
            if chunk.isKept {
                slot.keepUnloaded()
                captures[capture].kept += 1
                captures[capture].bytes += chunk.shape.storedBytes
            }
            setSlot(capture, chunk.index, slot)
            captures[capture].received += 1
        }
        mark(it.state.doubtful, .doubtful, in: capture)
        mark(it.state.ahead, .ahead, in: capture)
        mark(it.state.again, .again, in: capture)
        mark(it.state.inherited, .inherited, in: capture)
        if captures[capture].isNamed, captures[capture].isEcho { captures.move(capture, to: .echoes) }
        captures.touch(capture, at: it.state.touched)
        if it.isWhole { _ = finishIfWhole(capture, arrival) }
        tellDoubt(of: capture, areOwn: false)
        return CaptureHandle(serial: it.number, record: capture)
    }

    private mutating func mark(_ slots: [Int], _ mark: Slot.Mark, in capture: CaptureID) {
        for index in slots where slot(capture, index).isSeen {
            var slot = slot(capture, index)
            slot.marks.insert(mark)
            setSlot(capture, index, slot)
        }
    }

    private mutating func restore(_ memory: JournaledMemory) {
        guard let camera = cameras.find(memory.camera) else { return }
        var open: Set<UInt16> = []
        for place in 0..<cameras[camera].open.count { open.insert(captures[cameras[camera].open[place]].tag) }
        for capture in cameras[camera].waiting { open.insert(captures[capture].tag) }
        var history = memory.history
        history.limit(to: limits.receiveMaximum)
        history.close(allBut: open)
        cameras.replace(history, of: camera)
        cameras[camera].heard = memory.heard
        for capture in cameras[camera].waiting { captures.touch(capture, at: memory.heard) }
        cameras[camera].nextTag = memory.nextTag
        for tag in open where Int16(bitPattern: tag &- cameras[camera].nextTag) > 0 { cameras[camera].nextTag = tag }
        cameras[camera].messagesBefore = cameras[camera].messages
        for entry in memory.finished {
            let completed = max(entry.completed, finished.entry(at: cameras[camera].newestFinished)?.completed ?? .min)
            cameras[camera].newestFinished = finished.add(
                FinishedPictures.Entry(
                    checksum: Checksum(entry.checksum.span), idHash: entry.idHash, completed: completed, message: entry.message,
                    previous: cameras[camera].newestFinished))
        }
    }
}

extension Checksum {
    var bytes: [UInt8] {
        (0..<32).map { UInt8(truncatingIfNeeded: self[$0 / 8] >> (56 - 8 * UInt64($0 % 8))) }
    }
}

extension AbandonedCapture {
    /// What the journal is told.
    package var end: CaptureEnd {
        switch fate {
        case .finished: .echo
        case .superseded: .superseded
        case .open, .gone: .otherwise
        }
    }
}
