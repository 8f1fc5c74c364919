/// The rules for captures that the camera names: chunks in any order, each judged by its slot.
///
/// Where an id is used again, chunks of the capture before must not get into the next one. A chunk is *stale* when it is one of a
/// capture of this id that was finished or superseded, as far back as the camera's history goes.
///
/// ```
/// chunk i            no capture open    opens one; an echo, if the chunk is stale and i = 0, else a late repeat
/// slot equal                            a repeat
/// slot other, or     news               superseded, and a capture begins with this chunk; it owns the chunks before i that came again
/// another total                         since the last new one. A chunk that it owns in this way takes other bytes
///                    told before        a late repeat
/// slot empty         echo, stale        taken: if all are of one capture, it is the whole picture again; where this one is of
///                                       another capture than those before, they go
///                    echo, new          no echo any longer: its slots before i stay if they have no hole, all others go
///                    own, told before   taken in doubt if all slots before i are filled (`Assembler+Rewinds`); else a late repeat
///                    own, news          taken
/// ```
extension Assembler {
    mutating func judgeNamed(_ arrival: Arrival) -> Outcome {
        guard let capture = openCapture(of: arrival.camera, imageID: arrival.imageID) else {
            let isLate = arrival.index > 0 && !arrival.isNews && !staleTags(arrival.key, of: arrival.camera).isEmpty
            return isLate ? countLateRepeat(arrival) : beginNamed(arrival)
        }
        let isSameTotal = captures[capture].total == arrival.total
        let slot = isSameTotal ? slot(capture, arrival.index) : Slot()
        if isSameTotal, slot.isSeen, slot.holds(digest: arrival.digest, shape: arrival.shape) {
            if !slot.marks.contains(.again) {
                var slot = slot
                slot.marks.insert(.again)
                setSlot(capture, arrival.index, slot)
            }
            let outcome = countRepeat(arrival, of: capture)
            return arrival.index + 1 == arrival.total ? finished(outcome, capture, arrival) : outcome
        }
        if captures[capture].isEcho, isSameTotal {
            // Where it began twice, its last chunk tells whether the rest was told before the second time.
            let mayBeNext = self.slot(capture, 0).marks.contains(.again) && arrival.index + 1 < arrival.total
            follow(capture, arrival)
            let outcome = take(arrival, in: capture)
            return mayBeNext && captures[capture].isEcho ? outcome : finished(outcome, capture, arrival)
        }
        let isForeign = !arrival.isNews && !captures[capture].isEcho && !tags(of: arrival, in: capture).isEmpty
        if !isSameTotal || slot.isSeen && !slot.marks.contains(.inherited) {
            if isForeign { return countLateRepeat(arrival) }
            return supersede(capture, arrival, isSameTotal: isSameTotal)
        }
        if captures[capture].isDoomed { return note(arrival, in: capture) }
        if isForeign {
            if slot.isSeen || hasHole(capture, before: arrival.index) { return countLateRepeat(arrival) }
            return finished(takeRetold(arrival, in: capture), capture, arrival)
        }
        return finished(take(arrival, in: capture), capture, arrival)
    }

    private func tags(of arrival: Arrival, in capture: CaptureID) -> [UInt16] {
        cameras[arrival.camera].history.tags(of: arrival.key, but: captures[capture].tag, onlyStale: false)
    }

    private mutating func finished(_ outcome: Outcome, _ capture: CaptureID, _ arrival: Arrival) -> Outcome {
        var outcome = outcome
        if outcome.disposition == .taken || captures[capture].isEcho { outcome.completed = finishIfWhole(capture, arrival) }
        return outcome
    }

    private mutating func beginNamed(_ arrival: Arrival) -> Outcome {
        let capture = open(arrival)
        captures[capture].runStarted = arrival.ticks
        captures[capture].echoOf = tags(of: arrival, in: capture)
        if !staleTags(arrival.key, of: arrival.camera).isEmpty {
            captures[capture].isEcho = true
            captures.move(capture, to: .echoes)
        }
        return finished(take(arrival, in: capture, opened: true), capture, arrival)
    }

    /// Other bytes show that a new capture began. The chunks before, which came again since the last new one, came for it.
    private mutating func supersede(_ capture: CaptureID, _ arrival: Arrival, isSameTotal: Bool) -> Outcome {
        guard isSameTotal, captures[capture].marks.again > 0, !captures[capture].isDoomed, !captures[capture].isEcho else {
            abandon(capture, .superseded, now: arrival.now)
            return beginNamed(arrival)
        }
        report(capture, .superseded, now: arrival.now)
        cameras[arrival.camera].history.settle(captures[capture].tag, as: .superseded)
        dropSlots(of: capture) { index, slot in index >= arrival.index || !slot.marks.contains(.again) || !slot.isKept }
        clear(.doubtful, of: capture)
        name(capture, for: arrival)
        captures[capture].runStarted = arrival.ticks
        for index in 0..<arrival.index {
            var slot = slot(capture, index)
            guard slot.isSeen else { continue }
            slot.marks = .inherited
            setSlot(capture, index, slot)
        }
        ascribe(0..<arrival.index, to: capture)
        tellDoubt(of: capture, areOwn: false)
        return finished(take(arrival, in: capture), capture, arrival)
    }

    /// An echo gets a chunk that it does not have: one more of the same capture, or the first that shows it to be of another one,
    /// or of a new one. Then its slots before the chunk stay, if they may be of that one too, and all others go.
    private mutating func follow(_ capture: CaptureID, _ arrival: Arrival) {
        let told = tags(of: arrival, in: capture)
        let common = captures[capture].echoOf.filter(told.contains)
        if !common.isEmpty, !slot(capture, arrival.index).isSeen {
            captures[capture].echoOf = common
            return endEcho(capture)
        }
        var keys: [UInt64] = []
        var tags = told
        if !hasHole(capture, before: arrival.index) {
            for index in 0..<arrival.index {
                let key = key(of: capture, index)
                keys.append(key)
                let others = cameras[arrival.camera].history.tags(of: key, but: captures[capture].tag, onlyStale: false)
                tags = tags.filter(others.contains)
            }
        }
        if tags.isEmpty, !told.isEmpty { (keys, tags) = ([], told) }
        let (old, new) = (captures[capture].tag, newTag(of: arrival.camera))
        cameras[arrival.camera].history.move(keys, from: old, to: new)
        if told.isEmpty { cameras[arrival.camera].history.ascribeRepeated(keys, to: new) }
        cameras[arrival.camera].history.settle(old, as: .finished)
        noteRewritten(arrival.camera)
        captures[capture].tag = new
        captures[capture].echoOf = tags
        dropSlots(of: capture) { index, slot in index >= keys.count || !slot.isKept }
        endEcho(capture)
    }

    /// It is an echo no longer when none of the captures that it may be is finished or superseded.
    private mutating func endEcho(_ capture: CaptureID) {
        let tags = captures[capture].echoOf
        guard !cameras[captures[capture].camera].history.isAnyStale(tags) else { return }
        captures[capture].isEcho = false
        captures.move(capture, to: .named)
    }

    private func staleTags(_ key: UInt64, of camera: CameraID) -> [UInt16] {
        cameras[camera].history.tags(of: key, but: nil, onlyStale: true)
    }
}
