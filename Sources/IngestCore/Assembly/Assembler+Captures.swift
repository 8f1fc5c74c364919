/// The records of captures: opening, touching, closing.
extension Assembler {
    func handle(of capture: CaptureID) -> CaptureHandle { captures.handle(of: capture) }
    func record(of handle: CaptureHandle) -> CaptureID? { captures.find(handle) }

    func openCapture(of camera: CameraID, imageID: String?) -> CaptureID? {
        let open = cameras[camera].open
        for place in 0..<open.count {
            let capture = open[place]
            if let imageID {
                if captures[capture].isNamed, captures[capture].imageID == imageID { return capture }
            } else if !captures[capture].isNamed, !captures[capture].isElder {
                return capture
            }
        }
        return nil
    }

    /// Opens the capture that `arrival` begins. A fifth of one camera costs the least recently touched of the four.
    mutating func open(_ arrival: Arrival) -> CaptureID {
        let camera = arrival.camera
        if cameras[camera].open.count == OpenCaptures.most { abandon(leastRecentlyTouched(of: camera), .evicted, now: arrival.now) }
        let capture = captures.add(camera: camera, total: arrival.total)
        name(capture, for: arrival)
        cameras[camera].open.add(capture)
        inProgress += 1
        captures.link(capture, in: captures[capture].isNamed ? .named : .sessions)
        return capture
    }

    /// Gives the record a new identity: a capture that begins, perhaps with the first chunks of the one before, whose number it
    /// then keeps.
    mutating func name(_ capture: CaptureID, for arrival: Arrival) {
        let camera = arrival.camera
        captures[capture].tag = newTag(of: camera)
        captures[capture].source = arrival.imageID == nil ? .gateway : .camera
        captures[capture].imageID = arrival.imageID ?? arrival.sessionName ?? SessionName.make(using: &random)
        captures[capture].idHash = arrival.imageID.map(SessionName.hash) ?? 0
        captures[capture].openedAt = arrival.now
        captures[capture].isReported = false
        captures[capture].isDoomed = false
    }

    /// Stands for a capture in its camera's ring.
    mutating func newTag(of camera: CameraID) -> UInt16 {
        cameras[camera].nextTag &+= 1
        return cameras[camera].nextTag
    }

    func leastRecentlyTouched(of camera: CameraID) -> CaptureID {
        var found = cameras[camera].open[0]
        for place in 1..<cameras[camera].open.count {
            let capture = cameras[camera].open[place]
            let (a, b) = (captures[capture], captures[found])
            if a.isEcho == b.isEcho ? a.touchOrder < b.touchOrder : a.isEcho { found = capture }
        }
        return found
    }

    /// Tells of a capture that is given up, once.
    mutating func report(_ capture: CaptureID, _ reason: Abandonment, now: Instant) {
        let it = captures[capture]
        var missing = IndexRanges()
        for index in 0..<it.total where !slot(capture, index).isSeen { missing.append(index) }
        let gone = AbandonedCapture(
            handle: handle(of: capture), camera: cameras[it.camera].uid, imageID: it.imageID, source: it.source, reason: reason,
            total: it.total, received: it.received, missing: missing, age: now - it.openedAt, counts: !it.isReported && !it.isEcho,
            tag: it.tag,
            fate: it.isEcho ? .finished : reason == .superseded ? .superseded : .gone)
        events.append(.abandoned(gone))
    }

    /// Gives up an open capture.
    mutating func abandon(_ capture: CaptureID, _ reason: Abandonment, now: Instant) {
        report(capture, reason, now: now)
        let fate: MessageHistory.Fate = captures[capture].isEcho ? .finished : reason == .superseded ? .superseded : .gone
        cameras[captures[capture].camera].history.settle(captures[capture].tag, as: fate)
        freeSlabs(of: capture)
        close(capture)
        dropNeeds(of: capture, now: now)
        recycle(capture)
    }

    /// Takes a capture from among the open ones. Its slabs, and its record, stay.
    mutating func close(_ capture: CaptureID) {
        captures.unlink(capture)
        if captures[capture].state == .waiting {
            cameras[captures[capture].camera].waiting.removeAll { $0 == capture }
        } else {
            cameras[captures[capture].camera].open.remove(capture)
        }
        if captures[capture].isToldInDoubt {
            captures[capture].isToldInDoubt = false
            capturesInDoubt -= 1
            events.append(.doubtEnded(handle(of: capture), areOwn: false))
        }
        inProgress -= 1
    }

    mutating func recycle(_ capture: CaptureID) {
        freePages(of: capture, from: 0)
        captures.recycle(capture)
    }
}
