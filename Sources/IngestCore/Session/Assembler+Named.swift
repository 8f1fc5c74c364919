/// The rules for captures that the camera names: chunks in any order, each judged by its slot.
///
/// Where an id is used again, late repeats of the finished capture must not get into the next one. A chunk is *stale* when it is
/// one of a capture of this id that was finished or superseded, as far back as the camera's ring goes.
///
/// ```
/// chunk i            no capture open    opens one; an echo, if the chunk is stale
/// slot equal                            a repeat
/// slot other, or another total          superseded, and a capture begins with this chunk
/// slot empty         echo, stale        taken: if all are of one capture, it is the whole picture again; where this one is of
///                                       another capture than those before, they go
///                    echo, new          no echo any longer: its slots before i stay if they have no hole, all others go
///                    own, stale         taken if all slots before i are filled; else a late repeat
///                    own, new           taken
/// ```
/// While the broker repeats after a connection, a stale chunk is always a late repeat to a capture that has chunks of its own; and
/// to any, when the broker began in the middle of the capture that it is of.
extension Assembler {
    mutating func judgeNamed(_ arrival: Arrival) -> Outcome {
        let camera = arrival.camera
        guard let capture = openCapture(of: camera, imageID: arrival.imageID) else {
            let idHash = arrival.imageID.map(SessionName.hash) ?? 0
            return isStaleInPart(arrival, idHash) ? countLateRepeat(arrival, idHash: idHash) : beginNamed(arrival)
        }
        let slot = captures[capture].total == arrival.total ? slot(capture, arrival.index) : Slot()
        if captures[capture].total == arrival.total, slot.isSeen, slot.holds(digest: arrival.digest, shape: arrival.shape) {
            return countRepeat(arrival, of: capture)
        }
        let isOther = captures[capture].total != arrival.total || slot.isSeen
        if captures[capture].isEcho, captures[capture].total == arrival.total {
            if isStaleInPart(arrival, captures[capture].idHash) { return countLateRepeat(arrival, idHash: captures[capture].idHash) }
            follow(capture, arrival)
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
        captures[capture].echoOf = cameras[arrival.camera].ring.staleTags(of: arrival.key(idHash: captures[capture].idHash))
        if !captures[capture].echoOf.isEmpty {
            captures[capture].isEcho = true
            move(capture, to: .echoes)
        }
        return take(arrival, in: capture, opened: true)
    }

    /// An echo gets a chunk that it does not have: one more of the same capture, or the first of another, or the first of a new one.
    private mutating func follow(_ capture: Int, _ arrival: Arrival) {
        let stale = cameras[arrival.camera].ring.staleTags(of: arrival.key(idHash: captures[capture].idHash))
        let isFree = !slot(capture, arrival.index).isSeen
        let common = captures[capture].echoOf.filter(stale.contains)
        if isFree, !common.isEmpty {
            captures[capture].echoOf = common
            return
        }
        let end = stale.isEmpty && !hasHole(capture, before: arrival.index) ? arrival.index : 0
        let tag = newTag(of: arrival.camera)
        let old = captures[capture].tag
        if end > 0 {
            let (idHash, total) = (captures[capture].idHash, captures[capture].total)
            var kept: [UInt64] = []
            for index in 0..<end {
                let slot = slot(capture, index)
                kept.append(ArrivalRing.key(digest: slot.digest, shape: slot.shape, index: index, total: total, idHash: idHash))
            }
            cameras[arrival.camera].ring.move(kept, from: old, to: tag)
        }
        cameras[arrival.camera].ring.settle(old, as: .finished)
        captures[capture].tag = tag
        captures[capture].echoOf = stale
        keepSlots(before: end, of: capture)
        if stale.isEmpty {
            captures[capture].isEcho = false
            move(capture, to: .named)
        }
    }

    private func isStale(_ arrival: Arrival, _ idHash: UInt64) -> Bool {
        cameras[arrival.camera].ring.isStale(arrival.key(idHash: idHash))
    }

    private func isStaleInPart(_ arrival: Arrival, _ idHash: UInt64) -> Bool {
        isReplayed(arrival) && isStale(arrival, idHash) && isReplayedInPart(arrival, idHash: idHash)
    }

    private func hasHole(_ capture: Int, before index: Int) -> Bool {
        if captures[capture].received < index { return true }
        for before in 0..<index where !slot(capture, before).isSeen { return true }
        return false
    }
}
