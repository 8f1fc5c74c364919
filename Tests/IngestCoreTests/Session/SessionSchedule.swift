@testable import IngestCore

/// A random schedule of one camera that gives no image ids, played to a bench as it is made.
struct SessionSchedule {
    enum Kind { case decidable, wild }

    let uid: String
    let kind: Kind
    var random: Seeded
    private var links: Seeded
    var published: [[UInt8]] = []
    private var contents: [[[UInt8]]] = []
    private(set) var arrivals: [ModelArrival] = []
    private var lastWasWhole = true
    /// What was published, by capture and chunk, and the first of it that a broker may still repeat.
    private var messages: [(capture: Int, index: Int)] = []
    private var unacknowledged = 0
    let chunkSizes: ClosedRange<Int>

    init(uid: String, kind: Kind, seed: UInt64, chunkSizes: ClosedRange<Int> = 1...40) {
        self.uid = uid
        self.kind = kind
        self.chunkSizes = chunkSizes
        random = Seeded(seed)
        links = Seeded(seed &+ 1)
    }

    /// Publishes one capture, or repeats something, or waits. `send` answers false when the message was not acknowledged.
    mutating func step(_ world: SessionWorld) {
        switch random.pick(0...9) {
        case 0 where random.chance(world.crashes): world.crash()
        case 0: world.wait(Double(random.pick(0...(random.chance(20) ? 80 : 12))))
        case 1 where !arrivals.isEmpty: repeatSome(world)
        default: publish(world)
        }
    }

    private mutating func publish(_ world: SessionWorld) {
        let capture: Int
        if let last = contents.indices.last, random.chance(15) {
            capture = last  // again from chunk 0
        } else {
            capture = contents.count
            contents.append(makeContent())
            published.append(contents[capture].flatMap { $0 })
        }
        let content = contents[capture]
        let loss = random.chance(50) ? 0 : random.pick(1...40)
        let end = random.chance(25) ? random.pick(1...content.count) : content.count
        var isWhole = end == content.count
        for index in 0..<end {
            let mayLose = index > 0 || kind == .wild || lastWasWhole
            if mayLose, random.chance(loss) {
                isWhole = false
                continue
            }
            if world.reconnects > 0, links.chance(10) {
                world.reconnects -= 1
                world.connect()
                unacknowledged = messages.count
            }
            arrive(capture, index, world)
            while random.chance(12) {
                // A chunk 0 that comes again begins a new run, which its other chunks may not follow.
                let least = kind == .wild ? 0 : min(index, 1)
                arrive(capture, random.chance(70) ? index : random.pick(least...index), world)
            }
            if kind == .wild, random.chance(3) { repeatSome(world) }
        }
        lastWasWhole = isWhole
    }

    /// Late repeats: single ones, or what a broker repeats after a connection: its last messages in their order. What it repeats
    /// once was acknowledged up to there, so it never goes further back again.
    private mutating func repeatSome(_ world: SessionWorld) {
        let place = messages.count - random.pick(1...min(world.receiveMaximum, messages.count))
        if random.chance(50) {
            unacknowledged = max(unacknowledged, place)
            world.connect()
            for message in messages[unacknowledged...] { arrive(message.capture, message.index, world, isNew: false) }
        } else if kind == .wild || lastWasWhole && messages[place].index > 0 {
            arrive(messages[place].capture, messages[place].index, world, isFar: true)
        }
    }

    private mutating func arrive(_ capture: Int, _ index: Int, _ world: SessionWorld, isFar: Bool = false, isNew: Bool = true) {
        let before = messages.count
        if isNew { messages.append((capture, index)) }
        let content = contents[capture]
        world.advance(milliseconds: random.pick(0...300))
        world.send(uid, index, of: content.count, content[index])
        arrivals.append(
            ModelArrival(
                capture: capture, index: index, total: content.count, bytes: content[index], time: world.time,
                connection: world.connections.count, isFarRepeat: isFar, before: before, after: messages.count))
    }

    /// Chunks that may be those of the capture before, as in a static scene.
    private mutating func makeContent() -> [[UInt8]] {
        let last = contents.last
        let total = last != nil && random.chance(70) ? last!.count : random.pick(1...5)
        let staticPrefix = random.chance(40) ? random.pick(0...total) : 0
        let sameness = random.chance(30) ? random.pick(0...60) : 0
        return (0..<total).map { index in
            if let last, last.count == total, index < staticPrefix || random.chance(sameness) { return last[index] }
            let size = random.pick(chunkSizes)
            return (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
    }
}
