/// The rules for captures that the camera names: chunks in any order, each judged by its slot.
///
/// Where an id is used again, late repeats of the finished capture must not get into the next one. A chunk is *stale* when it is
/// one of a capture of this id that was finished or superseded, as far back as the camera's ring goes.
///
/// ```
/// chunk i            no capture open    opens one; an echo, if the chunk is stale
/// slot equal                            a repeat
/// slot other, or another total          superseded, and a capture begins with this chunk
/// slot empty         echo, stale        taken: if all are, it is the whole picture again
///                    echo, new          no echo any longer: its slots before i stay if they have no hole, all others go
///                    own, stale         taken if all slots before i are filled; else a late repeat
///                    own, new           taken
/// ```
/// While the broker repeats after a connection, a stale chunk is always a late repeat to a capture that has chunks of its own.
extension Assembler {
    mutating func judgeNamed(_ arrival: Arrival) -> Outcome {
        let camera = arrival.camera
        guard let capture = openCapture(of: camera, imageID: arrival.imageID) else { return beginNamed(arrival) }
        let slot = captures[capture].total == arrival.total ? slot(capture, arrival.index) : Slot()
        if captures[capture].total == arrival.total, slot.isSeen, slot.holds(digest: arrival.digest, shape: arrival.shape) {
            return countRepeat(arrival, of: capture)
        }
        let isOther = captures[capture].total != arrival.total || slot.isSeen
        if captures[capture].isEcho, captures[capture].total == arrival.total, !isStale(arrival, captures[capture].idHash) {
            leaveEcho(capture, arrival)
            return take(arrival, in: capture)
        }
        if !captures[capture].isEcho, isReplayed(arrival), isStale(arrival, captures[capture].idHash) {
            return countLateRepeat(arrival, idHash: captures[capture].idHash)
        }
        if isOther {
            abandon(capture, .superseded, now: arrival.now)
            return beginNamed(arrival)
        }
        if captures[capture].isDoomed { return note(arrival, in: capture) }
        if !captures[capture].isEcho, isStale(arrival, captures[capture].idHash), hasHole(capture, before: arrival.index) {
            return countLateRepeat(arrival, idHash: captures[capture].idHash)
        }
        return take(arrival, in: capture)
    }

    private mutating func beginNamed(_ arrival: Arrival) -> Outcome {
        let capture = open(arrival)
        captures[capture].runStarted = arrival.ticks
        if isStale(arrival, captures[capture].idHash) {
            captures[capture].isEcho = true
            move(capture, to: .echoes)
        }
        return take(arrival, in: capture, opened: true)
    }

    private mutating func leaveEcho(_ capture: Int, _ arrival: Arrival) {
        keepSlots(before: hasHole(capture, before: arrival.index) ? 0 : arrival.index, of: capture)
        captures[capture].isEcho = false
        move(capture, to: .named)
    }

    private func isStale(_ arrival: Arrival, _ idHash: UInt64) -> Bool {
        cameras[arrival.camera].ring.isStale(arrival.key(idHash: idHash))
    }

    private func hasHole(_ capture: Int, before index: Int) -> Bool {
        if captures[capture].received < index { return true }
        for before in 0..<index where !slot(capture, before).isSeen { return true }
        return false
    }
}
