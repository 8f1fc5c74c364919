import Foundation
import Testing

@testable import IngestCore

/// Random schedules against an oracle that reads the rules off the whole list of arrivals.
@Suite("Sessions, by model")
struct SessionModelTests {
    /// Seeds that once failed.
    private static let kept: [UInt64] = [17, 26, 51, 65, 119, 237, 329, 364, 377, 395]
    /// How many more are tried; `MODEL_SEEDS` asks for more than the tests have time for.
    static let seeds = ProcessInfo.processInfo.environment["MODEL_SEEDS"].flatMap { UInt64($0) } ?? 400

    @Test("store exactly the whole runs, whatever is lost, repeated or sent again", arguments: [SessionSchedule.Kind.decidable, .wild])
    func exact(kind: SessionSchedule.Kind) {
        var mixtures = 0
        for seed in Self.kept + (1...Self.seeds) { mixtures += play(seed, kind) }
        if kind == .decidable { #expect(mixtures == 0) }
    }

    /// Answers how many pictures were stored that nobody published.
    private func play(_ seed: UInt64, _ kind: SessionSchedule.Kind) -> Int {
        var limits = Assembler.Limits()
        limits.pool = 64 * 4096
        limits.maxMessage = 4096
        limits.receiveMaximum = 12
        let world = SessionWorld(limits, seed: seed)
        var schedules = (0..<2).map { SessionSchedule(uid: "cam\($0)", kind: kind, seed: seed &* 2 &+ UInt64($0)) }
        var random = Seeded(seed)
        for _ in 0..<14 {
            schedules[random.pick(0...1)].step(world)
            world.bench.checkInvariants("seed \(seed)")
        }
        var mixtures = 0
        for schedule in schedules {
            let oracle = SessionOracle(
                arrivals: schedule.arrivals, published: schedule.published, connections: world.connections,
                window: limits.repeatWindow, timeout: limits.sessionTimeout, receiveMaximum: limits.receiveMaximum)
            let stored = world.bench.pictures.filter { $0.camera == schedule.uid && $0.verdict == .new }.map(\.bytes)
            let expected = oracle.toBeStored.map(\.bytes)
            if !oracle.accepts(stored.filter(schedule.published.contains)) {
                Issue.record("seed \(seed), \(kind), \(schedule.uid): stored \(stored.map(oracle.name)), not \(expected.map(oracle.name)): \(oracle)")
            }
            for bytes in stored where !schedule.published.contains(bytes) {
                mixtures += 1
                if !oracle.wholeRuns.contains(where: { $0.bytes == bytes && oracle.isUndecidable($0) }) || kind == .decidable {
                    Issue.record("seed \(seed), \(kind), \(schedule.uid): a mixture that could be told, \(oracle.name(bytes)): \(oracle)")
                }
            }
        }
        return mixtures
    }

    @Test("mix nothing, lose nothing but what was evicted, and never stand still in a pool that is far too small")
    func tinyPool() {
        var evictions = 0
        var fulls = 0
        for seed in UInt64(1)...Self.seeds / 4 {
            var limits = Assembler.Limits()
            limits.pool = 8 * 4096
            limits.maxMessage = 6000
            limits.receiveMaximum = 12
            let world = SessionWorld(limits, seed: seed)
            var schedules = (0..<5).map {
                SessionSchedule(uid: "cam\($0)", kind: .decidable, seed: seed &* 5 &+ UInt64($0), chunkSizes: 1...4000)
            }
            var random = Seeded(seed)
            for _ in 0..<40 {
                schedules[random.pick(0...4)].step(world)
                world.bench.keepsDeliveries = random.chance(20)
                if random.chance(80) { world.bench.releaseAll() }
                world.bench.checkInvariants("seed \(seed)")
            }
            #expect(world.deadlocks == 0, "seed \(seed)")
            evictions += world.bench.incomplete.count { $0 == .evicted }
            fulls += world.fulls
            for schedule in schedules {
                let stored = world.bench.pictures.filter { $0.camera == schedule.uid }.map(\.bytes)
                let oracle = SessionOracle(
                    arrivals: schedule.arrivals, published: schedule.published, connections: world.connections,
                    window: limits.repeatWindow, timeout: limits.sessionTimeout, receiveMaximum: limits.receiveMaximum)
                for bytes in stored where !schedule.published.contains(bytes) {
                    Issue.record("seed \(seed), \(schedule.uid): a mixture, \(oracle.name(bytes)): \(oracle)")
                }
                let expected = Set(oracle.toBeStored.map(\.bytes))
                if !world.bench.abandoned.contains(where: { $0.camera.text == schedule.uid && [.evicted, .tooLarge].contains($0.reason) }) {
                    #expect(expected.isSubset(of: Set(stored)), "seed \(seed)")
                }
            }
        }
        #expect(evictions > 10 && fulls > 10, "too few: \(evictions) evictions, \(fulls) times full")
    }
}
