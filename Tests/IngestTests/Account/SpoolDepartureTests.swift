import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

@Suite("What leaves the spool, in the account")
struct SpoolDepartureTests {
    private static let departures: [SpoolDeparture] = [.stored, .dropped, .repeated, .dropped, .stored]

    /// A spool and a journal on one disk, and what goes between their threads.
    private final class Bench {
        let journal: JournalBench
        private(set) var store: SpoolStore
        private var tallies = EntryTallies()
        private let names: [SpoolEntryName]
        /// Whether the process ends between the steps, too, with the disk well.
        var killsAfter: Int?
        private var steps = 0

        init(seed: UInt64) throws {
            journal = try JournalBench(seed: seed)
            let files = journal.files
            store = .forTests(files) { files.now + 10_000 }
            try store.prepare()
            var names: [SpoolEntryName] = []
            for number in SpoolDepartureTests.departures.indices {
                let record = testRecord([1, 2, 3], imageID: "\(number)", at: "2026-11-22T0\(number % 2):31:05Z")
                names.append(try store.store(record, [1, 2, 3]))
            }
            self.names = names
            #expect(journal.start())
        }

        /// Lets everything leave, over all crashes.
        func run() throws {
            var wellFor = 0
            for _ in 0..<100 where wellFor < 3 {
                wellFor = turn() ? wellFor + 1 : 0
                if journal.files.stopped || killsAfter.map({ steps >= $0 }) == true { try restart() }
            }
            #expect(wellFor == 3, "it comes to an end")
        }

        private func restart() throws {
            killsAfter = nil
            if journal.files.stopped { journal.files.restart() }
            try journal.restart()
            #expect(journal.start())
            tallies = EntryTallies()
            let files = journal.files
            store = .forTests(files) { files.now + 10_000 }
            let scan = SpoolScan(store, holdsCapture: { _ in false })
            while !scan.isDone { _ = scan.step() }
            #expect(!scan.isPartial)
            tallies.found(marks: Set(store.uncounted.keys.map { Account.key(of: $0) }))
        }

        /// - Returns: whether nothing was left to do.
        private func turn() -> Bool {
            var hasWork = false
            func step(_ body: () throws -> Void) {
                guard !journal.files.stopped, killsAfter.map({ steps < $0 }) ?? true else { return hasWork = true }
                steps += 1
                do { try body() } catch { hasWork = true }
            }
            for (name, departure) in zip(names, SpoolDepartureTests.departures) {
                step {
                    guard store.all().contains(name) else { return }
                    hasWork = true
                    try store.remove(name, "jpg", as: departure)
                }
            }
            step { store.finishRemovals() }
            step { tallies.ask(store.takeUncounted()) }
            step { journal.line.count(tallies.takeQuestions(), now: journal.now) }
            // Nobody waits for it: it goes to the disk when it is due.
            journal.advance(.seconds(6))
            step { _ = try journal.line.commit(isAwaited: false, now: journal.now) }
            step { tallies.answer(journal.line.takeCounted()) }
            step { tallies.forget(store.finishCounted(tallies.takeCounted())) }
            return !hasWork && store.uncounted.isEmpty && store.all().isEmpty
        }

        /// As `AccountReport` counts, at any moment: counts, and marks that are not among them.
        func counted() throws -> Account.Counts {
            var counts = try journal.account().values.reduce(into: Account.Counts()) { $0 += $1 }
            let left = journal.book.account.left
            try store.marked { if !left.contains($0.key) { counts[$0.end.fate] += 1 } }
            return counts
        }

        func check(_ what: Comment) throws {
            for _ in 0..<2 {
                let counts = try counted()
                #expect(counts[.droppedFromSpool] == 2 && counts[.repeatedFromSpool] == 1, what)
                var marks = 0
                try store.marked { _ in marks += 1 }
                #expect(marks == 0, what)
                try restart()
                try run()
            }
            #expect(journal.book.account.left.isEmpty, "nothing is remembered of names whose marks are gone: \(what)")
        }
    }

    @Test("is counted once, whichever file operation is the last before the power fails", arguments: [UInt64(1), 2])
    func powerCuts(seed: UInt64) throws {
        let rehearsal = try Bench(seed: seed)
        let before = rehearsal.journal.files.operations
        try rehearsal.run()
        let operations = rehearsal.journal.files.operations - before
        try #require(operations > 20)
        try rehearsal.check("without a crash")
        for crash in stride(from: Int(seed) - 1, to: operations, by: 2) {
            let bench = try Bench(seed: seed)
            bench.journal.files.crashAfter = bench.journal.files.operations + crash
            try bench.run()
            try bench.check("a crash at operation \(crash)")
        }
    }

    @Test("is counted once, between whichever two steps the process is killed")
    func kills() throws {
        for kill in 0..<24 {
            let bench = try Bench(seed: 7)
            bench.killsAfter = kill
            try bench.run()
            try bench.check("killed after step \(kill)")
        }
    }

    @Test("is told by its mark while the gateway is away, and the count is the mark's or the journal's, never both")
    func marks() throws {
        for kill in 6..<13 {
            let bench = try Bench(seed: 9)
            bench.killsAfter = kill
            try bench.run()
            let counts = try bench.counted()
            #expect(counts[.droppedFromSpool] == 2 && counts[.repeatedFromSpool] == 1, "killed after step \(kill)")
        }
    }

    @Test("by the worker: what when_full gave up has its mark until the account has it")
    func worker() throws {
        let bench = SpoolBench { $0.spool.whenFull = .dropOldest }
        try bench.spool("old", at: "2026-11-22T07:31:05Z")
        #expect(try bench.worker.drop(1))
        let tallies = bench.worker.settings.entryTallies
        bench.worker.haveCounted()
        bench.turn()
        let asked = tallies.takeQuestions().asked
        #expect(asked.map(\.end.fate) == [.droppedFromSpool] && bench.names.isEmpty)
        func marks() throws -> Int {
            var marks = 0
            try bench.worker.store.marked { _ in marks += 1 }
            return marks
        }
        #expect(try marks() == 1, "nobody has counted it yet")
        tallies.answer(asked.map(\.name))
        bench.worker.haveCounted()
        #expect(try marks() == 0 && tallies.takeQuestions().forgotten == asked.map(\.key))
    }
}
