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
        captures[capture].echoOf = staleTags(arrival.key(idHash: captures[capture].idHash), of: arrival.camera)
        if !captures[capture].echoOf.isEmpty {
            captures[capture].isEcho = true
            move(capture, to: .echoes)
        }
        return take(arrival, in: capture, opened: true)
    }

    /// An echo gets a chunk that it does not have: one more of the same capture, or the first that shows it to be of another one,
    /// or of a new one. Then its slots before the chunk stay, if they may be of that one too, and all others go.
    private mutating func follow(_ capture: Int, _ arrival: Arrival) {
        let stale = staleTags(arrival.key(idHash: captures[capture].idHash), of: arrival.camera)
        let common = captures[capture].echoOf.filter(stale.contains)
        if !common.isEmpty, !slot(capture, arrival.index).isSeen {
            captures[capture].echoOf = common
            return
        }
        var keys: [UInt64] = []
        var tags = stale
        if !hasHole(capture, before: arrival.index) {
            for index in 0..<arrival.index {
                let key = key(of: capture, index)
                keys.append(key)
                tags = tags.filter(staleTags(key, of: arrival.camera).contains)
            }
        }
        if tags.isEmpty, !stale.isEmpty { (keys, tags) = ([], stale) }
        let (old, new) = (captures[capture].tag, newTag(of: arrival.camera))
        cameras[arrival.camera].ring.move(keys, from: old, to: new)
        cameras[arrival.camera].ring.settle(old, as: .finished)
        rewritten = arrival.camera
        captures[capture].tag = new
        captures[capture].echoOf = tags
        keepSlots(before: keys.count, of: capture)
        if stale.isEmpty {
            captures[capture].isEcho = false
            move(capture, to: .named)
        }
    }

    private func staleTags(_ key: UInt64, of camera: Int) -> [UInt16] { cameras[camera].ring.staleTags(of: key) }

    private func key(of capture: Int, _ index: Int) -> UInt64 {
        let slot = slot(capture, index)
        return ArrivalRing.key(
            digest: slot.digest, shape: slot.shape, index: index, total: captures[capture].total, idHash: captures[capture].idHash)
    }

    private func isStale(_ arrival: Arrival, _ idHash: UInt64) -> Bool {
        cameras[arrival.camera].ring.isStale(arrival.key(idHash: idHash))
    }

    private func isStaleInPart(_ arrival: Arrival, _ idHash: UInt64) -> Bool {
        isReplayed(arrival) && isStale(arrival, idHash) && isReplayedInPart(arrival)
    }

    private func hasHole(_ capture: Int, before index: Int) -> Bool {
        if captures[capture].received < index { return true }
        for before in 0..<index where !slot(capture, before).isSeen { return true }
        return false
    }
}
