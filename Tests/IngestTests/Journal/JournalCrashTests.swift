import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

/// What was acknowledged is stored, once and whole, wherever the machine stops and whatever the disk refuses.
@Suite("The journal over crashes")
struct JournalCrashTests {
    /// Whether the disk is waited for, and whether chunks are written as they come.
    enum Mode: CaseIterable {
        case always, alwaysRunsAhead, needed, neededRunsAhead
        var runsAhead: Bool { self == .alwaysRunsAhead || self == .neededRunsAhead }
        var isWithheld: Bool { self == .needed || self == .neededRunsAhead }
    }

    /// Three cameras' messages, shuffled into each other.
    private func scenario(_ bench: JournalBench, pictures: Int, size: ClosedRange<Int> = 50...900, chunk: Int = 120) -> [[UInt8]] {
        var published: [[UInt8]] = []
        var lanes: [[JournalBench.Message]] = [[], [], []]
        for number in 0..<pictures {
            let picture = JournalBench.picture(number, Int.random(in: size, using: &bench.random))
            published.append(picture)
            let camera = number % 3
            let id = camera == 2 ? "img-\(number)" : nil
            lanes[camera] += JournalBench.messages("cam\(camera)", picture, chunk: chunk, imageID: id)
        }
        while let lane = lanes.indices.filter({ !lanes[$0].isEmpty }).randomElement(using: &bench.random) {
            let message = lanes[lane].removeFirst()
            bench.queue.append(message)
            if Int.random(in: 0..<8, using: &bench.random) == 0 { bench.queue.append(message) }
        }
        return published
    }

    @Test("loses and doubles nothing, whichever file operation is the last", arguments: [UInt64(1), 2, 3], Mode.allCases)
    func everyOperation(seed: UInt64, mode: Mode) throws {
        let rehearsal = try JournalBench(seed: seed, runsAhead: mode.runsAhead, isWithheld: mode.isWithheld)
        let published = scenario(rehearsal, pictures: 12)
        rehearsal.start()
        try rehearsal.runToEnd(batch: 5)
        #expect(rehearsal.problems(published: published) == [], "seed \(seed), without a crash")
        let operations = rehearsal.files.operations
        #expect(operations > 20)
        for crash in 0..<operations {
            let bench = try JournalBench(seed: seed, runsAhead: mode.runsAhead, isWithheld: mode.isWithheld)
            _ = scenario(bench, pictures: 12)
            bench.files.crashAfter = crash
            if !bench.start() {
                bench.files.restart()
                try bench.restart()
                while !bench.start() { bench.advance(.seconds(11)) }
            }
            try bench.runToEnd(batch: 5)
            let problems = bench.problems(published: published)
            #expect(problems == [], "seed \(seed), a crash at operation \(crash)")
        }
    }

    @Test(
        "loses and doubles nothing over many crashes at random moments, in a pool far too small", arguments: 1...UInt64(60), [false, true])
    func manyCrashes(seed: UInt64, isWithheld: Bool) throws {
        let bench = try JournalBench(seed: seed, runsAhead: seed % 3 != 0, isWithheld: isWithheld) { configuration in
            configuration.intake.pool = seed % 2 == 0 ? 1 << 20 : 64 << 10
            configuration.mqtt.maxMessage = 8 << 10
        }
        let published = scenario(bench, pictures: 40, size: 50...6000, chunk: 900)
        bench.start()
        var crashes = 0
        while bench.acknowledged < bench.queue.count {
            if Int.random(in: 0..<6, using: &bench.random) == 0 {
                bench.files.crashAfter = bench.files.operations + Int.random(in: 0..<12, using: &bench.random)
            }
            if bench.turn(Int.random(in: 1...9, using: &bench.random)) { continue }
            if bench.files.stopped {
                crashes += 1
                bench.files.restart()
                try bench.restart()
                while !bench.start() {
                    if bench.files.stopped { bench.files.restart() }
                    bench.advance(.seconds(11))
                }
            } else {
                bench.reconnect()
            }
        }
        bench.files.crashAfter = nil
        try bench.runToEnd(batch: 8)
        #expect(bench.problems(published: published) == [], "seed \(seed), \(crashes) crashes")
        #expect(bench.journal.figures.bytes < 96 << 10, "seed \(seed): \(bench.journal.figures.bytes) bytes are kept for nothing")
    }

    @Test("acknowledges nothing while the disk refuses, and goes on when it takes it again", arguments: 1...UInt64(40), [false, true])
    func failingDisk(seed: UInt64, isWithheld: Bool) throws {
        let bench = try JournalBench(seed: seed, runsAhead: seed % 2 == 0, isWithheld: isWithheld)
        let published = scenario(bench, pictures: 24)
        bench.start()
        var faults = SplitMix(seed: seed)
        bench.files.fault = { operation, _ in
            guard [.write, .sync, .create, .unlink, .truncate, .syncDirectory].contains(operation) else { return nil }
            return Int.random(in: 0..<9, using: &faults) == 0 ? (Bool.random(using: &faults) ? 28 : 5) : nil  // ENOSPC, EIO
        }
        try bench.runToEnd(batch: 4)
        #expect(bench.problems(published: published) == [], "seed \(seed)")
    }

    @Test("is there after a power cut, though its folder's name could not be synced when it was made", arguments: 1...UInt64(8))
    func folderName(seed: UInt64) throws {
        let bench = try JournalBench(seed: seed)
        let published = scenario(bench, pictures: 6)
        bench.files.fault = { operation, path in operation == .syncDirectory && path != "/spool/journal" ? 5 : nil }  // EIO
        #expect(!bench.start())
        bench.files.fault = { _, _ in nil }
        bench.advance(.seconds(11))
        #expect(bench.start())
        bench.releases = false
        while bench.acknowledged < bench.queue.count { #expect(bench.turn(5)) }
        bench.files.restart()
        try bench.restart()
        #expect(bench.start())
        try bench.runToEnd(batch: 5)
        #expect(bench.problems(published: published) == [])
        #expect(try bench.account().values.reduce(0) { $0 + $1[.stored] } == published.count)
    }

    @Test("starts on a full disk without losing or taking anything, and goes on when there is room")
    func fullDisk() throws {
        let bench = try JournalBench(seed: 5)
        let published = scenario(bench, pictures: 6)
        bench.files.capacity = 0
        #expect(!bench.start())
        #expect(bench.line.failure != nil)
        #expect(!bench.turn(5))
        #expect(bench.acknowledged == 0)
        bench.files.capacity = 1 << 30
        bench.advance(.seconds(11))
        #expect(bench.line.recover(now: bench.now))
        bench.line.connectionBegan(isResumed: true, now: bench.now)
        try bench.runToEnd(batch: 5)
        #expect(bench.problems(published: published) == [])
    }

    @Test("costs what was hit and nothing else, whichever byte is damaged")
    func damage() throws {
        let origin = try JournalBench(seed: 9) { $0.journal.segment = 1 << 20 }
        origin.releases = false
        var published: [[UInt8]] = []
        for number in 0..<3 {
            published.append(JournalBench.picture(number, 90))
            origin.queue += JournalBench.messages("cam\(number)", published[number], chunk: 40, imageID: number == 1 ? "x" : nil)
        }
        let last = origin.queue.removeLast()
        origin.start()
        while origin.acknowledged < origin.queue.count { #expect(origin.turn(4)) }
        try origin.line.close(now: origin.now)
        let segments = origin.files.contents("/spool/journal")
        #expect(segments.count == 1)
        for (name, bytes) in segments {
            for index in bytes.indices {
                for cut in [false, true] {
                    let bench = try JournalBench(seed: 9) { $0.journal.segment = 1 << 20 }
                    try bench.files.makeDirectory("/spool")
                    try bench.files.makeDirectory("/spool/journal")
                    bench.files.close(try bench.files.open("/spool/journal/" + name, .create))
                    bench.files.damage("/spool/journal/" + name) { data in
                        data = cut ? Array(bytes[..<index]) : bytes
                        if !cut { data[index] ^= 0x20 }
                    }
                    #expect(bench.start())
                    bench.queue = [last]
                    try bench.runToEnd(batch: 4)
                    let found = Set(bench.stored.values)
                    #expect(found.isSubset(of: published), "byte \(index), \(cut ? "cut" : "flipped"): a mixture")
                    if !cut, index >= JournalFormat.segmentHeader { #expect(found.count >= 2, "byte \(index): more than it was lost") }
                }
            }
        }
    }

    @Test("knows repeats for repeats after a crash, and lets no old partial hold on to its segments")
    func memoryAndSpace() throws {
        let bench = try JournalBench(seed: 3)
        bench.start()
        // One chunk of a capture that is never whole, and pictures for many segments.
        bench.queue += [JournalBench.messages("old", JournalBench.picture(999, 500), chunk: 100, imageID: "never")[0]]
        var published: [[UInt8]] = []
        for number in 0..<200 {
            published.append(JournalBench.picture(number, 700))
            bench.queue += JournalBench.messages("cam", published[number], chunk: 200)
        }
        while bench.acknowledged < bench.queue.count {
            #expect(bench.turn(8))
            bench.deliverAll()
        }
        #expect(bench.journal.figures.bytes < 40 << 10, "\(bench.journal.figures.bytes) bytes for one chunk")
        #expect(bench.assembler.capturesInProgress == 1)
        bench.files.restart()
        try bench.restart()
        #expect(bench.start())
        #expect(bench.assembler.capturesInProgress == 1)
        // The broker repeats the last messages, which it had not heard acknowledged.
        bench.queue += bench.queue.suffix(10)
        try bench.runToEnd(batch: 5)
        #expect(bench.problems(published: published) == [])
        #expect(bench.assembler.capturesInProgress == 1, "no ghost session")
    }

    /// Sessions of three chunks whose chunk 0 is always the same and whose last never comes, but for the last one's.
    private func endless(_ camera: String, _ sessions: Int) -> (
        messages: [JournalBench.Message], rest: JournalBench.Message, picture: [UInt8]
    ) {
        let header = JournalBench.picture(1, 100)
        var messages: [JournalBench.Message] = []
        var picture: [UInt8] = []
        for number in 0..<sessions {
            picture = header + JournalBench.picture(number + 2, 200)
            messages += JournalBench.messages(camera, picture, chunk: 100)
        }
        let rest = messages.removeLast()
        return (messages.enumerated().filter { $0.offset % 3 != 2 }.map(\.element), rest, picture)
    }

    @Test("keeps what a session has of the one before it, over a restart, a carry and another restart", arguments: [2, 3, 4, 9])
    func successions(sessions: Int) throws {
        let bench = try JournalBench(seed: 4)
        let (messages, rest, picture) = endless("cam", sessions)
        bench.start()
        bench.queue = messages
        while bench.acknowledged < bench.queue.count { #expect(bench.turn(4)) }
        bench.files.restart()
        try bench.restart()
        #expect(bench.start())
        // Others' pictures fill segment upon segment, so that what the session holds is carried on.
        var published: [[UInt8]] = []
        for number in 0..<120 {
            published.append(JournalBench.picture(1000 + number, 700))
            bench.queue += JournalBench.messages("other", published[number], chunk: 200)
        }
        while bench.acknowledged < bench.queue.count {
            #expect(bench.turn(8))
            bench.deliverAll()
        }
        #expect(bench.journal.figures.bytes < 40 << 10)
        bench.files.restart()
        try bench.restart()
        #expect(bench.start())
        bench.queue.append(rest)
        try bench.runToEnd(batch: 4)
        #expect(bench.problems(published: published + [picture]) == [])
    }

    @Test("starts again after thousands of sessions that began alike, on the intake thread's stack, and keeps no more of them than of one")
    func manySuccessions() throws {
        let outcome = Monitor<[String]>(["it never ended"])
        let thread = try NamedThread("intake") { [self] in
            var problems: [String] = []
            do {
                let bench = try JournalBench(seed: 4)
                let (messages, rest, picture) = endless("cam", 3000)
                bench.start()
                bench.queue = messages
                while bench.acknowledged < bench.queue.count { if !bench.turn(50) { problems.append("not taken") } }
                if bench.journal.figures.bytes > 64 << 10 { problems.append("\(bench.journal.figures.bytes) bytes are kept") }
                for _ in 0..<2 {
                    bench.files.restart()
                    try bench.restart()
                    if !bench.start() { problems.append("it does not start") }
                }
                bench.queue.append(rest)
                try bench.runToEnd(batch: 4)
                problems += bench.problems(published: [picture])
            } catch {
                problems.append("\(error)")
            }
            outcome.update { $0 = problems }
        }
        thread.join()
        #expect(outcome.read { $0 } == [])
    }
}
