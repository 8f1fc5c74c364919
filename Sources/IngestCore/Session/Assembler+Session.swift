/// The rules for cameras that give no image id.
///
/// Chunks come in order, though any may be lost or repeated, and nothing but order and bytes tells where a capture ends. What
/// counts is the run: it begins with every chunk 0, goes on with chunk 1, 2, ... and bears nothing between but exact repeats of
/// its own chunks. A capture is complete when one run has all of it. So the bytes of a stored picture arrived in one piece, and
/// a chunk that comes later to fill a hole completes nothing.
///
/// ```
/// chunk i of `total`, the run having reached n (it has chunks 0 ..< n)
/// no session             i = 0    a session opens
///                        i > 0    in the camera's ring: a late repeat; else a session opens that lacks its beginning
/// another total                   the old one is superseded, and a session opens as above
/// i = 0                  equal    the run begins anew, with the bytes that are there
///                        other    superseded, a session opens
/// i = n                  empty    taken
///                        equal    (from an earlier run) the run goes on, with the bytes that are there
///                        other    superseded; the new capture owns 0 ..< n, for they came again for it
/// i < n, or n = 0        equal    a repeat
///                        other    superseded, a session opens that lacks its beginning
/// i > n                           a gap: the run is broken, its bytes are freed; only the next chunk 0 helps
/// ```
/// After a connection the broker repeats a camera's last messages in their order, perhaps from the middle of a capture that is long
/// finished. What would end the session then does not: the run waits for its chunk 0, which comes again too. What would continue
/// it is doubtful until the broker is seen not to be repeating, and is dropped when chunk 0 does come again.
extension Assembler {
    mutating func judgeInOrder(_ arrival: Arrival) -> Outcome {
        guard let session = openCapture(of: arrival.camera, imageID: nil) else {
            if arrival.index > 0, cameras[arrival.camera].ring.contains(arrival.key(idHash: 0)) { return countLateRepeat(arrival) }
            return begin(arrival)
        }
        if captures[session].doubtful != nil { settleDoubt(session, arrival) }
        let slot = captures[session].total == arrival.total ? slot(session, arrival.index) : Slot()
        let isEqual = slot.isSeen && slot.holds(digest: arrival.digest, shape: arrival.shape)
        let isOther = captures[session].total != arrival.total || slot.isSeen && !isEqual
        let reached = captures[session].runNext

        let isReplayed = isReplayed(arrival) && captures[session].runConnection != connection
        if arrival.index > 0, isReplayed, isOther || arrival.index > reached, reached > 0 || captures[session].kept > 0 {
            captures[session].runNext = 0
            moved.append(handle(of: session))
            return countLateRepeat(arrival)
        }
        if isOther, arrival.index == 0 || arrival.index != reached || captures[session].total != arrival.total {
            abandon(session, .superseded, now: arrival.now)
            return begin(arrival)
        }
        if arrival.index == 0 {
            startRun(session, arrival)
            return advance(session, arrival, slot)
        }
        if isOther { succeed(session, arrival) }
        if arrival.index == reached, isReplayed, !slot.isKept, captures[session].doubtful == nil {
            captures[session].doubtful = arrival.index
        }
        if arrival.index == reached { return advance(session, arrival, isOther ? Slot() : slot) }
        if isEqual, arrival.index < reached || reached == 0 { return countRepeat(arrival, of: session) }
        breakRun(of: session)
        return note(arrival, in: session, isRepeat: isEqual)
    }

    private mutating func settleDoubt(_ session: Int, _ arrival: Arrival) {
        guard let first = captures[session].doubtful else { return }
        if !isReplayed(arrival) {
            captures[session].doubtful = nil
        } else if arrival.index == 0, captures[session].total == arrival.total {
            keepSlots(before: first, of: session)
            captures[session].doubtful = nil
        }
    }

    /// A chunk of a capture that is gone.
    mutating func countLateRepeat(_ arrival: Arrival, idHash: UInt64 = 0) -> Outcome {
        let before = cameras[arrival.camera].ring.last(of: arrival.key(idHash: idHash))
        let tag = before?.tag ?? newTag(of: arrival.camera)
        remember(arrival, tag: tag, fate: before?.fate ?? .gone, idHash: idHash)
        return Outcome(disposition: .repeated, isRepeat: true)
    }

    private mutating func begin(_ arrival: Arrival) -> Outcome {
        let isEcho =
            arrival.index == 0 && isWithinWindow(of: arrival.camera, at: arrival.ticks)
            && cameras[arrival.camera].ring.isOfFinished(arrival.key(idHash: 0))
        let session = open(arrival)
        guard arrival.index == 0 else { return note(arrival, in: session, opened: true) }
        startRun(session, arrival)
        captures[session].isEcho = isEcho
        return advance(session, arrival, Slot(), opened: true)
    }

    /// The broker's repeat of its chunk 0, told by the packet identifier, makes a run no younger than it is.
    private mutating func startRun(_ session: Int, _ arrival: Arrival) {
        let isSame = arrival.packet != 0 && captures[session].kept > 0 && replayedTag(arrival) == captures[session].tag
        if !isSame { captures[session].runStarted = arrival.ticks }
        captures[session].runConnection = connection
    }

    /// The run goes on with this chunk, whose slot is empty or equal.
    private mutating func advance(_ session: Int, _ arrival: Arrival, _ slot: Slot, opened: Bool = false) -> Outcome {
        captures[session].runNext = arrival.index + 1
        if captures[session].isEcho, arrival.index > 0, !cameras[arrival.camera].ring.isOfFinished(arrival.key(idHash: 0)) {
            captures[session].isEcho = false
        }
        if slot.isKept {
            var outcome = note(arrival, in: session, isRepeat: true)
            if arrival.index + 1 == arrival.total { outcome.completed = completeIfWhole(session, arrival) }
            return outcome
        }
        return take(arrival, in: session, opened: opened, isRepeat: slot.isSeen)
    }

    /// The run left the capture whose first chunks it repeated: these belong to a new one.
    private mutating func succeed(_ session: Int, _ arrival: Arrival) {
        report(session, .superseded, now: arrival.now)
        cameras[arrival.camera].ring.settle(captures[session].tag, as: .superseded)
        keepSlots(before: arrival.index, of: session)
        name(session, for: arrival)
    }
}
