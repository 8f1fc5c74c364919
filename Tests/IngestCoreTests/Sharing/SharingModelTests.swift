import TestSharing
import Testing

@testable import IngestCore

/// Two to four gateways behind one shared subscription; any may be killed between any two of its steps, cameras repeat chunks and use
/// image ids again, Redis may forget everything.
@Suite("Gateways that share a subscription")
struct SharingModelTests {
    @Test("make a picture of every capture, and of nothing else, whoever is killed when", arguments: UInt64(0)..<400)
    func schedules(seed: UInt64) {
        var world = SharingWorld(seed: seed)
        world.run()
        #expect(Set(world.journaled).isSubset(of: Set(world.published)), "seed \(seed): no mixture")
        if !world.hasForgotten {
            #expect(Set(world.journaled) == Set(world.published), "seed \(seed): nothing lost")
            #expect(world.left == 0, "seed \(seed): nothing stays behind")
        }
        if world.isCalm { #expect(world.journaled.count == world.published.count, "seed \(seed): and each by one gateway alone") }
    }
}

private struct Gateway {
    enum Step { case read, exchange, collect, journal, finish, acknowledge }

    var batch = SharedBatch(most: 40)
    var step = Step.read
    var whole: [SharedCapture] = []
    var collected: [(SharedCapture, [[UInt8]])] = []
    /// What the broker has for it; the first `underWay` are out and unacknowledged.
    var queue: [SharedChunk] = []
    var underWay = 0
}

private struct SharingWorld {
    private var random: Seeded
    private var redis = ModelShare()
    private var gateways: [Gateway]
    private var now = 1_800_000_000
    private var tokens = 0
    private var next = 0
    private(set) var published: [[[UInt8]]] = []
    private(set) var journaled: [[[UInt8]]] = []
    private(set) var hasForgotten = false
    /// No kills, no repeats, nothing forgotten.
    let isCalm: Bool
    private let mayForget: Bool

    init(seed: UInt64) {
        random = Seeded(seed)
        isCalm = seed.isMultiple(of: 4)
        mayForget = seed % 8 == 1
        gateways = (0..<Int.random(in: 2...4, using: &random)).map { _ in Gateway() }
    }

    var left: Int { redis.unfinished.count + gateways.map(\.queue.count).reduce(0, +) }

    mutating func run() {
        for name in 0..<6 {
            var former: [SharedChunk] = []
            // The camera may use the id again, once its picture is stored.
            for _ in 0..<(isCalm || mayForget ? 1 : Int.random(in: 1...3, using: &random)) {
                let chunks = capture(named: "\(name)")
                published.append(chunks.map(\.text))
                var messages = chunks.shuffled(using: &random)
                if !isCalm {
                    for chunk in chunks where chance(4) { messages.insert(chunk, at: Int.random(in: 0...messages.count, using: &random)) }
                    for chunk in former where chance(4) { messages.insert(chunk, at: Int.random(in: 0...messages.count, using: &random)) }
                }
                for message in messages {
                    deliver(message)
                    for _ in 0..<Int.random(in: 0...6, using: &random) { act() }
                }
                former = chunks
                if !isCalm, chance(2) { settle() } else { drain() }
                // Only what is stored may be followed by another of the name.
                settle()
            }
        }
        settle()
    }

    private mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

    private mutating func capture(named name: String) -> [SharedChunk] {
        let total = Int.random(in: 1...6, using: &random)
        let number = published.count
        return (0..<total).map { index in
            SharedChunk(
                place: SharedPlace(camera: CameraUID("cam")!, imageID: name), index: index, total: total,
                text: Array("\(number)/\(index)".utf8), shape: ChunkShape(head: 4), digest: UInt64(number * 100 + index), topic: [])
        }
    }

    private mutating func deliver(_ chunk: SharedChunk) {
        gateways[next].queue.append(chunk)
        next = (next + 1) % gateways.count
    }

    /// Everything the broker has is taken, and what lies whole is found.
    private mutating func settle() {
        drain()
        for _ in 0..<3 {
            now += 31
            for place in redis.named {
                tokens += 1
                guard let found = redis.adopt(place, token: "found-\(tokens)", now: now) else { continue }
                if let texts = redis.collect(found) { journaled.append(texts) }
                redis.finish(found)
            }
        }
    }

    private mutating func drain() {
        var rounds = 0
        while gateways.contains(where: { !$0.queue.isEmpty || $0.step != .read }), rounds < 2000 {
            for index in gateways.indices { advance(index) }
            rounds += 1
        }
    }

    private mutating func act() {
        let index = Int.random(in: gateways.indices, using: &random)
        if !isCalm, chance(15) { return kill(index) }
        if mayForget, chance(60) {
            hasForgotten = true
            redis.forgetEverything()
        }
        advance(index)
    }

    /// Its journal stays; the broker sends again what was under way.
    private mutating func kill(_ index: Int) {
        let queue = gateways[index].queue
        gateways[index] = Gateway()
        gateways[index].queue = queue
    }

    private mutating func advance(_ index: Int) {
        switch gateways[index].step {
        case .read:
            guard !gateways[index].queue.isEmpty else { return }
            let count = isCalm ? gateways[index].queue.count : Int.random(in: 1...gateways[index].queue.count, using: &random)
            gateways[index].underWay = count
            for chunk in gateways[index].queue.prefix(count) { gateways[index].batch.add(chunk) }
            gateways[index].step = .exchange
        case .exchange:
            let portion = gateways[index].batch.portion()
            let answers = portion.map { chunk -> SharedAnswer in
                tokens += 1
                return redis.share(chunk, token: "\(tokens)", most: 10_000, now: now)
            }
            gateways[index].whole = gateways[index].batch.answered(portion, answers).whole
            gateways[index].step = .collect
        case .collect:
            gateways[index].collected = gateways[index].whole.compactMap { capture in redis.collect(capture).map { (capture, $0) } }
            gateways[index].step = .journal
        case .journal:
            // A picture that is known is not journaled again: here, what is told apart by what was processed.
            for (_, texts) in gateways[index].collected where isCalm || !journaled.contains(texts) { journaled.append(texts) }
            gateways[index].step = .finish
        case .finish:
            for (capture, _) in gateways[index].collected { redis.finish(capture) }
            gateways[index].batch.finished()
            gateways[index].step = gateways[index].batch.isSettled ? .acknowledge : .exchange
        case .acknowledge:
            gateways[index].queue.removeFirst(gateways[index].underWay)
            gateways[index].underWay = 0
            gateways[index].step = .read
        }
    }
}
