/// What every chunk goes through, named capture or session.
extension Assembler {
    /// Judges the chunk that was decoded into the staged room.
    /// - Parameters:
    ///   - digest: of its content; equal with equal `shape` means equal chunks.
    ///   - packet: the packet identifier the message came with; 0 for none.
    /// - Precondition: something is staged, and `0 <= index < total <= max_chunks`.
    package mutating func accept(
        index: Int, total: Int, shape: ChunkShape, digest: UInt64, packet: UInt16 = 0, now: Instant
    ) -> Outcome {
        guard let staging else { preconditionFailure("accept without stage") }
        let arrival = Arrival(
            camera: staging.camera, imageID: staging.imageID, index: index, total: total, shape: shape, digest: digest, packet: packet,
            now: now, ticks: clock.ticks(at: now))
        remembered = nil
        moved.removeAll(keepingCapacity: true)
        let outcome = makeRoom(for: arrival) ? judge(arrival) : Outcome(disposition: .full)
        discard()
        return outcome
    }

    /// After a connection the broker repeats what was not acknowledged: the last of a camera's messages, in their order, up to the
    /// very last. Follows them through the ring, which keeps them where they are: they are the same messages.
    private mutating func followReplay(_ arrival: Arrival) {
        let camera = arrival.camera
        guard cameras[camera].mayReplay || !cameras[camera].replay.isEmpty else { return }
        let key = arrival.key(idHash: arrival.imageID.map(SessionName.hash) ?? 0)
        if cameras[camera].mayReplay {
            cameras[camera].mayReplay = false
            cameras[camera].replayed = 0
            cameras[camera].replay = cameras[camera].ring.ages(of: key, packet: arrival.packet)
        } else {
            let (ring, replayed) = (cameras[camera].ring, cameras[camera].replayed)
            cameras[camera].replay.removeAll { $0 <= replayed || !ring.holds(key, packet: arrival.packet, age: $0 - replayed) }
        }
        cameras[camera].replayed += 1
    }

    /// The message being judged may well be the broker's repeat of one that came before the connection.
    func isReplayed(_ arrival: Arrival) -> Bool { !cameras[arrival.camera].replay.isEmpty }

    /// Of a replayed message: the broker began in the middle of the capture that it was part of, so this is no whole picture again.
    func isReplayedInPart(_ arrival: Arrival) -> Bool {
        let camera = arrival.camera
        guard let age = cameras[camera].replay.min(), let tag = replayedTag(arrival) else { return false }
        return cameras[camera].ring.contains(tag, before: age)
    }

    /// Of a replayed message: which of the camera's captures it was part of.
    func replayedTag(_ arrival: Arrival) -> UInt16? {
        let camera = arrival.camera
        return cameras[camera].replay.min().flatMap { cameras[camera].ring.tag(age: $0 - cameras[camera].replayed + 1) }
    }

    private mutating func judge(_ arrival: Arrival) -> Outcome {
        let camera = arrival.camera
        cameras.heard(camera)
        if cameras[camera].connection != connection {
            cameras[camera].connection = connection
            cameras[camera].messagesBefore = cameras[camera].messages
            cameras[camera].mayReplay = true
        }
        followReplay(arrival)
        return arrival.imageID == nil ? judgeInOrder(arrival) : judgeNamed(arrival)
    }

    /// Sees to it that the chunk may be kept and the next message still be decoded. A repeat needs no room, and the last chunk of a
    /// picture soon makes some. False when only a delivery can.
    mutating func makeRoom(for arrival: Arrival) -> Bool {
        guard pool.free < reserve || table.isFull else { return true }
        while pool.free < reserve {
            let capture = openCapture(of: arrival.camera, imageID: arrival.imageID) ?? -1
            if capture >= 0, captures[capture].total == arrival.total {
                let slot = slot(capture, arrival.index)
                if slot.isSeen
                    ? slot.isKept && slot.holds(digest: arrival.digest, shape: arrival.shape)
                    : captures[capture].kept + 1 == arrival.total
                {
                    break
                }
            }
            guard giveUpOne(for: arrival.camera, sparing: capture, now: arrival.now) else {
                if slabsInDelivery > 0 { return false }
                break
            }
        }
        makeRoomForSlots(sparing: openCapture(of: arrival.camera, imageID: arrival.imageID) ?? -1, now: arrival.now)
        return true
    }

    /// Enters the message in its camera's ring, unless it stands there.
    mutating func remember(_ arrival: Arrival, tag: UInt16, fate: ArrivalRing.Fate = .open, idHash: UInt64) {
        guard !isReplayed(arrival) else { return }
        let message = CameraMemory.Message(key: arrival.key(idHash: idHash), tag: tag, fate: fate.rawValue, packet: arrival.packet)
        remembered = message
        while cameras.remembered >= limits.remembered,
            let oldest = cameras.leastRecentlyHeard(idle: true, but: arrival.camera)
        { forget(oldest, now: arrival.now) }
        cameras.remember(message, fate: fate, of: arrival.camera, capacity: limits.receiveMaximum)
    }

    /// Keeps the chunk as part of `capture`.
    mutating func take(_ arrival: Arrival, in capture: Int, opened: Bool = false, isRepeat: Bool = false) -> Outcome {
        let before = slot(capture, arrival.index)
        let bytes = arrival.shape.storedBytes
        guard captures[capture].bytes + bytes <= largestStored(arrival.total) else { return refuseTooLarge(capture, arrival) }
        guard staging != nil else {
            breakRun(of: capture)  // a replay without the bytes: nothing may be made of it
            return note(arrival, in: capture, opened: opened)
        }
        if captures[capture].kept != arrival.index { captures[capture].reordered = true }
        var slot = Slot(digest: arrival.digest, shape: arrival.shape)
        let place = commit(bytes, to: capture)
        slot.place(slab: place.slab, offset: place.offset)
        setSlot(capture, arrival.index, slot)
        captures[capture].received += before.isSeen ? 0 : 1
        captures[capture].kept += before.isKept ? 0 : 1
        captures[capture].loaded += before.isLoaded ? 0 : 1
        captures[capture].bytes += bytes
        remember(arrival, tag: captures[capture].tag, idHash: captures[capture].idHash)
        touch(capture, at: arrival.ticks)
        var outcome = Outcome(disposition: .taken, isRepeat: isRepeat, capture: handle(of: capture), opened: opened)
        outcome.completed = completeIfWhole(capture, arrival)
        return outcome
    }

    /// Head and rest of a chunk that ends within a byte take that byte whole, so what is stored of a picture may be larger than it is.
    /// Its exact size is known when it is joined.
    private func largestStored(_ total: Int) -> Int { min(limits.maxImage + 2 * total, (pool.count - reserve) * SlabPool.slabSize) }

    /// Remembers that the chunk came, and keeps no bytes of it.
    mutating func note(_ arrival: Arrival, in capture: Int, opened: Bool = false, isRepeat: Bool = false) -> Outcome {
        if !slot(capture, arrival.index).isSeen {
            setSlot(capture, arrival.index, Slot(digest: arrival.digest, shape: arrival.shape))
            captures[capture].received += 1
        }
        remember(arrival, tag: captures[capture].tag, idHash: captures[capture].idHash)
        touch(capture, at: arrival.ticks)
        return Outcome(disposition: .noted, isRepeat: isRepeat, capture: handle(of: capture), opened: opened)
    }

    /// Of a chunk that the open capture has already.
    mutating func countRepeat(_ arrival: Arrival, of capture: Int) -> Outcome {
        remember(arrival, tag: captures[capture].tag, idHash: captures[capture].idHash)
        touch(capture, at: arrival.ticks)
        return Outcome(disposition: .noted, isRepeat: true, capture: handle(of: capture))
    }

    /// The picture outgrew its bound. What is left of its record tells its other chunks from those of a new capture.
    private mutating func refuseTooLarge(_ capture: Int, _ arrival: Arrival) -> Outcome {
        if !captures[capture].isReported { report(capture, .tooLarge, now: arrival.now) }
        captures[capture].isReported = true
        captures[capture].isDoomed = true
        breakRun(of: capture)
        moved.append(handle(of: capture))
        touch(capture, at: arrival.ticks)
        return Outcome(disposition: .refused(.tooLarge), capture: handle(of: capture))
    }

    /// Lets go of all bytes; what came is still known by its digest.
    mutating func breakRun(of capture: Int) {
        guard captures[capture].kept > 0 || captures[capture].runNext > 0 else { return }
        forEachSlot(of: capture) { $0.drop() }
        captures[capture].kept = 0
        captures[capture].loaded = 0
        captures[capture].bytes = 0
        captures[capture].runNext = 0
        captures[capture].doubtful = nil
        captures[capture].reordered = false
        freeSlabs(of: capture)
    }
}
