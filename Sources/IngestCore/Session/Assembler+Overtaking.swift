/// Chunks that overtook others: what an older session lacks, what came ahead, and to whom it belongs.
extension Assembler {
    /// The elder gets a chunk that it lacks; its successor's own is still to come, or there.
    mutating func give(_ arrival: Arrival, to elder: CaptureID, _ session: CaptureID?) -> Outcome {
        if let session, captures[session].total == arrival.total, !slot(session, arrival.index).isSeen {
            captures[elder].needs.append(arrival.index)
            captures[elder].needs.sort()
            captures[elder].successor = captures[session].serial
        }
        var outcome = take(arrival, in: elder, marks: .ahead)
        if outcome.disposition == .taken, captures[elder].isWhole {
            clear(.ahead, of: elder)
            captures[elder].runNext = captures[elder].total
            settleNeeds(by: elder, now: arrival.now)
            outcome.completed = finishIfWhole(elder, arrival)
        }
        tellDoubt(of: elder, areOwn: false)
        return outcome
    }

    /// The successor has its own chunks up to where its run is, so what the elder has of these is the elder's.
    mutating func settleNeeds(by successor: CaptureID, now: Instant) {
        let camera = captures[successor].camera
        for capture in cameras[camera].waiting where capture != successor {
            ownAhead(of: capture, by: successor)
            if captures[capture].state == .waiting { settleNeed(of: capture, by: successor, now: now) }
        }
        if let elder = elder(of: camera) { settleNeed(of: elder, by: successor, now: now) }
    }

    mutating func settleNeed(of capture: CaptureID, by successor: CaptureID, now: Instant) {
        let run = captures[successor].runNext
        guard captures[capture].successor == captures[successor].serial, captures[capture].needs.contains(where: { $0 < run }),
            isStillRunning(successor, since: capture)
        else { return }
        // The same bytes may have come for both, or for the successor twice.
        let due = captures[capture].needs.filter {
            $0 < run && slot(successor, $0).marks.isDisjoint(with: [.doubtful, .ahead]) && !captures[successor].needs.contains($0)
        }
        let isTwice = due.contains { slot(successor, $0).isSame(as: slot(capture, $0)) }
        if isTwice, captures[capture].state == .waiting { return abandon(capture, .superseded, now: now) }
        guard !due.isEmpty, !isTwice else { return }
        captures[capture].needs.removeAll(where: due.contains)
        confirmIfSettled(capture)
    }

    /// What came ahead is its own, where the successor has its own too.
    mutating func ownAhead(of capture: CaptureID, by successor: CaptureID) {
        guard captures[capture].marks.ahead > 0, captures[capture].total == captures[successor].total,
            captures[capture].serial < captures[successor].serial
        else { return }
        for index in 0..<captures[successor].runNext where slot(capture, index).marks.contains(.ahead) {
            var slot = slot(capture, index)
            if slot.isSame(as: self.slot(successor, index)) || self.slot(successor, index).marks.contains(.ahead) { continue }
            slot.marks.remove(.ahead)
            setSlot(capture, index, slot)
        }
        confirmIfSettled(capture)
    }

    /// The session has its own chunk, so that which came ahead for it may be what another had to get in place of one that came ahead.
    mutating func contradictAhead(_ arrival: Arrival, in session: CaptureID) {
        for capture in cameras[arrival.camera].waiting
        where captures[capture].total == arrival.total && slot(capture, arrival.index).marks.contains(.ahead) {
            abandon(capture, .superseded, now: arrival.now)
        }
    }

    /// One that began again may be a later capture, which begins alike.
    func isStillRunning(_ successor: CaptureID, since capture: CaptureID) -> Bool {
        captures[capture].state != .waiting || captures[successor].runStarted <= captures[capture].completed
    }

    /// Another one begins beside the successor. If that lacks nothing but what the elder's picture needs, it is just as late.
    mutating func settleNeeds(of successor: CaptureID, now: Instant) {
        for capture in cameras[captures[successor].camera].waiting
        where captures[capture].successor == captures[successor].serial && lacksJust(what: capture, successor) {
            captures[capture].needs = []
            confirmIfSettled(capture)
        }
    }

    /// A capture ends without some of its chunks: pictures that may have them, if it does not lack just those, are none.
    mutating func dropNeeds(of gone: CaptureID, now: Instant) {
        let camera = captures[gone].camera
        for capture in cameras[camera].waiting
        where captures[capture].successor == captures[gone].serial && !captures[capture].needs.isEmpty {
            if captures[gone].isReported || !lacksJust(what: capture, gone) {
                abandon(capture, .superseded, now: now)
            } else {
                captures[capture].needs = []
                confirmIfSettled(capture)
            }
        }
    }

    /// The successor lacks what the other needs of it, and nothing else.
    func lacksJust(what waiting: CaptureID, _ successor: CaptureID) -> Bool {
        let (needs, it) = (captures[waiting].needs, captures[successor])
        return it.total - it.received == needs.count && isStillRunning(successor, since: waiting)
            && needs.allSatisfy { $0 < it.total && !slot(successor, $0).isSeen }
    }

    /// A chunk 0 came: what came ahead, and was not claimed by others, was in its own picture.
    mutating func ownAhead(_ camera: CameraID, now: Instant) {
        for capture in cameras[camera].waiting where captures[capture].marks.ahead > 0 {
            clear(.ahead, of: capture)
            settleNeeds(by: capture, now: now)
            confirmIfSettled(capture)
        }
    }

    /// A chunk that was told before, with other bytes than one that came ahead or in doubt, where all else is of the same older capture.
    mutating func claimAgain(_ arrival: Arrival, in session: CaptureID) -> Outcome? {
        guard !arrival.isNews, captures[session].total == arrival.total, !has(session, arrival) else { return nil }
        let isAhead = slot(session, arrival.index).marks.contains(.ahead)
        guard isAhead || slot(session, arrival.index).marks.contains(.doubtful) else { return nil }
        var common = cameras[arrival.camera].history.tags(of: arrival.key, but: captures[session].tag, onlyStale: false)
        for index in 0..<arrival.total {
            let slot = slot(session, index)
            guard slot.isSeen, slot.marks.isDisjoint(with: [.ahead, .doubtful]) else { continue }
            let tags = cameras[arrival.camera].history.tags(of: key(of: session, index), but: captures[session].tag, onlyStale: false)
            common.removeAll { !tags.contains($0) }
        }
        guard !common.isEmpty else { return nil }
        let outcome = take(arrival, in: session, marks: isAhead ? .ahead : [])
        captures[session].echoOf = common
        return outcome
    }

    /// Other bytes for a chunk that came ahead, in a picture that seemed whole with it: they are its own. What its camera began to tell
    /// again of it, and seemed whole with the same chunk, is the same picture.
    mutating func claimAhead(_ arrival: Arrival) -> Outcome? {
        guard arrival.mayOvertake, let capture = claimed(by: arrival) else { return nil }
        let stray = slot(capture, arrival.index)
        for other in cameras[arrival.camera].waiting where other != capture && captures[other].total == arrival.total {
            let slot = slot(other, arrival.index)
            if slot.marks.contains(.ahead), slot.holds(digest: stray.digest, shape: stray.shape) {
                abandonSilently(other, now: arrival.now)
            }
        }
        let outcome = take(arrival, in: capture)
        if outcome.disposition == .taken {
            settleNeeds(by: capture, now: arrival.now)
            confirmIfSettled(capture)
        }
        return outcome
    }

    /// The same of a chunk that was told before, in doubt.
    mutating func claimRetold(_ arrival: Arrival) -> Outcome? {
        guard arrival.mayOvertake, let capture = claimed(by: arrival),
            !cameras[arrival.camera].waiting.contains(where: { has($0, arrival) })
        else { return nil }
        return takeRetold(arrival, in: capture)
    }

    func claimed(by arrival: Arrival) -> CaptureID? {
        cameras[arrival.camera].waiting.last { capture in
            captures[capture].total == arrival.total && slot(capture, arrival.index).marks.contains(.ahead) && !has(capture, arrival)
        }
    }
}
