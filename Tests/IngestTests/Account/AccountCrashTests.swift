import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

@Suite("The account over crashes")
struct AccountCrashTests {
    /// Pictures of three cameras, every fifth without its last chunk.
    private func scenario(_ bench: JournalBench, pictures: Int) -> [[UInt8]] {
        var published: [[UInt8]] = []
        for number in 0..<pictures {
            let picture = JournalBench.picture(number, 200 + number * 7)
            let isWhole = number % 5 != 4
            if isWhole { published.append(picture) }
            let messages = JournalBench.messages("cam\(number % 3)", picture, chunk: 120, imageID: "img-\(number)")
            bench.queue += isWhole ? messages : messages.dropLast()
        }
        return published
    }

    /// What the account gets wrong; nil when it is right.
    private func mistake(_ bench: JournalBench, stored: Int, of captures: Int) throws -> String? {
        let account = try bench.account()
        let unstored = [Account.Fate.superseded, .timeout, .evicted].reduce(bench.assembler.capturesInProgress) { $0 + account[$1] }
        if account[.stored] == stored, unstored == captures - stored { return nil }
        return "\(account[.stored]) of \(stored) are counted as stored, \(unstored) of \(captures - stored) as given up or open"
    }

    @Test("counts every capture once, whichever file operation is the last", arguments: [UInt64(1), 2], [false, true])
    func everyOperation(seed: UInt64, runsAhead: Bool) throws {
        func bench() throws -> JournalBench {
            let bench = try JournalBench(seed: seed, runsAhead: runsAhead) { $0.intake.staleAfter = .seconds(3) }
            bench.hours = 1
            return bench
        }
        let rehearsal = try bench()
        let published = scenario(rehearsal, pictures: 15)
        rehearsal.start()
        try rehearsal.runToEnd(batch: 5)
        #expect(rehearsal.problems(published: published) == [])
        #expect(try mistake(rehearsal, stored: published.count, of: 15) == nil, "without a crash")
        #expect(try AccountFile("/spool/.account", files: rehearsal.files).read().lines.isEmpty == false, "hours went to the file")
        for crash in 0..<rehearsal.files.operations {
            let bench = try bench()
            _ = scenario(bench, pictures: 15)
            bench.files.crashAfter = crash
            if !bench.start() {
                bench.files.restart()
                try bench.restart()
                while !bench.start() { bench.advance(.seconds(11)) }
            }
            try bench.runToEnd(batch: 5)
            #expect(bench.problems(published: published) == [], "seed \(seed), a crash at operation \(crash)")
            let mistake = try mistake(bench, stored: published.count, of: 15)
            withKnownIssue("a capture whose end was told just before the crash is counted again", isIntermittent: true) {
                #expect(mistake == nil, "seed \(seed), a crash at operation \(crash)")
            }
        }
    }
}
