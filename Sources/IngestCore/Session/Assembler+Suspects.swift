/// A message that overtook others and then a retelling, which does not tell that one again: what cannot be told any more is given up.
extension Assembler {
    /// All was told again but the last message before the doubt. That one may have overtaken the others, and the camera does not tell it
    /// again then; so nobody can tell yet whether the doubtful chunks were told again. Where the message may be what an older capture
    /// lacks, they were. A picture that is whole with them waits on, for a chunk of its own.
    mutating func suspect(_ camera: CameraID, at arrival: inout Arrival) {
        if let elder = elder(of: camera), lacks(elder, arrival) {
            for place in 0..<cameras[camera].open.count { forgetDoubtful(cameras[camera].open[place]) }
        }
        for place in 0..<cameras[camera].open.count {
            let capture = cameras[camera].open[place]
            if captures[capture].marks.doubtful > 0, !captures[capture].isNamed, isOfPart(capture) { suspectOpen(capture, at: arrival) }
        }
        giveUpWaitingContested(camera, now: arrival.now)
        suspectWaiting(camera)
        cameras[camera].history.endReading(asOptional: true)
        arrival.endsInDoubt = true
        clearContested(camera)
        own(camera, at: arrival)
    }

    /// The chunks that were told again, and the one before them, may be no chunks of the capture's.
    private mutating func suspectOpen(_ capture: CaptureID, at arrival: Arrival) {
        let doubtful = (0..<captures[capture].total).filter { slot(capture, $0).marks.contains(.doubtful) }
        captures[capture].needs = Array(max(0, doubtful[0] - 1)...doubtful.last!)
        captures[capture].successor = captures[capture].serial
        captures[capture].past = cameras[captures[capture].camera].history.end
        moved.append(handle(of: capture))
    }

    /// Its doubtful chunks are of captures that were cut short, which may go on now.
    func isOfPart(_ capture: CaptureID) -> Bool {
        (0..<captures[capture].total).contains { index in
            slot(capture, index).marks.contains(.doubtful)
                && cameras[captures[capture].camera].history.latest(of: key(of: capture, index))?.fate != .finished
        }
    }

    func hasToldAllButOne(_ camera: CameraID) -> Bool {
        let open = (0..<cameras[camera].open.count).map { cameras[camera].open[$0] } + cameras[camera].waiting
        let begins = open.contains { captures[$0].marks.doubtful > 0 && captures[$0].received == captures[$0].marks.doubtful + 1 }
        return cameras[camera].history.hasToldAllButOne(orTwo: begins)
    }

    mutating func suspectWaiting(_ camera: CameraID) {
        for capture in cameras[camera].waiting where captures[capture].marks.doubtful > 0 && !captures[capture].isNamed {
            captures[capture].needs = (0..<captures[capture].total).filter { slot(capture, $0).marks.contains(.doubtful) }
            captures[capture].successor = captures[capture].serial
            captures[capture].past = cameras[camera].history.end
            clear(.doubtful, of: capture)
            moved.append(handle(of: capture))
        }
    }

    /// A chunk that was told before has other bytes than one of the capture's. If it is told again, it is an older capture's; else nobody
    /// knows which of the two is.
    mutating func contest(_ index: Int, of capture: CaptureID) {
        var slot = slot(capture, index)
        slot.marks.insert(.again)
        setSlot(capture, index, slot)
        moved.append(handle(of: capture))
        tellDoubt(of: capture, areOwn: false)
    }

    mutating func clearContested(_ camera: CameraID) {
        for place in 0..<cameras[camera].open.count { clearContested(of: cameras[camera].open[place]) }
        for capture in cameras[camera].waiting { clearContested(of: capture) }
    }

    mutating func giveUpWaitingContested(_ camera: CameraID, now: Instant) {
        for capture in cameras[camera].waiting where captures[capture].isContested { abandonSilently(capture, now: now) }
    }

    mutating func clearContested(of capture: CaptureID) {
        guard captures[capture].isContested else { return }
        clear(.again, of: capture)
        confirmIfSettled(capture)
    }

    mutating func giveUpContested(_ camera: CameraID, now: Instant) {
        for place in 0..<cameras[camera].open.count where captures[cameras[camera].open[place]].isContested {
            doom(cameras[camera].open[place], now: now)
        }
        for capture in cameras[camera].waiting where captures[capture].isContested { abandonSilently(capture, now: now) }
    }

    /// Nobody can tell what its chunks are: nothing is made of it.
    mutating func doom(_ capture: CaptureID, now: Instant) {
        if !captures[capture].isReported { report(capture, .superseded, now: now) }
        captures[capture].isReported = true
        captures[capture].isDoomed = true
        breakRun(of: capture)
        moved.append(handle(of: capture))
    }

    /// So many messages after the doubt, a chunk of one's own has come where it was overtaken: clients have some twenty in flight.
    private static var mostOvertaken: Int { 32 }

    /// What the news tells of pictures that wait.
    mutating func judgeSuspects(of camera: CameraID, by arrival: Arrival, session: CaptureID?) {
        if let session, captures[session].isSuspect, captures[session].total == arrival.total, captures[session].runNext != arrival.index,
            captures[session].needs.contains(arrival.index), !has(session, arrival)
        {
            doom(session, now: arrival.now)
        }
        for capture in cameras[camera].waiting where !captures[capture].isNamed {
            if isContradicted(capture, by: arrival, session) {
                abandonSilently(capture, now: arrival.now)
            } else if captures[capture].isSuspect, cameras[camera].history.end - captures[capture].past > Self.mostOvertaken {
                captures[capture].needs = []
                confirmIfSettled(capture)
            }
        }
    }

    /// The session has room for it ahead of its run: whose it is shows when that one's own comes, or the next chunk 0.
    private func keepsAhead(_ arrival: Arrival, _ session: CaptureID) -> Bool {
        let it = captures[session]
        return it.total == arrival.total && it.runNext > 0 && arrival.index > it.runNext && !slot(session, arrival.index).isSeen
    }

    /// The news may be its own chunk, in place of one that it has, and nobody can tell.
    func isContradicted(_ capture: CaptureID, by arrival: Arrival, _ session: CaptureID?) -> Bool {
        let it = captures[capture]
        guard it.isInDoubt, it.total == arrival.total, arrival.index > 0, !has(capture, arrival) else { return false }
        let run = session.map { captures[$0].runNext } ?? 0
        if let session, captures[session].total == arrival.total, run == arrival.index {
            return it.isSuspect && (0..<arrival.index).allSatisfy { slot(session, $0).isSame(as: slot(capture, $0)) }
        }
        if slot(capture, arrival.index).marks.contains(.ahead) { return session.map { !keepsAhead(arrival, $0) } ?? false }
        if run > 0 { return it.isSuspect && it.needs.contains(arrival.index) }
        return it.isSuspect || it.marks.ahead > 0
    }
}
