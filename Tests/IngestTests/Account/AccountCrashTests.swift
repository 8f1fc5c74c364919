import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

@Suite("The account over crashes")
struct AccountCrashTests {
    /// What the cameras know.
    struct Manifest {
        struct Camera: Equatable {
            /// By what becomes of pictures, sent whole once.
            var whole: [Account.Fate: Int] = [:]
            /// Sent whole once more.
            var again = 0
            /// Sent without a chunk.
            var cut = 0
            var captures: Int { whole.values.reduce(0, +) + again + cut }
        }

        var cameras: [CameraUID: Camera] = [:]
        var published: [[UInt8]] = []
    }

    /// Pictures of three cameras: one names its captures, one does not, one sends every third of them again. Every fifth lacks a chunk.
    private func scenario(_ bench: JournalBench, pictures: Int) -> Manifest {
        var manifest = Manifest()
        for number in 0..<pictures {
            let uid = CameraUID("cam\(number % 3)")!
            let picture = JournalBench.picture(number, 250 + number % 20 * 30)
            let id = number % 3 == 1 ? nil : "img-\(number)"
            let messages = JournalBench.messages(uid.text, picture, chunk: 120, imageID: id)
            guard number % 5 != 4 else {
                bench.queue += messages.dropLast()
                manifest.cameras[uid, default: .init()].cut += 1
                continue
            }
            bench.queue += messages
            manifest.published.append(picture)
            manifest.cameras[uid, default: .init()].whole[Self.fate(picture.count), default: 0] += 1
            if number % 9 == 2 {
                bench.queue += messages
                manifest.cameras[uid]!.again += 1
            }
        }
        bench.fate = { Self.fate($0.size) }
        return manifest
    }

    private static func fate(_ size: Int) -> Account.Fate {
        switch size / 30 % 4 {
        case 0: .spooled
        case 1: .dropped
        default: .stored
        }
    }

    private func bench(_ seed: UInt64, runsAhead: Bool) throws -> JournalBench {
        let bench = try JournalBench(seed: seed, runsAhead: runsAhead) {
            $0.intake.staleAfter = .seconds(30)
            $0.intake.sessionTimeout = .seconds(30)
        }
        bench.hours = 1
        return bench
    }

    /// What the account gets wrong; empty when it is right.
    private func mistakes(_ bench: JournalBench, _ manifest: Manifest) throws -> [String] {
        let account = try bench.account()
        guard bench.assembler.capturesInProgress == 0 else { return ["\(bench.assembler.capturesInProgress) captures are still open"] }
        return manifest.cameras.flatMap { uid, camera in
            let counts = account[uid] ?? .init()
            var mistakes: [String] = []
            func expect(_ count: Int, _ what: String, _ fates: [Account.Fate]) {
                let found = fates.reduce(0) { $0 + counts[$1] }
                if found != count { mistakes.append("\(uid): \(found) \(what) of \(count)") }
            }
            for fate in [Account.Fate.stored, .spooled, .dropped] { expect(camera.whole[fate] ?? 0, "\(fate)", [fate]) }
            expect(camera.again, "repeated", [.repeated])
            expect(camera.cut, "given up", [.superseded, .timeout, .evicted])
            expect(camera.captures, "in all", Account.Fate.allCases)
            return mistakes
        }
    }

    private func begin(_ bench: JournalBench) throws {
        guard !bench.start() else { return }
        bench.files.restart()
        try bench.restart()
        while !bench.start() { bench.advance(.seconds(11)) }
    }

    @Test("equals the cameras' list, whichever file operation is the last", arguments: [UInt64(1), 2], [false, true])
    func everyOperation(seed: UInt64, runsAhead: Bool) throws {
        let rehearsal = try bench(seed, runsAhead: runsAhead)
        let manifest = scenario(rehearsal, pictures: 15)
        rehearsal.start()
        try rehearsal.runToEnd(batch: 5)
        let problems = rehearsal.problems(published: manifest.published) + (try mistakes(rehearsal, manifest))
        try #require(problems == [], "seed \(seed), without a crash")
        #expect(try AccountFile("/spool/.account", files: rehearsal.files).read().lines.isEmpty == false, "hours went to the file")
        for crash in stride(from: Int(seed) % 2, to: rehearsal.files.operations, by: 2) {
            let bench = try bench(seed, runsAhead: runsAhead)
            _ = scenario(bench, pictures: 15)
            bench.files.crashAfter = crash
            try begin(bench)
            try bench.runToEnd(batch: 5)
            let problems = bench.problems(published: manifest.published) + (try mistakes(bench, manifest))
            #expect(problems == [], "seed \(seed), a crash at operation \(crash)")
        }
    }

    @Test(
        "equals the cameras' list over many kills, power cuts and disk errors",
        arguments: (1...UInt64(500)).filter { $0 <= 20 || $0 % 5 == 0 })
    func manyCrashes(seed: UInt64) throws {
        let bench = try bench(seed, runsAhead: seed % 2 == 0)
        let manifest = scenario(bench, pictures: 30)
        var faults = SplitMix(seed: seed)
        bench.files.fault = { operation, _ in
            guard seed % 5 == 0, [.write, .sync, .create, .rename, .syncDirectory, .truncate, .unlink].contains(operation) else {
                return nil
            }
            return Int.random(in: 0..<20, using: &faults) == 0 ? 5 : nil  // EIO
        }
        while !bench.start() { bench.advance(.seconds(11)) }
        var ends = 0
        while bench.acknowledged < bench.queue.count {
            switch Int.random(in: 0..<8, using: &bench.random) {
            case 0:
                ends += 1
                try bench.kill()
            case 1: bench.files.crashAfter = bench.files.operations + Int.random(in: 0..<12, using: &bench.random)
            default: break
            }
            if bench.turn(Int.random(in: 1...9, using: &bench.random)) { continue }
            guard bench.files.stopped else {
                bench.advance(.seconds(11))
                while !bench.line.recover(now: bench.now), !bench.files.stopped { bench.advance(.seconds(11)) }
                if !bench.files.stopped { bench.reconnect() }
                continue
            }
            ends += 1
            bench.files.restart()
            try bench.restart()
            while !bench.start() {
                if bench.files.stopped {
                    bench.files.restart()
                    try bench.restart()
                }
                bench.advance(.seconds(11))
            }
        }
        bench.files.fault = { _, _ in nil }
        bench.files.crashAfter = nil
        try bench.runToEnd(batch: 8)
        let problems = bench.problems(published: manifest.published) + (try mistakes(bench, manifest))
        #expect(problems == [], "seed \(seed), \(ends) ends")
    }
}
