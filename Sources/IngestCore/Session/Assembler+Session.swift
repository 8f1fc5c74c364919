/// Captures without an image id, each camera's session: what `SessionRules` says is done here.
extension Assembler {
    mutating func judgeInOrder(_ arrival: Arrival) -> Outcome {
        let camera = arrival.camera
        let session = openCapture(of: camera, imageID: nil)
        let elder = elder(of: camera)
        if arrival.index == 0, arrival.isNews { ownAhead(camera) }
        if session == nil, let outcome = claimAhead(arrival) { return outcome }
        if let session, let outcome = claimAgain(arrival, in: session) { return outcome }
        let verdict = SessionRules.verdict(
            index: arrival.index, isNews: arrival.isNews, mayOvertake: arrival.mayOvertake, session: session.map { view($0, arrival) },
            elder: elder.map { ElderView(beginsSo: arrival.index == 0 && has($0, arrival), lacks: lacks($0, arrival)) })
        switch verdict {
        case .lateRepeat:
            guard let session, isGap(arrival, in: session) else { return countLateRepeat(arrival) }
            return judge(arrival, in: session, .breaksRun, elder)
        case .strays: return ignoreStray(arrival)
        case .opens: return begin(arrival)
        case .goesToElder: return give(arrival, to: elder!, session)
        case .resumesElder:
            if let session { abandonSilently(session, now: arrival.now) }
            captures[elder!].isElder = false
            captures[elder!].isRewound = false
            return restart(elder!, arrival)
        case .repeats, .supersedes, .standsBack, .staysBeside, .restarts, .advances, .advancesInDoubt, .succeeds, .keepsAhead,
            .keepsAheadInDoubt, .claims, .contradicts, .breaksRun:
            return judge(arrival, in: session!, verdict, elder)
        }
    }

    private mutating func judge(_ arrival: Arrival, in session: CaptureID, _ verdict: SessionVerdict, _ elder: CaptureID?) -> Outcome {
        switch verdict {
        case .supersedes:
            if let elder { abandon(elder, .superseded, now: arrival.now) }
            supersede(session, arrival)
            return begin(arrival)
        case .staysBeside:
            if let elder { abandon(elder, .superseded, now: arrival.now) }
            captures[session].isElder = true
            moved.append(handle(of: session))
            settleNeeds(of: session, now: arrival.now)
            return begin(arrival)
        case .standsBack:
            standBack(session, arrival, elder)
            return begin(arrival)
        case .restarts: return restart(session, arrival)
        case .advances, .advancesInDoubt: return advance(session, arrival, inDoubt: verdict == .advancesInDoubt)
        case .succeeds:
            succeed(session, arrival)
            return advance(session, arrival)
        case .keepsAhead, .claims:
            let isInRun = arrival.index < captures[session].runNext
            if arrival.index == captures[session].runNext { return advance(session, arrival, isClaim: true) }
            return settled(take(arrival, in: session, marks: isInRun ? [] : .ahead), session, arrival)
        case .keepsAheadInDoubt: return takeRetold(arrival, in: session, marks: .ahead)
        case .contradicts:
            report(session, .superseded, now: arrival.now)
            captures[session].isReported = true
            captures[session].isDoomed = true
            breakRun(of: session)
            return note(arrival, in: session)
        case .breaksRun:
            let isRepeat = has(session, arrival)
            breakRun(of: session)
            return note(arrival, in: session, isRepeat: isRepeat)
        default: return countRepeat(arrival, of: session)
        }
    }

    // MARK: What the rules are shown

    private func view(_ session: CaptureID, _ arrival: Arrival) -> SessionView {
        let it = captures[session]
        let isFew = it.runNext > 0 && !it.isReported && !it.isEcho && 2 * (it.total - it.received) < it.total && slot(session, 0).isKept
        guard it.total == arrival.total else { return SessionView(match: .otherTotal, run: it.runNext, isAhead: false, lacksFew: isFew) }
        let slot = slot(session, arrival.index)
        let match: SessionView.Match =
            !slot.isSeen ? .empty : slot.holds(digest: arrival.digest, shape: arrival.shape) ? .equal : .other
        return SessionView(match: match, run: it.runNext, isAhead: slot.marks.contains(.ahead), lacksFew: isFew)
    }

    /// A picture comes again, and the chunk is its own too, but leaves one out.
    private func isGap(_ arrival: Arrival, in session: CaptureID) -> Bool {
        let it = captures[session]
        guard it.isEcho, it.total == arrival.total, arrival.index > it.runNext, it.runNext > 0 else { return false }
        let tags = cameras[arrival.camera].history.tags(of: arrival.key, but: it.tag, onlyStale: true)
        return it.echoOf.contains(where: tags.contains)
    }

    func elder(of camera: Int) -> CaptureID? {
        for place in 0..<cameras[camera].open.count where captures[cameras[camera].open[place]].isElder {
            return cameras[camera].open[place]
        }
        return nil
    }

    private func lacks(_ elder: CaptureID, _ arrival: Arrival) -> Bool {
        !captures[elder].isRewound && captures[elder].total == arrival.total && !slot(elder, arrival.index).isSeen
    }

    // MARK: The run

    private mutating func begin(_ arrival: Arrival) -> Outcome {
        let isEcho =
            arrival.index == 0 && isWithinWindow(of: arrival.camera, at: arrival.ticks)
            && cameras[arrival.camera].history.isOfFinished(arrival.key)
        let session = open(arrival)
        guard arrival.index == 0 else { return note(arrival, in: session, opened: true) }
        captures[session].runStarted = arrival.ticks
        captures[session].isEcho = isEcho
        captures[session].runNext = 1
        return settled(
            arrival.isNews ? take(arrival, in: session, opened: true) : takeRetold(arrival, in: session, opened: true), session, arrival)
    }

    private mutating func restart(_ session: CaptureID, _ arrival: Arrival) -> Outcome {
        // What came ahead of an earlier run, or broke it, may be another capture's than this one.
        dropLeftovers(session)
        captures[session].isDoomed = false
        captures[session].runStarted = arrival.ticks
        captures[session].runNext = 0
        return advance(session, arrival)
    }

    private mutating func dropLeftovers(_ session: CaptureID) {
        let camera = captures[session].camera
        let hole = (0..<captures[session].total).first { !slot(session, $0).isSeen } ?? captures[session].total
        let isLeft = { (index: Int, slot: Slot) in slot.marks.contains(.ahead) || index > hole && !slot.isKept }
        var keys: [UInt64] = []
        for index in 0..<captures[session].total {
            let slot = slot(session, index)
            if slot.isSeen, isLeft(index, slot) { keys.append(key(of: session, index)) }
        }
        guard !keys.isEmpty else { return }
        let tag = newTag(of: camera)
        cameras[camera].history.move(keys, from: captures[session].tag, to: tag)
        cameras[camera].history.settle(tag, as: .gone)
        noteRewritten(camera)
        dropSlots(of: session, where: isLeft)
    }

    /// The run goes on with this chunk, and through those that came ahead.
    private mutating func advance(
        _ session: CaptureID, _ arrival: Arrival, inDoubt: Bool = false, isClaim: Bool = false
    ) -> Outcome {
        captures[session].runNext = arrival.index + 1
        while captures[session].runNext < arrival.total, slot(session, captures[session].runNext).marks.contains(.ahead) {
            captures[session].runNext += 1
        }
        if captures[session].isEcho, arrival.index > 0, !cameras[arrival.camera].history.isOfFinished(arrival.key) {
            captures[session].isEcho = false
        }
        let slot = slot(session, arrival.index)
        if slot.isKept, !isClaim {
            return settled(note(arrival, in: session, isRepeat: true), session, arrival)
        }
        let outcome = inDoubt ? takeRetold(arrival, in: session) : take(arrival, in: session, isRepeat: slot.isSeen && !isClaim)
        return settled(outcome, session, arrival)
    }

    /// What the chunk brought: perhaps it was the last one, perhaps the elder's claim on one is settled.
    private mutating func settled(_ outcome: Outcome, _ session: CaptureID, _ arrival: Arrival) -> Outcome {
        guard outcome.disposition == .taken || outcome.disposition == .noted else { return outcome }
        var outcome = outcome
        let isTaken = outcome.disposition == .taken && arrival.isNews
        if isTaken { settleNeeds(by: session) }
        if captures[session].runNext >= captures[session].total {
            outcome.completed = finishIfWhole(session, arrival)
        }
        if isTaken, let elder = elder(of: arrival.camera), elder != session, !captures[elder].isRewound {
            if 2 * captures[session].received >= captures[elder].total { abandon(elder, .superseded, now: arrival.now) }
        }
        return outcome
    }

    /// The run left the capture whose first chunks it repeated: these belong to a new one.
    private mutating func succeed(_ session: CaptureID, _ arrival: Arrival) {
        report(session, .superseded, now: arrival.now)
        cameras[arrival.camera].history.settle(captures[session].tag, as: .superseded)
        dropSlots(of: session) { index, slot in index >= arrival.index && !slot.marks.contains(.ahead) || !slot.isKept }
        name(session, for: arrival)
        ascribe(0..<arrival.index, to: session)
    }

    /// Another capture's chunk 0 came, which was told before: the session goes on when its own comes again.
    private mutating func standBack(_ session: CaptureID, _ arrival: Arrival, _ elder: CaptureID?) {
        if captures[session].isEcho || !captures[session].echoOf.isEmpty { return abandonSilently(session, now: arrival.now) }
        if let elder { abandon(elder, .superseded, now: arrival.now) }
        forgetDoubtful(session)
        // All of it comes again behind its chunk 0.
        breakRun(of: session)
        captures[session].isElder = true
        captures[session].isRewound = true
        moved.append(handle(of: session))
    }

    // MARK: Chunks that overtook others

    /// Another capture's chunk 0 came: what the session lacks is lost. An elder that has nothing but what that lacks has its own.
    private mutating func supersede(_ session: CaptureID, _ arrival: Arrival) {
        abandon(session, .superseded, now: arrival.now)
    }

    /// The elder gets a chunk that it lacks; its successor's own is still to come, or there.
    private mutating func give(_ arrival: Arrival, to elder: CaptureID, _ session: CaptureID?) -> Outcome {
        if let session, captures[session].total == arrival.total, !slot(session, arrival.index).isSeen {
            captures[elder].needs.append(arrival.index)
            captures[elder].needs.sort()
            captures[elder].successor = captures[session].serial
        }
        var outcome = take(arrival, in: elder, marks: .ahead)
        if outcome.disposition == .taken, captures[elder].isWhole {
            clear(.ahead, of: elder)
            outcome.completed = finishIfWhole(elder, arrival)
        }
        tellDoubt(of: elder, areOwn: false)
        return outcome
    }

    /// The successor has its own chunks up to where its run is, so what the elder has of these is the elder's.
    private mutating func settleNeeds(by successor: CaptureID) {
        let camera = captures[successor].camera
        for capture in cameras[camera].waiting { settleNeed(of: capture, by: successor) }
        if let elder = elder(of: camera) { settleNeed(of: elder, by: successor) }
    }

    private mutating func settleNeed(of capture: CaptureID, by successor: CaptureID) {
        let run = captures[successor].runNext
        guard captures[capture].successor == captures[successor].serial, captures[capture].needs.contains(where: { $0 < run }),
            isStillRunning(successor, since: capture)
        else { return }
        captures[capture].needs.removeAll { $0 < run }
        confirmIfSettled(capture)
    }

    /// One that began again may be a later capture, which begins alike.
    private func isStillRunning(_ successor: CaptureID, since capture: CaptureID) -> Bool {
        captures[capture].state != .waiting || captures[successor].runStarted <= captures[capture].completed
    }

    /// Another one begins beside the successor. If that lacks nothing but what the elder's picture needs, it is just as late.
    private mutating func settleNeeds(of successor: CaptureID, now: Instant) {
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
    private func lacksJust(what waiting: CaptureID, _ successor: CaptureID) -> Bool {
        let (needs, it) = (captures[waiting].needs, captures[successor])
        return it.total - it.received == needs.count && isStillRunning(successor, since: waiting)
            && needs.allSatisfy { $0 < it.total && !slot(successor, $0).isSeen }
    }

    /// A chunk 0 came: what came ahead, and was not claimed by others, was in its own picture.
    private mutating func ownAhead(_ camera: Int) {
        for capture in cameras[camera].waiting where captures[capture].marks.ahead > 0 {
            clear(.ahead, of: capture)
            confirmIfSettled(capture)
        }
    }

    /// A chunk that was told before, with other bytes than one that came ahead, where all in its place is of the same older capture.
    private mutating func claimAgain(_ arrival: Arrival, in session: CaptureID) -> Outcome? {
        guard !arrival.isNews, captures[session].total == arrival.total, !has(session, arrival) else { return nil }
        guard slot(session, arrival.index).marks.contains(.ahead) else { return nil }
        var common = cameras[arrival.camera].history.tags(of: arrival.key, but: captures[session].tag, onlyStale: false)
        for index in 0..<arrival.total {
            let slot = slot(session, index)
            guard slot.isSeen, !slot.marks.contains(.ahead) else { continue }
            let tags = cameras[arrival.camera].history.tags(of: key(of: session, index), but: captures[session].tag, onlyStale: false)
            common.removeAll { !tags.contains($0) }
        }
        guard !common.isEmpty else { return nil }
        let outcome = take(arrival, in: session, marks: .ahead)
        captures[session].echoOf = common
        return outcome
    }

    /// Other bytes for a chunk that came ahead, in a picture that seemed whole with it: they are its own.
    private mutating func claimAhead(_ arrival: Arrival) -> Outcome? {
        guard arrival.isNews, arrival.mayOvertake else { return nil }
        for capture in cameras[arrival.camera].waiting.reversed() where captures[capture].marks.ahead > 0 {
            guard captures[capture].total == arrival.total, slot(capture, arrival.index).marks.contains(.ahead) else { continue }
            let outcome = take(arrival, in: capture)
            if outcome.disposition == .taken {
                settleNeeds(by: capture)
                confirmIfSettled(capture)
            }
            return outcome
        }
        return nil
    }
}
