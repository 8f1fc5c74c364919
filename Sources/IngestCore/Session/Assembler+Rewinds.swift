/// A camera that tells the past again, and the chunks that are in doubt meanwhile.
///
/// A chunk that fits the open capture and equals an older one's is taken in doubt: its camera may be telling that one again. If it
/// is, everything since comes again too, the capture's own chunks before the doubt last of all; then the doubtful ones are forgotten and
/// the capture goes on. If it is not, news comes first, or a message that cannot follow in the past, or nothing for a while; then they
/// are its own. A picture that is whole in doubt waits for that, and nothing waits for it: what comes next opens another capture.
extension Assembler {
    /// A doubt ends after that much silence. Where `repeat_window` is off, silence still has to last.
    var silence: Int64 {
        ConnectedClock.nanoseconds(limits.repeatWindow == .zero ? .seconds(10) : limits.repeatWindow)
    }

    /// Follows the camera through its past, and settles what the message settles.
    mutating func hear(_ arrival: inout Arrival) {
        let camera = arrival.camera
        if cameras[camera].history.reading != nil, arrival.ticks - cameras[camera].heard > silence {
            giveUpContested(camera, now: arrival.now)
            own(camera, at: arrival)
            cameras[camera].history.endReading()
            arrival.endsReading = true
        }
        cameras[camera].heard = arrival.ticks
        for capture in cameras[camera].waiting { captures.touch(capture, at: arrival.ticks) }
        if arrival.stepsBack { cameras[camera].history.stepBack() }
        arrival.beginsReading = cameras[camera].history.reading == nil
        arrival.hearing = cameras[camera].history.hear(arrival.key, mayLeap: arrival.mayOvertake && arrival.imageID == nil)
        let capture = openCapture(of: camera, imageID: arrival.imageID)
        switch arrival.hearing {
        case .news:
            if let capture, has(capture, arrival) {
                arrival.hearing = .retold(entered: [])  // longer ago than the history goes back
            } else if isInPlace(arrival, capture) {
                if arrival.mayOvertake, arrival.imageID == nil, hasToldAllButOne(camera) {
                    suspect(camera, at: &arrival)
                } else {
                    giveUpContested(camera, now: arrival.now)
                    own(camera, at: arrival)
                }
            } else {
                let isTelling = cameras[camera].history.reading != nil && !cameras[camera].history.hasCaughtUp
                arrival.isStray = isTelling || capture == nil
            }
            if arrival.isStray, arrival.mayOvertake, arrival.imageID == nil, hasToldAllButOne(camera) {
                suspectWaiting(camera)
            }
            if arrival.mayOvertake, arrival.imageID == nil { judgeSuspects(of: camera, by: arrival, session: capture) }
        case .retold(let entered):
            if !entered.isEmpty { own(camera, at: arrival, told: entered) }
            forgetRetold(camera, at: arrival)
        }
    }

    /// The news goes on where the camera was, or begins a capture: it did not overtake others.
    private func isInPlace(_ arrival: Arrival, _ capture: CaptureID?) -> Bool {
        guard arrival.mayOvertake, arrival.index > 0 else { return true }
        guard let capture, captures[capture].total == arrival.total else { return false }
        return captures[capture].isNamed ? !hasHole(capture, before: arrival.index) : captures[capture].runNext == arrival.index
    }

    func hasHole(_ capture: CaptureID, before index: Int) -> Bool {
        if captures[capture].received < index { return true }
        for before in 0..<index where !slot(capture, before).isSeen { return true }
        return false
    }

    /// Takes the chunk, which was told before. Of all that the capture has, one older capture may be the origin: then it is that
    /// picture again, and no doubt. Else it is in doubt.
    mutating func takeRetold(
        _ arrival: Arrival, in capture: CaptureID, opened: Bool = false, marks: Slot.Mark = []
    ) -> Outcome {
        let camera = arrival.camera
        let tags = cameras[camera].history.tags(of: arrival.key, but: captures[capture].tag, onlyStale: false)
        if opened {
            captures[capture].echoOf = tags
        } else if !captures[capture].echoOf.isEmpty {
            captures[capture].echoOf.removeAll { !tags.contains($0) }
        }
        let isNext = !opened && captures[capture].marks.isEmpty && cameras[camera].history.isRetoldNext(after: captures[capture].past)
        if opened || isNext { captures[capture].past = cameras[camera].history.reading ?? -1 }
        guard captures[capture].echoOf.isEmpty, !tags.isEmpty, !isNext else {
            return take(arrival, in: capture, opened: opened, marks: marks)
        }
        var arrival = arrival
        if captures[capture].marks.doubtful == 0 {
            captures[capture].past = cameras[camera].history.last
            cameras[camera].history.readAnew(arrival.key)
            arrival.readsAnew = true
        }
        let outcome = take(arrival, in: capture, marks: marks.union(.doubtful))
        tellDoubt(of: capture, areOwn: false)
        return outcome
    }

    /// Enters the message in its camera's history.
    mutating func remember(_ arrival: Arrival, tag: UInt16, fate: MessageHistory.Fate = .open, isStray: Bool = false) {
        let message = CameraMemory.Message(key: arrival.key, tag: tag, fate: fate.rawValue, packet: arrival.packet)
        let isStray = (isStray || arrival.isStray) && arrival.isNews
        remembered = Remembered(
            message: message, isNews: arrival.isNews, isStray: isStray, endsReading: arrival.endsReading, stepsBack: arrival.stepsBack,
            readsAnew: arrival.readsAnew, endsInDoubt: arrival.endsInDoubt,
            mayLeap: arrival.mayOvertake && arrival.imageID == nil, heard: arrival.ticks)
        while cameras.remembered >= limits.remembered,
            let oldest = cameras.leastRecentlyHeard(idle: true, but: arrival.camera)
        { forget(oldest, now: arrival.now) }
        recent.add(arrival.key, packet: arrival.packet, of: arrival.camera)
        cameras.remember(message, isNews: arrival.isNews, isStray: isStray, of: arrival.camera, capacity: limits.receiveMaximum)
    }

    // MARK: How a doubt ends

    /// The doubtful chunks are their captures' own.
    mutating func own(_ camera: CameraID, at arrival: Arrival, told: [UInt64]? = nil) {
        for place in 0..<cameras[camera].open.count { own(cameras[camera].open[place], told: told) }
        for capture in cameras[camera].waiting { own(capture, told: told) }
        guard arrival.isNews else { return }
        // Those that stood back for a rewind have been left.
        for place in (0..<cameras[camera].open.count).reversed() {
            let capture = cameras[camera].open[place]
            if captures[capture].isRewound { abandon(capture, .superseded, now: arrival.now) }
        }
    }

    /// - Parameter told: of the messages that are no repetitions after all, the keys; nil for all.
    private mutating func own(_ capture: CaptureID, told gone: [UInt64]?) {
        guard captures[capture].marks.doubtful > 0 else { return }
        for index in 0..<captures[capture].total where slot(capture, index).marks.contains(.doubtful) {
            let (key, past, tag) = (key(of: capture, index), captures[capture].past, captures[capture].tag)
            if let gone, !gone.contains(key) { continue }
            cameras[captures[capture].camera].history.ascribe(key, since: past, to: tag)
            var slot = slot(capture, index)
            slot.marks.remove(.doubtful)
            setSlot(capture, index, slot)
        }
        noteRewritten(captures[capture].camera)
        captures[capture].past = cameras[captures[capture].camera].history.last
        confirmIfSettled(capture)
    }

    /// The chunks that came again came for a capture that goes on with them.
    mutating func ascribe(_ indexes: Range<Int>, to capture: CaptureID) {
        let camera = captures[capture].camera
        for index in indexes where slot(capture, index).isSeen {
            cameras[camera].history.ascribe(key(of: capture, index), since: cameras[camera].history.end, to: captures[capture].tag)
        }
        noteRewritten(camera)
    }

    /// Silence has settled it.
    mutating func ownAfterSilence(_ capture: CaptureID, now: Instant) {
        if captures[capture].isContested { return abandonSilently(capture, now: now) }
        if captures[capture].marks.ahead > 0 {
            clear(.ahead, of: capture)
            settleNeeds(by: capture, now: now)
        }
        if captures[capture].isSuspect { captures[capture].needs = [] }
        if captures[capture].marks.doubtful > 0 { own(capture, told: nil) } else { confirmIfSettled(capture) }
    }

    /// The message before the doubt was told again: the doubtful chunks were so too.
    private mutating func forgetRetold(_ camera: CameraID, at arrival: Arrival) {
        guard let reading = cameras[camera].history.reading else { return }
        if cameras[camera].history.hasCaughtUp { clearContested(camera) }
        for place in 0..<cameras[camera].open.count {
            let capture = cameras[camera].open[place]
            if captures[capture].marks.doubtful > 0, captures[capture].past <= reading { forgetDoubtful(capture) }
        }
        var isResumed = false
        for capture in cameras[camera].waiting where captures[capture].marks.doubtful > 0 && captures[capture].past <= reading {
            // The camera is where it was in the one that has its last message.
            if !isResumed, !cameras[camera].history.hasLept, cameras[camera].history.tag(at: reading) == captures[capture].tag {
                isResumed = true
                resume(capture, now: arrival.now)
            } else {
                abandonSilently(capture, now: arrival.now)
            }
        }
    }

    mutating func forgetDoubtful(_ capture: CaptureID) {
        guard captures[capture].marks.doubtful > 0 else { return }
        dropSlots(of: capture) { _, slot in slot.marks.contains(.doubtful) }
        var run = 0
        while run < captures[capture].total, slot(capture, run).isKept, !slot(capture, run).marks.contains(.ahead) { run += 1 }
        captures[capture].runNext = min(captures[capture].runNext, run)
        captures[capture].echoOf = commonTags(of: capture)
        moved.append(handle(of: capture))
        tellDoubt(of: capture, areOwn: false)
    }

    /// The captures that all chunks of it were part of before.
    func commonTags(of capture: CaptureID) -> [UInt16] {
        var common: [UInt16]?
        for index in 0..<captures[capture].total where slot(capture, index).isSeen {
            let tags = cameras[captures[capture].camera].history.tags(
                of: key(of: capture, index), but: captures[capture].tag, onlyStale: false)
            common = common.map { $0.filter(tags.contains) } ?? tags
            if common?.isEmpty == true { break }
        }
        return common ?? []
    }

    func key(of capture: CaptureID, _ index: Int) -> UInt64 {
        let slot = slot(capture, index)
        return MessageHistory.key(
            digest: slot.digest, shape: slot.shape, index: index, total: captures[capture].total, idHash: captures[capture].idHash)
    }

    /// A picture that was whole in doubt is none. What its camera began to tell again since is the same capture.
    private mutating func resume(_ capture: CaptureID, now: Instant) {
        let camera = captures[capture].camera
        let current = openCapture(of: camera, imageID: captures[capture].isNamed ? captures[capture].imageID : nil)
        // What others have of it may be theirs: it is not whole without.
        let needs = captures[capture].needs
        if !needs.isEmpty { dropSlots(of: capture) { index, _ in needs.contains(index) } }
        captures[capture].needs = []
        if let current { abandonSilently(current, now: now) }
        captures[capture].runNext = captures[capture].total
        reopen(capture, now: now)
        forgetDoubtful(capture)
    }

    /// Nobody is told: it was never a capture of its own.
    mutating func abandonSilently(_ capture: CaptureID, now: Instant) {
        captures[capture].isReported = true
        abandon(capture, .superseded, now: now)
    }

    // MARK: Pictures that wait

    /// At most so many of a camera wait; one more, and the oldest is taken for what it seems to be: a picture told again, while nothing
    /// but the past is told.
    private static var mostWaiting: Int { 8 }

    mutating func wait(_ capture: CaptureID, now: Instant) {
        let camera = captures[capture].camera
        if cameras[camera].waiting.count >= Self.mostWaiting {
            let oldest = cameras[camera].waiting[0]
            if captures[oldest].marks.doubtful > 0, cameras[camera].history.reading != nil {
                abandonSilently(oldest, now: now)
            } else if captures[oldest].needs.isEmpty || captures[oldest].isSuspect {
                ownAfterSilence(oldest, now: now)
            } else {
                abandon(oldest, .superseded, now: now)
            }
        }
        cameras[camera].open.remove(capture)
        cameras[camera].waiting.append(capture)
        captures[capture].state = .waiting
        captures[capture].isElder = false
        if captures[capture].needs.isEmpty || captures[capture].isSuspect { captures.move(capture, to: .waiting) }
        tellDoubt(of: capture, areOwn: false)
    }

    private mutating func reopen(_ capture: CaptureID, now: Instant) {
        let camera = captures[capture].camera
        if cameras[camera].open.count == OpenCaptures.most { abandon(leastRecentlyTouched(of: camera), .evicted, now: now) }
        cameras[camera].waiting.removeAll { $0 == capture }
        cameras[camera].open.add(capture)
        captures[capture].state = .open
        captures.move(capture, to: captures[capture].isNamed ? .named : .sessions)
    }

    /// A picture that waits is complete when nothing of it is in doubt any more.
    mutating func confirmIfSettled(_ capture: CaptureID) {
        moved.append(handle(of: capture))
        tellDoubt(of: capture, areOwn: true)
        guard captures[capture].state == .waiting, !captures[capture].isInDoubt else { return }
        complete(capture)
        events.append(.confirmed(handle(of: capture)))
    }

    /// Counts the captures in doubt, and tells of the change.
    mutating func tellDoubt(of capture: CaptureID, areOwn: Bool) {
        let isInDoubt = captures[capture].isInDoubt
        guard captures[capture].isToldInDoubt != isInDoubt else { return }
        captures[capture].isToldInDoubt = isInDoubt
        capturesInDoubt += isInDoubt ? 1 : -1
        events.append(isInDoubt ? .doubtBegan(handle(of: capture)) : .doubtEnded(handle(of: capture), areOwn: areOwn))
    }
}

/// How a message entered its camera's history; a journal keeps it so.
package struct Remembered: Equatable, Sendable {
    package var message: CameraMemory.Message
    /// It equalled none that was remembered.
    package var isNews: Bool
    /// It overtook others.
    package var isStray: Bool
    /// What was told again before it ended with silence.
    package var endsReading: Bool
    /// It was the first of a connection.
    package var stepsBack: Bool
    /// A reading of its own began with it.
    package var readsAnew: Bool
    /// What was told again before it may have been news.
    package var endsInDoubt = false
    /// It may have overtaken others.
    package var mayLeap = false
    /// On the connected clock.
    package var heard: Int64
}
