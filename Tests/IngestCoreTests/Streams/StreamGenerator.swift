@testable import IngestCore

/// Makes the stream of one camera from a seed: whole captures and parts, messages that overtake others, rewinds, and what the broker
/// and the gateway add to it.
struct StreamGenerator {
    /// What may happen, each in percent of the messages.
    struct Habits {
        var naming = CameraStream.Naming.none
        var losses = 0
        var rewinds = 6
        var deepest = 40
        var overtakings = 0
        /// Overtaking is what a client does when its link is back: a new message goes before the repetition of the old ones.
        var isClient = false
        /// And other new ones between those repetitions.
        var mingles = false
        var connections = 1
        var kills = 1
        var silences = 1
    }

    enum Scene: CaseIterable { case different, equalHeaders, movingParts, still }

    let habits: Habits
    private(set) var random: Seeded
    private(set) var scene = Scene.different
    private(set) var rewinds = 0
    private var stream = CameraStream()
    private var packet: UInt16 = 0

    /// - Parameter scene: nil for any.
    init(_ habits: Habits, seed: UInt64, scene: Scene? = nil) {
        self.habits = habits
        random = Seeded(seed)
        self.scene = scene ?? Scene.allCases[random.pick(0...3)]
    }

    mutating func make() -> CameraStream {
        stream = CameraStream(naming: habits.naming, qos: habits.overtakings > 0 || random.chance(70) ? 1 : 0)
        publish()
        var sent = lose()
        if habits.overtakings > 0, !habits.isClient { overtake(&sent) }
        deliver(habits.isClient ? resend(sent) : rewind(sent))
        return stream
    }

    private typealias Message = (capture: Int, index: Int)

    private mutating func chunk() -> [UInt8] { (0..<random.pick(4...12)).map { _ in UInt8(truncatingIfNeeded: random.next()) } }

    private mutating func publish() {
        let totals = [1, 2, 3, 5, 15]
        let total = totals[random.pick(0...4)]
        let changes = random.chance(20)
        for _ in 0..<max(4, min(10, 36 / total)) {
            let size = changes ? totals[random.pick(0...3)] : total
            let last = stream.captures.last.flatMap { $0.count == size ? $0 : nil }
            let moves = random.pick(10...70)
            stream.captures.append(
                (0..<size).map { index in
                    guard let last else { return chunk() }
                    let isStill =
                        switch scene {
                        case .different: false
                        case .equalHeaders: index == 0 && size > 1
                        case .movingParts: !random.chance(moves)
                        case .still: true
                        }
                    return isStill ? last[index] : chunk()
                })
        }
    }

    /// The messages that are sent at all, in the order of publication.
    private mutating func lose() -> [Message] {
        var sent: [Message] = []
        var wasWhole = true
        let cutsTails = habits.naming == .reused && scene != .different
        for (capture, chunks) in stream.captures.enumerated() {
            let end = random.chance(habits.losses) ? random.pick(1...chunks.count) : chunks.count
            var isWhole = end == chunks.count
            for index in 0..<end {
                let mayLose = index > 0 || wasWhole && habits.naming == .none
                if mayLose, !cutsTails, random.chance(habits.losses) { isWhole = false } else { sent.append((capture, index)) }
            }
            wasWhole = isWhole
        }
        return sent
    }

    /// Single messages, never a first chunk, come earlier or later than they should.
    private mutating func overtake(_ sent: inout [Message]) {
        var place = 0
        while place < sent.count {
            if sent[place].index > 0, random.chance(habits.overtakings) {
                let far = random.chance(30) ? 20 : max(1, stream.captures[sent[place].capture].count / 2)
                let target = place + (random.chance(50) ? 1 : -1) * random.pick(1...far)
                // Its first chunk keeps its place before it.
                let first = sent.firstIndex { $0.capture == sent[place].capture && $0.index == 0 } ?? -1
                if sent.indices.contains(target), target > first {
                    let message = sent.remove(at: place)
                    sent.insert(message, at: target)
                    place = max(place, target)
                }
            }
            place += 1
        }
    }

    /// What a client sends that steps back, perhaps again while it is under way, and goes on.
    private mutating func rewind(_ sent: [Message]) -> [Message] {
        var stream: [Message] = []
        for place in sent.indices {
            stream.append(sent[place])
            guard random.chance(habits.rewinds) else { continue }
            rewinds += 1
            var now = place + 1 - random.pick(1...min(place + 1, habits.deepest))
            var again = 0
            while now <= place {
                stream.append(sent[now])
                if again < 3, random.chance(8) {
                    now = max(0, now - random.pick(0...min(20, habits.deepest / 2)))
                    again += 1
                } else {
                    now += 1
                }
            }
        }
        return stream
    }

    /// What a client sends that keeps up to twenty messages in flight and loses its link: when it is back, perhaps one message that
    /// was published meanwhile goes first, then all that were not acknowledged in their order.
    private mutating func resend(_ sent: [Message]) -> [Message] {
        var stream: [Message] = []
        var isSent = sent.map { _ in false }
        var acknowledged = 0
        var next = 0
        while next < sent.count {
            if !isSent[next] { stream.append(sent[next]) }
            isSent[next] = true
            next += 1
            acknowledged = max(acknowledged, next - 20)
            if random.chance(50) { acknowledged = max(acknowledged, next - random.pick(0...20)) }
            guard random.chance(habits.overtakings) else { continue }
            rewinds += 1
            let stray = next + random.pick(0...20)
            if sent.indices.contains(stray), !isSent[stray] {
                stream.append(sent[stray])
                isSent[stray] = true
            }
            // Some of what was in flight may not have arrived, so its repetition is the first of it.
            for place in acknowledged..<next {
                if habits.mingles, next < sent.count, sent[next].index > 0, !isSent[next], random.chance(20) {
                    stream.append(sent[next])
                    isSent[next] = true
                    next += 1
                }
                stream.append(sent[place])
            }
        }
        return stream
    }

    /// The broker's part: packet identifiers, and what it repeats after a connection, which it never does again once acknowledged.
    private mutating func deliver(_ sent: [Message]) {
        packet = UInt16(random.pick(1...60_000))
        var unacknowledged = 0
        for (place, message) in sent.enumerated() {
            deliver(message, place)
            let isKill = random.chance(habits.kills)
            if isKill || random.chance(habits.connections) {
                stream.events.append(isKill ? .kill : .connection)
                guard stream.qos > 0 else { continue }
                unacknowledged = max(unacknowledged, place + 1 - random.pick(0...min(place + 1, habits.deepest)))
                for again in unacknowledged..<place + 1 { deliver(sent[again], again) }
            }
            if random.chance(habits.silences) { stream.events.append(.silence(seconds: random.chance(30) ? 80 : random.pick(1...20))) }
        }
    }

    private mutating func deliver(_ message: Message, _ place: Int) {
        let identifier = UInt16(truncatingIfNeeded: Int(packet) + place)
        stream.events.append(.message(capture: message.capture, index: message.index, packet: max(1, identifier)))
    }
}
