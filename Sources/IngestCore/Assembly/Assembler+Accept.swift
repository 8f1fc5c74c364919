/// What every chunk goes through, named capture or session.
extension Assembler {
    /// Judges the chunk that was decoded into the staged room.
    /// - Parameters:
    ///   - digest: of its content; equal with equal `shape` means equal chunks.
    ///   - packet: the packet identifier the message came with; 0 for none, which means QoS 0.
    /// - Precondition: something is staged, and `0 <= index < total <= max_chunks`.
    package mutating func accept(
        index: Int, total: Int, shape: ChunkShape, digest: UInt64, packet: UInt16 = 0, now: Instant
    ) -> Outcome {
        guard let staging else { preconditionFailure("accept without stage") }
        let idHash = staging.imageID.map(SessionName.hash) ?? 0
        var arrival = Arrival(
            camera: staging.camera, imageID: staging.imageID, index: index, total: total, shape: shape, digest: digest, packet: packet,
            now: now, ticks: clock.ticks(at: now))
        arrival.key = MessageHistory.key(digest: digest, shape: shape, index: index, total: total, idHash: idHash)
        remembered = nil
        moved.removeAll(keepingCapacity: true)
        rewritten.removeAll(keepingCapacity: true)
        let outcome = makeRoom(for: arrival) ? judge(arrival) : Outcome(disposition: .full)
        discard()
        return outcome
    }

    private mutating func judge(_ arrival: Arrival) -> Outcome {
        let camera = arrival.camera
        if redeliveries > 0 {
            if recent.contains(arrival.key, packet: arrival.packet, of: camera) {
                redeliveries -= 1
                return Outcome(disposition: .repeated, isRepeat: true)
            }
            redeliveries = 0
        }
        cameras.heard(camera)
        var arrival = arrival
        if cameras[camera].connection != connection {
            cameras[camera].connection = connection
            cameras[camera].messagesBefore = cameras[camera].messages
            arrival.stepsBack = true
        }
        hear(&arrival)
        return arrival.imageID == nil ? judgeInOrder(arrival) : judgeNamed(arrival)
    }

    func has(_ capture: CaptureID, _ arrival: Arrival) -> Bool {
        guard captures[capture].total == arrival.total else { return false }
        let slot = slot(capture, arrival.index)
        return slot.isSeen && slot.holds(digest: arrival.digest, shape: arrival.shape)
    }

    /// Sees to it that the chunk may be kept and the next message still be decoded. A repeat needs no room, and the last chunk of a
    /// picture soon makes some. False when only a delivery can.
    mutating func makeRoom(for arrival: Arrival) -> Bool {
        guard pool.free < reserve || table.isFull else { return true }
        let capture = openCapture(of: arrival.camera, imageID: arrival.imageID)
        while pool.free < reserve {
            if let capture, captures[capture].state == .open, captures[capture].total == arrival.total {
                let slot = slot(capture, arrival.index)
                if slot.isSeen ? slot.isKept && has(capture, arrival) : captures[capture].kept + 1 == arrival.total { break }
            }
            guard giveUpOne(for: arrival.camera, sparing: capture, now: arrival.now) else {
                if slabsInDelivery > 0 { return false }
                break
            }
        }
        makeRoomForSlots(sparing: openCapture(of: arrival.camera, imageID: arrival.imageID), now: arrival.now)
        return true
    }

    /// Keeps the chunk as part of `capture`, in place of what may be in its slot.
    mutating func take(
        _ arrival: Arrival, in capture: CaptureID, opened: Bool = false, isRepeat: Bool = false, marks: Slot.Mark = []
    ) -> Outcome {
        if captures[capture].isDoomed { return note(arrival, in: capture, opened: opened, isRepeat: isRepeat) }
        let before = slot(capture, arrival.index)
        let bytes = arrival.shape.storedBytes
        guard captures[capture].bytes + bytes <= largestStored(arrival.total) else { return refuseTooLarge(capture, arrival) }
        guard staging != nil else {
            breakRun(of: capture)  // a replay without the bytes: nothing may be made of it
            return note(arrival, in: capture, opened: opened)
        }
        if captures[capture].kept != arrival.index || before.isKept { captures[capture].reordered = true }
        if captures[capture].isNamed, captures[capture].marks.again > 0 { clear(.again, of: capture) }
        if before.isSeen, !isRepeat {
            captures[capture].dropped.join(arrival.index)
            disown([key(of: capture, arrival.index)], of: capture)
        }
        var slot = Slot(digest: arrival.digest, shape: arrival.shape)
        let place = commit(bytes, to: capture)
        slot.place(slab: place.slab, offset: place.offset)
        slot.marks = marks
        setSlot(capture, arrival.index, slot)
        captures[capture].received += before.isSeen ? 0 : 1
        captures[capture].kept += before.isKept ? 0 : 1
        captures[capture].loaded += before.isLoaded ? 0 : 1
        captures[capture].bytes += bytes - (before.isKept ? before.shape.storedBytes : 0)
        if arrival.isNews, captures[capture].marks.doubtful == 0 { captures[capture].past = -1 }
        if !marks.contains(.doubtful), arrival.isNews { captures[capture].echoOf.removeAll(keepingCapacity: true) }
        if marks.contains(.doubtful), let origin = cameras[arrival.camera].history.latest(of: arrival.key) {
            // It stays the older one's: were it this one's, what has its like would seem to be this capture again.
            remember(arrival, tag: origin.tag, fate: origin.fate, isStray: marks.contains(.ahead))
        } else {
            remember(arrival, tag: captures[capture].tag, isStray: marks.contains(.ahead))
        }
        captures.touch(capture, at: arrival.ticks)
        tellDoubt(of: capture, areOwn: false)
        return Outcome(disposition: .taken, isRepeat: isRepeat, capture: handle(of: capture), opened: opened)
    }

    /// Head and rest of a chunk that ends within a byte take that byte whole, so what is stored of a picture may be larger than it is.
    /// Its exact size is known when it is joined.
    private func largestStored(_ total: Int) -> Int { min(limits.maxImage + 2 * total, (pool.count - reserve) * SlabPool.slabSize) }

    /// Remembers that the chunk came, and keeps no bytes of it.
    mutating func note(_ arrival: Arrival, in capture: CaptureID, opened: Bool = false, isRepeat: Bool = false) -> Outcome {
        if !slot(capture, arrival.index).isSeen {
            setSlot(capture, arrival.index, Slot(digest: arrival.digest, shape: arrival.shape))
            captures[capture].received += 1
        }
        remember(arrival, tag: captures[capture].tag)
        captures.touch(capture, at: arrival.ticks)
        return Outcome(disposition: .noted, isRepeat: isRepeat, capture: handle(of: capture), opened: opened)
    }

    /// Of a chunk that the open capture has already.
    mutating func countRepeat(_ arrival: Arrival, of capture: CaptureID) -> Outcome {
        note(arrival, in: capture, isRepeat: true)
    }

    /// A chunk of a capture that is gone.
    mutating func countLateRepeat(_ arrival: Arrival) -> Outcome {
        let before = cameras[arrival.camera].history.latest(of: arrival.key)
        remember(arrival, tag: before?.tag ?? newTag(of: arrival.camera), fate: before?.fate ?? .gone)
        return Outcome(disposition: .repeated, isRepeat: true)
    }

    /// A chunk of a later capture, out of its place: it is lost to that.
    mutating func ignoreStray(_ arrival: Arrival) -> Outcome {
        remember(arrival, tag: newTag(of: arrival.camera), fate: .gone, isStray: true)
        return Outcome(disposition: .repeated)
    }

    /// The picture outgrew its bound. What is left of its record tells its other chunks from those of a new capture.
    private mutating func refuseTooLarge(_ capture: CaptureID, _ arrival: Arrival) -> Outcome {
        if !captures[capture].isReported { report(capture, .tooLarge, now: arrival.now) }
        captures[capture].isReported = true
        captures[capture].isDoomed = true
        breakRun(of: capture)
        moved.append(handle(of: capture))
        remember(arrival, tag: captures[capture].tag)
        captures.touch(capture, at: arrival.ticks)
        return Outcome(disposition: .refused(.tooLarge), capture: handle(of: capture))
    }

    /// Lets go of all bytes; what came is still known by its digest.
    mutating func breakRun(of capture: CaptureID) {
        guard captures[capture].kept > 0 || captures[capture].runNext > 0 else { return }
        forEachSlot(of: capture) {
            $0.drop()
            $0.marks = []
        }
        captures[capture].marks = MarkCounts()
        captures[capture].needs = []
        captures[capture].kept = 0
        captures[capture].loaded = 0
        captures[capture].bytes = 0
        captures[capture].runNext = 0
        captures[capture].reordered = false
        freeSlabs(of: capture)
        tellDoubt(of: capture, areOwn: false)
    }
}
