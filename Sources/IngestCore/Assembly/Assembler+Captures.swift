/// The records of captures: opening, touching, closing.
extension Assembler {
    func handle(of capture: Int) -> CaptureHandle { CaptureHandle(serial: captures[capture].serial, record: capture) }

    func record(of handle: CaptureHandle) -> Int? {
        guard captures.indices.contains(handle.record), captures[handle.record].serial == handle.serial,
            captures[handle.record].state != .vacant
        else { return nil }
        return handle.record
    }

    func openCapture(of camera: Int, imageID: String?) -> Int? {
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
    mutating func open(_ arrival: Arrival) -> Int {
        let camera = arrival.camera
        if cameras[camera].open.count == OpenCaptures.most { abandon(leastRecentlyTouched(of: camera), .evicted, now: arrival.now) }
        let capture = vacant.popLast() ?? captures.count
        if capture == captures.count { captures.append(Capture()) }
        var pages = captures[capture].pages
        var echoOf = captures[capture].echoOf
        captures[capture] = Capture()
        echoOf.removeAll(keepingCapacity: true)
        captures[capture].echoOf = echoOf
        pages.removeAll(keepingCapacity: true)
        for _ in 0..<SlotTable.pages(for: arrival.total) { pages.append(SlotTable.none) }
        captures[capture].pages = pages
        captures[capture].camera = camera
        captures[capture].total = arrival.total
        captures[capture].state = .open
        captures[capture].serial = nextSerial
        nextSerial += 1
        name(capture, for: arrival)
        cameras[camera].open.add(capture)
        inProgress += 1
        link(capture, in: captures[capture].isNamed ? .named : .sessions)
        return capture
    }

    /// Gives the record a new identity: a capture that begins, perhaps with the first chunks of the one before, whose number it
    /// then keeps.
    mutating func name(_ capture: Int, for arrival: Arrival) {
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
    mutating func newTag(of camera: Int) -> UInt16 {
        cameras[camera].nextTag &+= 1
        return cameras[camera].nextTag
    }

    func leastRecentlyTouched(of camera: Int) -> Int {
        var found = cameras[camera].open[0]
        for place in 1..<cameras[camera].open.count {
            let capture = cameras[camera].open[place]
            let (a, b) = (captures[capture], captures[found])
            if a.isEcho == b.isEcho ? a.touchOrder < b.touchOrder : a.isEcho { found = capture }
        }
        return found
    }

    /// Tells of a capture that is given up, once.
    mutating func report(_ capture: Int, _ reason: Abandonment, now: Instant) {
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
    mutating func abandon(_ capture: Int, _ reason: Abandonment, now: Instant) {
        report(capture, reason, now: now)
        let fate: MessageHistory.Fate = captures[capture].isEcho ? .finished : reason == .superseded ? .superseded : .gone
        cameras[captures[capture].camera].history.settle(captures[capture].tag, as: fate)
        freeSlabs(of: capture)
        close(capture)
        dropNeeds(of: capture, now: now)
        recycle(capture)
    }

    /// Takes a capture from among the open ones. Its slabs, and its record, stay.
    mutating func close(_ capture: Int) {
        unlink(capture)
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

    mutating func recycle(_ capture: Int) {
        freePages(of: capture, from: 0)
        captures[capture].state = .vacant
        captures[capture].layout = nil
        captures[capture].imageID = ""
        vacant.append(capture)
    }

    mutating func touch(_ capture: Int, at ticks: Int64) {
        captures[capture].touched = ticks
        touches += 1
        captures[capture].touchOrder = touches
        let kind = captures[capture].list
        guard lists[kind.rawValue].newest != capture else { return }
        unlink(capture)
        link(capture, in: kind)
    }

    mutating func move(_ capture: Int, to kind: CaptureList.Kind) {
        guard captures[capture].list != kind else { return }
        unlink(capture)
        link(capture, in: kind)
    }

    private mutating func link(_ capture: Int, in kind: CaptureList.Kind) {
        let newest = lists[kind.rawValue].newest
        captures[capture].list = kind
        captures[capture].older = newest
        captures[capture].newer = -1
        if newest >= 0 { captures[newest].newer = capture } else { lists[kind.rawValue].oldest = capture }
        lists[kind.rawValue].newest = capture
    }

    private mutating func unlink(_ capture: Int) {
        let (kind, older, newer) = (captures[capture].list.rawValue, captures[capture].older, captures[capture].newer)
        if older >= 0 { captures[older].newer = newer } else { lists[kind].oldest = newer }
        if newer >= 0 { captures[newer].older = older } else { lists[kind].newest = older }
    }
}
