/// Captures without an image id, each camera's session: what `SessionRules` says is done here.
extension Assembler {
    mutating func judgeInOrder(_ arrival: Arrival) -> Outcome {
        let camera = arrival.camera
        var session = openCapture(of: camera, imageID: nil)
        let elder = elder(of: camera)
        if arrival.index == 0, arrival.isNews { ownAhead(camera, now: arrival.now) }
        if arrival.index == 0, let doomed = session, captures[doomed].isDoomed {
            abandon(doomed, .superseded, now: arrival.now)
            session = nil
        }
        if !arrival.isNews, arrival.mayOvertake, arrival.index > 0 { contestWaiting(arrival, session) }
        if session == nil, let outcome = arrival.isNews ? claimAhead(arrival) : claimRetold(arrival) { return outcome }
        if let session, let outcome = claimAgain(arrival, in: session) { return outcome }
        let verdict = SessionRules.verdict(
            index: arrival.index, isNews: arrival.isNews, mayOvertake: arrival.mayOvertake, session: session.map { view($0, arrival) },
            elder: elder.map { ElderView(beginsSo: arrival.index == 0 && has($0, arrival), lacks: lacks($0, arrival)) })
        switch verdict {
        case .lateRepeat:
            guard let session else { return countLateRepeat(arrival) }
            if isContradiction(arrival, in: session) { return judge(arrival, in: session, .contradicts, elder) }
            if contests(arrival, session) { contest(arrival.index, of: session) }
            return isGap(arrival, in: session) ? judge(arrival, in: session, .breaksRun, elder) : countLateRepeat(arrival)
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
            abandon(session, .superseded, now: arrival.now)
            return begin(arrival)
        case .staysBeside:
            if let elder {
                // Told again, and again from the beginning: the elder has it all.
                if isAgain(session, elder), has(session, arrival) { return restart(session, arrival) }
                giveUp(elder, for: session, now: arrival.now)
            }
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
            if verdict == .claims { contradictAhead(arrival, in: session) }
            let isInRun = arrival.index < captures[session].runNext
            if arrival.index == captures[session].runNext { return advance(session, arrival, isClaim: true) }
            return settled(take(arrival, in: session, marks: isInRun ? [] : .ahead), session, arrival)
        case .keepsAheadInDoubt: return takeRetold(arrival, in: session, marks: .ahead)
        case .contradicts:
            doom(session, now: arrival.now)
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
        let isFew = it.runNext > 0 && !it.isReported && !it.isEcho && 2 * (it.total - it.received) <= it.total && slot(session, 0).isKept
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

    /// A picture comes again in which a chunk contradicted another.
    private func isContradiction(_ arrival: Arrival, in session: CaptureID) -> Bool {
        let it = captures[session]
        guard it.total == arrival.total, arrival.index + 1 == it.runNext, !it.echoOf.isEmpty else { return false }
        let tags = cameras[arrival.camera].history.tags(of: arrival.key, but: it.tag, onlyStale: false)
        return it.echoOf.contains(where: tags.contains)
    }

    /// Pictures that wait may have to have the chunk in place of one of theirs: it comes alone, or they come again with it.
    private mutating func contestWaiting(_ arrival: Arrival, _ session: CaptureID?) {
        for capture in cameras[arrival.camera].waiting
        where !captures[capture].isNamed && captures[capture].total == arrival.total && !has(capture, arrival) {
            guard let session else {
                if captures[capture].isSuspect, captures[capture].needs.contains(arrival.index) { contest(arrival.index, of: capture) }
                continue
            }
            guard captures[session].total == arrival.total, captures[session].runNext == arrival.index else { continue }
            let isAgain = (0..<arrival.index).allSatisfy { slot(session, $0).isSame(as: slot(capture, $0)) }
            if isAgain, !slot(capture, arrival.index).marks.contains(.doubtful) { contest(arrival.index, of: capture) }
        }
    }

    /// It has other bytes than a chunk that came ahead, or than the one that came just before.
    private func contests(_ arrival: Arrival, _ session: CaptureID) -> Bool {
        guard arrival.mayOvertake, captures[session].total == arrival.total, !captures[session].isDoomed else { return false }
        let slot = slot(session, arrival.index)
        guard slot.isKept else { return false }
        return slot.marks.contains(.ahead) || !slot.marks.contains(.doubtful) && arrival.index + 1 == captures[session].runNext
    }

    func elder(of camera: CameraID) -> CaptureID? {
        for place in 0..<cameras[camera].open.count where captures[cameras[camera].open[place]].isElder {
            return cameras[camera].open[place]
        }
        return nil
    }

    func lacks(_ elder: CaptureID, _ arrival: Arrival) -> Bool {
        guard !captures[elder].isRewound, captures[elder].total == arrival.total, !slot(elder, arrival.index).isSeen else { return false }
        // Where its successor has ended, what comes so late may be a much later capture's.
        guard openCapture(of: arrival.camera, imageID: nil) == nil else { return true }
        let since = cameras[arrival.camera].history.messages(since: key(of: elder, 0))
        return since.map { 2 * ($0 - arrival.index) < arrival.total } ?? false
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
        captures[session].runStarted = arrival.ticks
        captures[session].runNext = 0
        return advance(session, arrival)
    }

    private mutating func dropLeftovers(_ session: CaptureID) {
        let hole = (0..<captures[session].total).first { !slot(session, $0).isSeen } ?? captures[session].total
        let isLeft = { (index: Int, slot: Slot) in slot.marks.contains(.ahead) || index > hole && !slot.isKept }
        var keys: [UInt64] = []
        for index in 0..<captures[session].total {
            let slot = slot(session, index)
            if slot.isSeen, isLeft(index, slot) { keys.append(key(of: session, index)) }
        }
        guard !keys.isEmpty else { return }
        disown(keys, of: session)
        dropSlots(of: session, where: isLeft)
        captures[session].echoOf = commonTags(of: session)
    }

    /// Messages that the capture had are another one's, and nobody knows which.
    mutating func disown(_ keys: [UInt64], of capture: CaptureID) {
        let camera = captures[capture].camera
        let tag = newTag(of: camera)
        cameras[camera].history.move(keys, from: captures[capture].tag, to: tag)
        cameras[camera].history.settle(tag, as: .gone)
        noteRewritten(camera)
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

    /// What the chunk brought: perhaps the elder's claim on one is settled, perhaps it was the last one.
    private mutating func settled(_ outcome: Outcome, _ session: CaptureID, _ arrival: Arrival) -> Outcome {
        guard outcome.disposition == .taken || outcome.disposition == .noted else { return outcome }
        var outcome = outcome
        let isTaken = outcome.disposition == .taken && arrival.isNews
        if isTaken { settleNeeds(by: session, now: arrival.now) }
        if isTaken, let elder = elder(of: arrival.camera), elder != session, !captures[elder].isRewound {
            if isAgain(elder, session) || 2 * captures[session].received >= captures[elder].total {
                giveUp(elder, for: session, now: arrival.now)
            }
        }
        if captures[session].runNext >= captures[session].total {
            outcome.completed = finishIfWhole(session, arrival)
        }
        return outcome
    }

    private mutating func giveUp(_ elder: CaptureID, for session: CaptureID, now: Instant) {
        guard isAgain(elder, session) else { return abandon(elder, .superseded, now: now) }
        let camera = captures[elder].camera
        cameras[camera].history.merge(captures[elder].tag, into: captures[session].tag)
        noteRewritten(camera)
        abandonSilently(elder, now: now)
    }

    /// The session has all that the elder has, but for what is in doubt: it is that one, which began again.
    private func isAgain(_ elder: CaptureID, _ session: CaptureID) -> Bool {
        captures[elder].total == captures[session].total
            && (0..<captures[elder].total).allSatisfy { index in
                let its = slot(elder, index)
                return !its.isSeen || its.marks.contains(.doubtful) || its.isSame(as: slot(session, index))
            }
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
}
