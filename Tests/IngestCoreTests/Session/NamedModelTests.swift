import Testing

@testable import IngestCore

/// Random schedules of captures that the camera names.
@Suite("Named captures, by model")
struct NamedModelTests {
    private struct Published {
        let id: String
        let chunks: [[UInt8]]
        var bytes: [UInt8] { chunks.flatMap { $0 } }
    }

    private func limits(seed: UInt64) -> Assembler.Limits {
        var limits = Assembler.Limits()
        limits.pool = 64 * 4096
        limits.maxMessage = 4096
        limits.receiveMaximum = 12
        return limits
    }

    private func chunk(_ random: inout Seeded) -> [UInt8] {
        (0..<random.pick(1...40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// The chunks that the bytes were put together from.
    private func origin(of bytes: [UInt8], in published: [Published]) -> String {
        var names: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let start = rest.count
            search: for (capture, it) in published.enumerated() {
                for (index, chunk) in it.chunks.enumerated() where rest.starts(with: chunk) {
                    names.append("\(capture).\(index)/\(it.chunks.count)")
                    rest = rest.dropFirst(chunk.count)
                    break search
                }
            }
            if rest.count == start { return "\(names) and something else" }
        }
        return names.joined(separator: " ")
    }

    @Test("with an id of its own each is stored once when all of it came, in any order, however repeated")
    func ownIDs() {
        var whole = 0
        for seed in UInt64(1)...SessionModelTests.seeds {
            var random = Seeded(seed)
            let world = SessionWorld(limits(seed: seed), seed: seed)
            world.crashes = 1
            var published: [Published] = []
            var messages: [(Int, Int)] = []
            var arrived: [Set<Int>] = []
            func send(_ capture: Int, _ index: Int) {
                let it = published[capture]
                world.advance(milliseconds: random.pick(0...300))
                world.send("cam", index, of: it.chunks.count, it.chunks[index], imageID: it.id)
                arrived[capture].insert(index)
                messages.append((capture, index))
            }
            for _ in 0..<8 {
                // Up to two captures at a time, in any order, with losses and repeats.
                let new = (0..<random.pick(1...2)).map { offset in
                    let isStatic = random.chance(30) ? published.last : nil
                    let chunks = (0..<random.pick(1...5)).map { index in
                        if let isStatic, index < isStatic.chunks.count, random.chance(50) { return isStatic.chunks[index] }
                        return chunk(&random)
                    }
                    published.append(Published(id: "id\(published.count)", chunks: chunks))
                    arrived.append([])
                    return published.count - 1
                }
                let loss = random.chance(60) ? 0 : 20
                var queue = new.flatMap { capture in published[capture].chunks.indices.map { (capture, $0) } }
                if random.chance(60) { queue.shuffle(using: &random) }
                for (capture, index) in queue where !random.chance(loss) {
                    send(capture, index)
                    if random.chance(15) { send(capture, index) }
                    if random.chance(15), let late = messages.suffix(12).randomElement(using: &random) { send(late.0, late.1) }
                }
                if random.chance(15) {
                    world.crash()
                } else if random.chance(15) {
                    world.connect()
                    for (capture, index) in messages.suffix(random.pick(1...12)) { send(capture, index) }
                }
                if random.chance(20) { world.wait(Double(random.pick(1...400))) }
                world.bench.checkInvariants("seed \(seed)")
            }
            world.wait(11)
            let gone = Set(world.bench.abandoned.map(\.imageID))
            for (capture, it) in published.enumerated() {
                let stored = world.bench.pictures.filter { $0.imageID == it.id && $0.verdict == .new }
                if stored.count > 1 || stored.contains(where: { $0.bytes != it.bytes }) {
                    Issue.record("seed \(seed): \(it.id) is not itself")
                }
                guard arrived[capture].count == it.chunks.count else {
                    if !stored.isEmpty { Issue.record("seed \(seed): \(it.id) is incomplete") }
                    continue
                }
                whole += 1
                // The least recently touched of more than four may have been given up.
                if stored.isEmpty, world.crashed == 0, !gone.contains(it.id) { Issue.record("seed \(seed): \(it.id) is missing") }
            }
        }
        #expect(whole > 1000)
    }

    @Test("under one id used again and again, in order, none is mixed with another and none that came is missing")
    func oneID() {
        for seed in UInt64(1)...SessionModelTests.seeds {
            var random = Seeded(seed)
            let world = SessionWorld(limits(seed: seed), seed: seed)
            var published: [Published] = []
            var trace = ""
            var messages: [(Int, Int)] = []
            var unacknowledged = 0
            var whole: [Int] = []
            func send(_ capture: Int, _ index: Int, isNew: Bool = true) {
                world.advance(milliseconds: random.pick(0...300))
                world.send("cam", index, of: published[capture].chunks.count, published[capture].chunks[index], imageID: "x")
                if isNew { messages.append((capture, index)) }
                trace += "\(capture).\(index) "
            }
            for _ in 0..<10 {
                let last = published.last?.chunks
                let total = last != nil && random.chance(70) ? last!.count : random.pick(1...5)
                let same = random.chance(30) && whole.last == published.count - 1 ? random.pick(0...(total - 1) / 2) : 0
                let chunks = (0..<total).map { index in
                    if let last, last.count == total, index < same { return last[index] }
                    return chunk(&random)
                }
                published.append(Published(id: "x", chunks: chunks))
                let capture = published.count - 1
                // Captures of one id that share no slot, or equal ones only, cannot be told apart while the old one is incomplete: chunk 0
                // always comes, and begins like the old one's only where that was whole.
                let loss = random.chance(60) ? 0 : 30
                var isWhole = true
                for index in 0..<total {
                    if index > same, random.chance(loss) { isWhole = false } else { send(capture, index) }
                    if random.chance(10), index <= same || !random.chance(loss), isWhole { send(capture, random.pick(0...index)) }
                }
                if isWhole { whole.append(capture) }
                if random.chance(25) {
                    unacknowledged = max(unacknowledged, messages.count - random.pick(1...12))
                    world.connect()
                    trace += "| "
                    for (capture, index) in messages[max(0, unacknowledged)...] { send(capture, index, isNew: false) }
                } else if isWhole, random.chance(25), let late = messages.suffix(12).randomElement(using: &random) {
                    send(late.0, late.1)
                }
                world.bench.checkInvariants("seed \(seed)")
            }
            world.wait(11)
            let all = Set(published.map(\.bytes))
            let stored = world.bench.pictures.filter { $0.verdict == .new }.map(\.bytes)
            for bytes in stored where !all.contains(bytes) {
                Issue.record("seed \(seed): a mixture, \(origin(of: bytes, in: published)): \(trace)")
            }
            if Set(stored).count != stored.count { Issue.record("seed \(seed): stored twice: \(trace)") }
            for capture in whole where !stored.contains(published[capture].bytes) {
                Issue.record("seed \(seed): \(capture) is missing (\(published[capture].chunks.count) chunks): \(trace)")
            }
        }
    }
}
