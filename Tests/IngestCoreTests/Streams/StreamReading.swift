@testable import IngestCore

/// What a camera may expect of its stream, read off the whole of it. It knows which message is which, as the camera does and the
/// gateway does not, and so shares no rule with the assembly.
///
/// A message is a *first* when it never came before, and a *repetition* else. What lies between two firsts is a *retelling*: it goes
/// through the firsts before it in their order, may step back again and again, and ends with the last of them.
struct StreamReading {
    let stream: CameraStream
    let arrivals: [StreamArrival]
    let window: Duration
    let timeout: Duration
    let receiveMaximum: Int

    /// Places in `arrivals` of the firsts, in their order.
    private(set) var firsts: [Int] = []
    /// Of each arrival, as how manieth first it came.
    private(set) var rank: [Int] = []
    /// Why nobody could tell what belongs to which capture; then mixtures and losses prove nothing.
    private(set) var undecidable: [String] = []
    /// Firsts come in the order in which they were published.
    private(set) var isInOrder = true
    /// Every chunk arrived.
    private(set) var isLossless = true

    init(_ stream: CameraStream, _ limits: Assembler.Limits) {
        self.stream = stream
        arrivals = stream.arrivals
        window = limits.repeatWindow
        timeout = stream.naming == .none ? limits.sessionTimeout : limits.staleAfter
        receiveMaximum = limits.receiveMaximum
        var known: [Int: [Int: Int]] = [:]
        for (place, arrival) in arrivals.enumerated() {
            if let first = known[arrival.capture]?[arrival.index] {
                rank.append(first)
            } else {
                known[arrival.capture, default: [:]][arrival.index] = firsts.count
                rank.append(firsts.count)
                firsts.append(place)
            }
        }
        isInOrder = zip(firsts, firsts.dropFirst()).allSatisfy { published(arrivals[$0], before: arrivals[$1]) }
        isLossless = stream.captures.indices.allSatisfy { isWhole($0) }
        readRetellings()
        readLosses()
        readStrays()
        readCrowds()
    }

    private func published(_ one: StreamArrival, before other: StreamArrival) -> Bool {
        (one.capture, one.index) < (other.capture, other.index)
    }

    func isFirst(_ place: Int) -> Bool { firsts[rank[place]] == place }

    func places(of capture: Int) -> [Int] { firsts.filter { arrivals[$0].capture == capture } }

    /// All of its chunks arrived.
    func isWhole(_ capture: Int) -> Bool { places(of: capture).count == stream.captures[capture].count }
}

// MARK: - What cannot be told

extension StreamReading {
    /// The broker repeats messages under their packet identifiers; without those, the camera does under new ones.
    private mutating func readRetellings() {
        var packets: [UInt16: Int] = [:]
        var published: [Int] = []
        let ofBroker = arrivals.indices.map { place in
            if let before = packets[arrivals[place].packet] { return before }
            packets[arrivals[place].packet] = published.count
            published.append(place)
            return published.count - 1
        }
        readRetellings(Array(arrivals.indices), ofBroker, isInOrder: true, isOfBroker: true)
        readRetellings(published, published.map { rank[$0] }, isInOrder: isInOrder)
        var last: [Int: Int] = [:]
        for place in arrivals.indices {
            if let earlier = last[rank[place]], place - earlier >= receiveMaximum { undecidable.append("too deep at \(place)") }
            last[rank[place]] = place
        }
    }

    /// - Parameter numbers: of each message at `places`, as how manieth it came first.
    private mutating func readRetellings(_ places: [Int], _ numbers: [Int], isInOrder: Bool, isOfBroker: Bool = false) {
        var told = -1
        var before = -1
        var last: (place: Int, now: Int, told: Int)?
        var connections: [Int: Int] = [:]
        for (place, now) in zip(places, numbers) {
            let isFirst = now > told
            if !isFirst, isOfBroker, arrivals[place].connection == connections[now] {
                undecidable.append("the broker repeats \(place) in one connection")
            }
            connections[now] = arrivals[place].connection
            if isFirst, before != told, isInOrder || leavesOut(before, now) { undecidable.append("a retelling stops before \(place)") }
            if !isFirst, now > before + 1, isInOrder || leavesOut(before, now) { undecidable.append("a retelling leaps at \(place)") }
            told = max(told, now)
            before = now
            if let last, last.now < last.told, arrivals[place].time - arrivals[last.place].time > window - .seconds(1),
                zip(last.place..<place, last.place + 1...place).contains(where: {
                    arrivals[$1].time - arrivals[$0].time > window - .seconds(1)
                })
            {
                undecidable.append("silence in a retelling at \(last.place)")
            }
            last = (place, now, told)
        }
        if before != told, isInOrder || !isOfBroker && (before + 1...told).contains(where: { isLater($0, before) && !hasOvertaken($0) }) {
            undecidable.append("a retelling stops at the end")
        }
    }

    /// In a stream of messages that overtake others, a retelling goes on in the order of publication, and leaves out none but those
    /// that had overtaken.
    private func leavesOut(_ before: Int, _ now: Int) -> Bool {
        let (from, to) = (arrivals[firsts[before]], arrivals[firsts[now]])
        if published(to, before: from) { return false }
        var between = Set<Int>()
        for (number, place) in firsts.enumerated() where published(from, before: arrivals[place]) && published(arrivals[place], before: to)
        {
            if number > now || !hasOvertaken(number) { return true }
            between.insert(number)
        }
        return between.count < messagesPublished(from: from, to: to)
    }

    private func isLater(_ number: Int, _ before: Int) -> Bool { published(arrivals[firsts[before]], before: arrivals[firsts[number]]) }

    private func hasOvertaken(_ number: Int) -> Bool {
        firsts[(number + 1)...].contains { published(arrivals[$0], before: arrivals[firsts[number]]) }
    }

    private func messagesPublished(from: StreamArrival, to: StreamArrival) -> Int {
        if from.capture == to.capture { return to.index - from.index - 1 }
        return from.total - from.index - 1 + to.index + stream.captures[from.capture + 1..<to.capture].reduce(0) { $0 + $1.count }
    }

    /// Where chunks are lost, a capture without its first one may continue the one before; under one name, captures that never
    /// differ where both came may be one.
    private mutating func readLosses() {
        let came = stream.captures.indices.filter { !places(of: $0).isEmpty }
        for (old, new) in zip(came, came.dropFirst()) where !isWhole(old) {
            let (olds, news) = (indexes(of: old), indexes(of: new))
            if stream.naming == .none, !news.contains(0) { undecidable.append("\(new) lacks its first chunk after a part") }
            guard stream.naming == .reused else { continue }
            let own = newIndexes(of: old)
            let shared = places(of: new).map { arrivals[$0].index }
                .prefix { !own.contains($0) || stream.captures[old][$0] == stream.captures[new][$0] }
            let same = places(of: new).map { arrivals[$0].index }
                .prefix { !olds.contains($0) || stream.captures[old][$0] == stream.captures[new][$0] }
            if shared.count == news.count, !isWhole(new) { undecidable.append("\(old) and \(new) share no slot") }
            if same.count < news.count, !olds.isSuperset(of: same) { undecidable.append("\(new) goes on with \(old) before it differs") }
        }
        if !isInOrder, stream.naming == .reused { undecidable.append("messages overtake others under one name") }
        if !isInOrder, stream.qos == 0 { undecidable.append("messages overtake others at QoS 0") }
        if !isInOrder, !isLossless, stream.naming == .none { undecidable.append("messages overtake others, and some are lost") }
    }

    /// Where a chunk of another capture comes just when the open one has all up to it, or has its own one too early, and nothing
    /// corrects that before the open one is whole, what could tell comes too late.
    private mutating func readStrays() {
        guard !isInOrder, stream.naming == .none else { return }
        // What came since its first chunk, and what of it came ahead of its run.
        var have: [Int: Set<Int>] = [:]
        var ahead: [Int: Set<Int>] = [:]
        var youngest = -1
        for place in arrivals.indices {
            let it = arrivals[place]
            guard isFirst(place) else {
                if it.index == 0, ahead[it.capture] != nil { undecidable.append("\(it.capture) begins again when it has more") }
                continue
            }
            for (other, came) in have
            where other != it.capture && it.capture != youngest
                && (other > it.capture || have[it.capture] == nil || other == youngest)
            {
                guard stream.captures[other].count == it.total, it.index > 0 else { continue }
                if ahead[other, default: []].contains(it.index) { undecidable.append("\(place) comes beside that of \(other)") }
                guard came.count < it.total else { continue }
                let continues = (0..<it.index).allSatisfy(came.contains) && !came.contains(it.index)
                let next = firsts.first {
                    $0 > place && arrivals[$0].total == it.total && [it.index, it.total - 1].contains(arrivals[$0].index)
                }
                let isCorrected =
                    next.map { arrivals[$0].capture == other && arrivals[$0].index == it.index && arrivals[$0].bytes != it.bytes } ?? false
                if continues, !isCorrected || came.count == it.total - 1 { undecidable.append("\(place) continues \(other)") }
            }
            if it.index == 0 { (ahead, youngest) = ([:], it.capture) }
            if it.index > 0, let came = have[it.capture], !came.contains(it.index - 1) { ahead[it.capture, default: []].insert(it.index) }
            if it.index == 0 || have[it.capture] != nil { have[it.capture, default: []].insert(it.index) }
        }
    }

    /// At most four captures of a camera are open at a time; there the promise ends.
    private mutating func readCrowds() {
        guard stream.naming == .own else { return }
        var missing: [Int: Int] = [:]
        for place in firsts {
            let it = arrivals[place]
            missing[it.capture] = missing[it.capture, default: it.total] - 1
            if missing.values.count(where: { $0 > 0 }) > 4 { return undecidable.append("more than four are open at \(place)") }
        }
    }

    /// Under one name, what equals the capture's before may have come for that.
    private func newIndexes(of capture: Int) -> Set<Int> {
        guard stream.naming == .reused, capture > 0 else { return indexes(of: capture) }
        let (before, own) = (stream.captures[capture - 1], stream.captures[capture])
        return indexes(of: capture).filter { before.count != own.count || before[$0] != own[$0] }
    }

    private func indexes(of capture: Int) -> Set<Int> { Set(places(of: capture).map { arrivals[$0].index }) }
}

// MARK: - What must be stored

extension StreamReading {
    /// Whether the capture must be stored once (or be a repeat of an equal one).
    func mustBeStored(_ capture: Int) -> Bool {
        let own = places(of: capture)
        guard undecidable.isEmpty, isWhole(capture), !own.isEmpty, !hasIdleTime(own.first!, own.last!) else { return false }
        if !isInOrder {
            if stream.naming == .own { return true }
            if isContradictedAtOnce(capture) { return false }
            guard stream.qos == 1, stream.naming == .none, isLossless, isNearItsPlace(capture) || isWholeInItsPlace(capture) else {
                return false
            }
        }
        return !readsAsRewind(capture)
    }

    /// Straight before or behind a chunk of it comes another one for the same place. One of the two is a stray, and nobody knows which.
    private func isContradictedAtOnce(_ capture: Int) -> Bool {
        places(of: capture).contains { place in
            [rank[place] - 1, rank[place] + 1].contains { number in
                guard firsts.indices.contains(number) else { return false }
                let (it, other) = (arrivals[place], arrivals[firsts[number]])
                return it.index > 0 && it.index == other.index && it.total == other.total && it.bytes != other.bytes
            }
        }
    }

    /// Nothing of it overtakes or looks like a chunk of another capture, so nothing keeps it waiting.
    func isPlain(_ capture: Int) -> Bool {
        isInOrder
            && stream.captures.indices.allSatisfy { other in
                other == capture || !zip(stream.captures[other], stream.captures[capture]).dropFirst().contains { $0 == $1 }
            }
    }

    var hasIdleTime: Bool { !arrivals.isEmpty && hasIdleTime(0, arrivals.count - 1) }

    private func hasIdleTime(_ first: Int, _ last: Int) -> Bool {
        zip(first..<last, first + 1...max(last, first + 1)).contains { arrivals[$1].time - arrivals[$0].time >= timeout }
    }

    /// Chunks are displaced by fewer than half of `total` places, and the first one is the first.
    private func isNearItsPlace(_ capture: Int) -> Bool {
        let start = stream.captures[..<capture].reduce(0) { $0 + $1.count }
        let total = stream.captures[capture].count
        let ranks = places(of: capture).map { (index: arrivals[$0].index, rank: rank[$0]) }
        return ranks.allSatisfy { 2 * abs($0.rank - start - $0.index) < total } && ranks.first!.index == 0
    }

    /// Its chunks come in their order, and nothing between but one chunk of a later capture.
    private func isWholeInItsPlace(_ capture: Int) -> Bool {
        let ranks = places(of: capture).map { rank[$0] }
        guard places(of: capture).map({ arrivals[$0].index }) == Array(stream.captures[capture].indices) else { return false }
        let strays = (ranks.first!...ranks.last!).filter { !ranks.contains($0) }.map { arrivals[firsts[$0]] }
        return strays.count <= 1 && strays.allSatisfy { $0.capture > capture && $0.index > 0 }
    }

    /// Its chunks equal those of an older capture from some index on, and what follows goes on through the past up to the last
    /// message before: so it may be taken for a rewind.
    private func readsAsRewind(_ capture: Int) -> Bool {
        let own = places(of: capture)
        let chunks = stream.captures[capture]
        return own.contains { place in
            guard arrivals[place].index > 0 else { return false }
            if mayBeOvertaken(from: place), isContradicted(capture) || isOfPart(place) { return true }
            return stream.captures.indices.contains { other in
                let old = stream.captures[other]
                return other != capture && old.count == chunks.count
                    && (arrivals[place].index..<chunks.count).allSatisfy { old[$0] == chunks[$0] }
            } && catchesUp(from: place)
        }
    }

    /// At QoS 1 the last message before may be one that overtook those that are told again then, and it is not told again itself. Where
    /// chunk 1 of B equals that of A, `A0 A1 B0 B1` may be a rewind before which B0 came too early, and what is next, A's or B's.
    private func mayBeOvertaken(from place: Int) -> Bool {
        stream.qos == 1 && stream.naming == .none && catchesUp(from: place, leavingOut: 1)
    }

    /// An older capture that was cut short has the chunk too.
    private func isOfPart(_ place: Int) -> Bool {
        arrivals[..<place].contains { $0.capture < arrivals[place].capture && $0.isSame(as: arrivals[place]) && !isWhole($0.capture) }
    }

    /// A chunk of a later capture comes where it may be this one's: in no run of its own, or in one that begins like this one.
    private func isContradicted(_ capture: Int) -> Bool {
        let chunks = stream.captures[capture]
        let end = places(of: capture).last!
        return arrivals.indices.contains { place in
            let it = arrivals[place]
            guard it.capture > capture, place > 0, it.index > 0, it.total == chunks.count, it.bytes != chunks[it.index] else {
                return false
            }
            let before = arrivals[place - 1]
            let beginsAlike = stream.captures[it.capture].prefix(it.index) == chunks.prefix(it.index)
            return beginsAlike || before.capture != it.capture || before.index + 1 != it.index || place < end
        }
    }

    /// By sets of positions in the past: where each message since may be the repetition of which one before.
    /// - Parameter leavingOut: so many of the last ones.
    func catchesUp(from place: Int, leavingOut: Int = 0) -> Bool {
        let past = arrivals[max(0, place - receiveMaximum)..<place]
        var positions = Set<Int>()
        for now in place..<arrivals.count {
            let all = past.indices.filter { past[$0].isSame(as: arrivals[now]) }
            if all.isEmpty { return false }
            let furthest = positions.max() ?? place
            positions = Set(all.filter { $0 <= furthest || positions.contains($0 - 1) })
            if let last = past.dropLast(leavingOut).last, positions.contains(where: { past[$0].isSame(as: last) }) { return true }
        }
        return false
    }
}
