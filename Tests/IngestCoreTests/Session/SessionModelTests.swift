import Foundation
import Testing

@testable import IngestCore

/// Random schedules against an oracle that reads the rules off the whole list of arrivals.
@Suite("Sessions, by model")
struct SessionModelTests {
    /// Seeds that once failed.
    private static let kept: [UInt64] = [17, 26, 51, 65, 119, 128, 237, 319, 329, 364, 377, 385, 395, 1036]
    /// How many more are tried; `MODEL_SEEDS` asks for more than the tests have time for.
    static let seeds = ProcessInfo.processInfo.environment["MODEL_SEEDS"].flatMap { UInt64($0) } ?? 400

    @Test("store exactly the whole runs, whatever is lost, repeated or sent again", arguments: [SessionSchedule.Kind.decidable, .wild])
    func exact(kind: SessionSchedule.Kind) {
        var mixtures = 0
        for seed in Self.kept + (1...Self.seeds) { mixtures += play(seed, kind) }
        if kind == .decidable { #expect(mixtures == 0) }
    }

    /// Plays one schedule a camera and holds what was stored against the oracle. Answers how many pictures were stored that nobody
    /// published.
    private func play(_ seed: UInt64, _ kind: SessionSchedule.Kind) -> Int { check(seed, kind).mixtures }

    private func check(
        _ seed: UInt64, _ kind: SessionSchedule.Kind, cameras: Int = 2, chunkSizes: ClosedRange<Int> = 1...40,
        change: (inout Assembler.Limits) -> Void = { _ in }, prepare: (SessionWorld) -> Void = { _ in }
    ) -> (mixtures: Int, crashed: Int, reloaded: Int) {
        var limits = Assembler.Limits()
        limits.pool = 64 * 4096
        limits.maxMessage = 4096
        limits.receiveMaximum = 12
        change(&limits)
        let world = SessionWorld(limits, seed: seed)
        prepare(world)
        var schedules = (0..<cameras).map {
            SessionSchedule(uid: "cam\($0)", kind: kind, seed: seed &* UInt64(cameras) &+ UInt64($0), chunkSizes: chunkSizes)
        }
        var random = Seeded(seed)
        for _ in 0..<7 * cameras {
            schedules[random.pick(0...cameras - 1)].step(world)
            world.bench.checkInvariants("seed \(seed)")
        }
        world.wait(11)  // for doubts to end
        if world.deadlocks > 0 { Issue.record("seed \(seed): stood still") }
        var mixtures = 0
        for schedule in schedules {
            let oracle = SessionOracle(
                arrivals: schedule.arrivals, published: schedule.published, connections: world.connections,
                window: limits.repeatWindow, timeout: limits.sessionTimeout, receiveMaximum: limits.receiveMaximum,
                hasPackets: world.hasPackets)
            let stored = world.bench.pictures.filter { $0.camera == schedule.uid && $0.verdict == .new }.map(\.bytes)
            if !oracle.accepts(stored.filter(schedule.published.contains)) {
                let expected = oracle.toBeStored.map(\.bytes)
                let (was, ought) = (stored.map(oracle.name), expected.map(oracle.name))
                Issue.record("seed \(seed), \(kind), \(schedule.uid): stored \(was), not \(ought): \(oracle)")
            }
            for bytes in stored where !schedule.published.contains(bytes) {
                mixtures += 1
                // Of a late repeat that comes alone nobody can tell what it is.
                if kind == .wild, schedule.arrivals.contains(where: \.isFarRepeat) { continue }
                if kind == .decidable || !oracle.wholeRuns.contains(where: { $0.bytes == bytes && oracle.isUndecidable($0) }) {
                    Issue.record("seed \(seed), \(kind), \(schedule.uid): a mixture that could be told, \(oracle.name(bytes)): \(oracle)")
                }
            }
        }
        return (mixtures, world.crashed, world.reloaded)
    }

    @Test("store exactly the whole runs though the gateway is killed between any two chunks")
    func crashes() {
        var crashed = 0
        let prepare = { (world: SessionWorld) in
            world.crashes = 70
            world.hasPackets = true
        }
        for seed in Self.kept + (1...Self.seeds) {
            crashed += check(seed, .decidable, change: { $0.isCache = true }, prepare: prepare).crashed
        }
        #expect(crashed > 100)
    }

    @Test("store exactly the whole runs in a pool that is far too small, with a journal behind it")
    func cache() {
        var reloaded = 0
        for seed in 1...Self.seeds / 4 {
            let change = { (limits: inout Assembler.Limits) in
                limits.pool = 8 * 4096
                limits.maxMessage = 2600
                limits.isCache = true
            }
            reloaded +=
                check(
                    seed, .decidable, cameras: 5, chunkSizes: 1...2500, change: change, prepare: { $0.bench.keepsDeliveries = true }
                ).reloaded
        }
        #expect(reloaded > 10)
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
                world.bench.keepsDeliveries = random.chance(40)
                if random.chance(60) { world.bench.releaseAll() }
                world.bench.checkInvariants("seed \(seed)")
            }
            world.wait(11)
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
                let expected = Set(oracle.toBeStored.filter { oracle.isOfOneCapture($0) && !oracle.mayBeTakenForRewind($0) }.map(\.bytes))
                if !world.bench.abandoned.contains(where: { $0.camera.text == schedule.uid && [.evicted, .tooLarge].contains($0.reason) }) {
                    #expect(expected.isSubset(of: Set(stored)), "seed \(seed)")
                }
            }
        }
        #expect(evictions > 10 && fulls > 5, "too few: \(evictions) evictions, \(fulls) times full")
    }
}
