import Foundation
import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

/// One file operation that fails, for one file or folder only, with any error: all others go on.
@Suite("The spool, when one file cannot be read")
struct SpoolFaultTests {
    struct Fault: CustomTestStringConvertible {
        let operation: ModelFiles.Operation
        /// What stands in the paths that it meets.
        let path: String
        /// Whether the entry is delivered all the same, and only cannot be removed.
        var isDelivered = false
        var testDescription: String { "\(operation.rawValue) \(path)" }
    }

    /// The bad entry is `bad`, alone in the hour 09; the next case is a line.
    static let faults = [
        Fault(operation: .open, path: "~bad.json"), Fault(operation: .read, path: "~bad.json"),
        Fault(operation: .open, path: "~bad.jpg"), Fault(operation: .read, path: "~bad.jpg"), Fault(operation: .status, path: "~bad.jpg"),
        Fault(operation: .list, path: "/pending/2026-11-22/09"),
        Fault(operation: .rename, path: "~bad.json", isDelivered: true), Fault(operation: .status, path: "~bad.json", isDelivered: true),
    ]
    /// Every fault with some errors, and every error with one fault.
    static let cases =
        faults.flatMap { fault in [EACCES, EIO].map { (fault, $0) } }
        + [EPERM, EISDIR, ELOOP, ENAMETOOLONG, ESTALE, EMFILE, ETIMEDOUT].map { (faults[0], $0) }

    @Test("delivers all others, names and counts that one, and delivers it when it can be read", arguments: cases)
    func oneFile(fault: Fault, code: CInt) throws {
        let bench = SpoolBench()
        for (hour, name) in [(8, "a"), (9, "bad"), (10, "c"), (10, "d"), (11, "e")] {
            try bench.spool(name, at: "2026-11-22T\(hour < 10 ? "0" : "")\(hour):00:00Z")
        }
        bench.files.fault = { operation, path in operation == fault.operation && path.hasSuffix(fault.path) ? code : nil }
        bench.lookAnew()
        var delivered: [String] { bench.delivered.sorted() }
        let others = ["a", "c", "d", "e"] + (fault.isDelivered ? ["bad"] : [])
        #expect(bench.rounds { delivered == others.sorted() && bench.published.current.unreadable == 1 }, "\(delivered)")
        #expect(bench.health.failures[.spool] == nil && bench.worker.figures.corrupt == 0 && bench.quarantined.isEmpty)
        #expect(bench.lines.read { $0.count { $0.contains("bad") || $0.contains("/09") } } == 1, "\(bench.lines.read { $0 })")
        // It is looked at again and again, and told of once.
        for _ in 0..<3 {
            bench.lookAnew(forgetting: false)
            bench.turn(1)
        }
        #expect(bench.lines.read { $0.count { $0.contains("bad") || $0.contains("/09") } } == 1)
        #expect(bench.delivered.count == others.count)
        bench.files.fault = { _, _ in nil }
        bench.lookAnew()
        #expect(bench.rounds { bench.names.isEmpty && bench.published.current.unreadable == 0 })
        #expect(delivered == ["a", "bad", "c", "d", "e"], "each once")
    }

    enum Oddity: String, CaseIterable { case folder, loop, link, pipe }

    @Test(
        "delivers all others where something else stands in a file's place, and that one when it is put right", arguments: Oddity.allCases,
        ["json", "jpg"])
    func oddity(oddity: Oddity, fileExtension: String) throws {
        let bench = SpoolBench()
        for name in ["a", "bad", "c"] { try bench.spool(name, at: "2026-11-22T0\(name == "bad" ? 9 : 8):00:00Z") }
        let name = try #require(bench.worker.store.all().first { $0.imageID == "bad" })
        let path = bench.worker.store.layout.file(.pending, name, fileExtension)
        let files = bench.files
        try files.rename(path, to: path + ".aside")
        switch oddity {
        case .folder: try files.makeDirectory(path)
        case .loop: try files.makeLink(path, to: path)
        // To what it ought to be: but where a link leads may change while it is read.
        case .link: try files.makeLink(path, to: path + ".aside")
        case .pipe: try files.makePipe(path)
        }
        bench.lookAnew()
        #expect(bench.rounds { bench.delivered.sorted() == ["a", "c"] && bench.published.current.unreadable == 1 }, "\(bench.delivered)")
        #expect(bench.health.failures[.spool] == nil && bench.worker.figures.corrupt == 0 && bench.quarantined.isEmpty)
        if oddity == .folder { try files.removeDirectory(path) } else { try files.unlink(path) }
        try files.rename(path + ".aside", to: path)
        bench.lookAnew()
        #expect(bench.rounds { bench.names.isEmpty && bench.published.current.unreadable == 0 })
        #expect(bench.delivered.sorted() == ["a", "bad", "c"], "each once")
    }

    @Test("looks again every ten minutes, or at once when its record was changed")
    func again() throws {
        let name = try #require(SpoolEntryName(base: "20261122T083105.123Z~cam7~i-1"))
        var aside = SetAside()
        let start = Instant(sinceBoot: .seconds(5000))
        func passesOver(_ changed: Int64, after seconds: Int) -> Bool {
            aside.passesOver(name, changed: changed, now: start + .seconds(seconds))
        }
        #expect(!passesOver(7, after: 0))
        let news = (aside.add(name, changed: 7, now: start), aside.add(name, changed: 7, now: start))
        #expect(news == (true, false))
        #expect(passesOver(7, after: 599))
        #expect(!passesOver(8, after: 1), "somebody changed it")
        #expect(!passesOver(7, after: 600))
        aside.sweep(since: start + .seconds(600))
        #expect(aside.count == 1, "it was met since")
        aside.sweep(since: start + .seconds(601))
        #expect(aside.count == 0, "it is gone")
    }

    @Test("blames the disk, and nothing else, when new files cannot be written either")
    func disk() throws {
        let bench = SpoolBench()
        for index in 0..<5 { try bench.spool("i\(index)") }
        bench.files.fault = { operation, _ in [.open, .create].contains(operation) ? EIO : nil }
        bench.lookAnew()
        #expect(bench.rounds { bench.health.failures[.spool] != nil })
        #expect(bench.worker.queue.aside.count == 0 && bench.delivered.isEmpty && bench.quarantined.isEmpty)
        bench.files.fault = { _, _ in nil }
        #expect(bench.rounds { bench.names.isEmpty && bench.health.failures[.spool] == nil })
        #expect(bench.lines.read { $0.allSatisfy { !$0.contains("All others go on") } })
    }

    @Test("is well again only when a picture was written, where one waits, and lets since stand meanwhile")
    func realWork() throws {
        let bench = SpoolBench()
        let away = DeliveryFailure(.retry(after: nil), "connection refused")
        // As when a rehearsal fits in, and a picture does not.
        bench.files.fault = { operation, path in operation == .create && path.contains("/pending/") ? ENOSPC : nil }
        bench.arrives("a")
        #expect(bench.rounds(upload: away) { bench.health.failures[.spool] != nil })
        let since = bench.health.failures[.spool]?.since
        let until = Instant.current + .seconds(2)
        while Instant.current < until {
            bench.worker.turn()
            bench.storesAnswer(upload: away)
            #expect(bench.health.failures[.spool]?.since == since)
        }
        #expect(bench.lines.read { $0.count { $0.contains("cannot be written") } } == 1, "\(bench.lines.read { $0 })")
        #expect(bench.lines.read { !$0.contains { $0.contains("can be written") } })
        #expect(bench.held.read { $0.last }??.isEmpty == false, "intake waits for real work, too")
        bench.files.fault = { _, _ in nil }
        #expect(bench.rounds(upload: away) { bench.names.count == 1 && bench.health.failures[.spool] == nil })
    }

    @Test("goes on delivering from a disk that takes no more files")
    func drainsWhenFull() throws {
        let bench = SpoolBench()
        try bench.spool("old")
        bench.files.fault = { operation, _ in operation == .create ? ENOSPC : nil }
        bench.arrives("new")
        let away = DeliveryFailure(.retry(after: nil), "connection refused")
        #expect(bench.rounds(upload: away) { bench.health.failures[.spool] != nil })
        bench.lookAnew()
        #expect(bench.rounds { bench.names.isEmpty && bench.delivered.sorted() == ["new", "old"] })
    }

    @Test("gives up the oldest for the newest on such a disk, where it is told to")
    func dropsWhenFull() throws {
        let bench = SpoolBench { $0.spool.whenFull = .dropOldest }
        try bench.spool("old", at: "2026-11-22T08:00:00Z")
        let files = bench.files
        bench.files.fault = { operation, path in
            operation == .create && path.contains("/pending/") && files.contents("/spool/pending/2026-11-22/08").count > 1 ? ENOSPC : nil
        }
        bench.arrives("new")
        let away = DeliveryFailure(.retry(after: nil), "connection refused")
        #expect(bench.rounds(upload: away) { bench.names.map(\.imageID) == ["new"] })
        #expect(bench.worker.figures.dropped[.dropOldest] == 1 && bench.health.obstacles.isEmpty)
    }

    @Test("writes pictures to other hours while one hour's folder is closed")
    func closedHour() throws {
        let bench = SpoolBench()
        let away = DeliveryFailure(.retry(after: nil), "connection refused")
        bench.files.fault = { operation, path in operation == .create && path.contains("/2026-11-22/08/") ? EACCES : nil }
        bench.arrives("a", at: "2026-11-22T08:59:59Z")
        bench.arrives("b", at: "2026-11-22T09:00:00Z")
        #expect(bench.rounds(upload: away) { bench.names.map(\.imageID) == ["b"] })
        #expect(bench.rounds(upload: away) { bench.health.failures[.spool]?.error.contains("/08/") == true })
        bench.files.fault = { _, _ in nil }
        #expect(bench.rounds(upload: away) { bench.names.count == 2 && bench.health.failures[.spool] == nil })
    }

    @Test("holds on to no name of an entry that went while it was being delivered")
    func goneWhileHeld() throws {
        let bench = SpoolBench()
        try bench.spool("a")
        bench.lookAnew()
        bench.turn(2)
        let name = try #require(bench.names.first)
        #expect(bench.worker.queue.held == [name])
        for fileExtension in ["jpg", "json"] { try bench.files.unlink(bench.worker.store.layout.file(.pending, name, fileExtension)) }
        #expect(bench.rounds(upload: DeliveryFailure(.picture, "too large")) { bench.inDelivery.isEmpty })
        bench.turn(2)
        #expect(bench.worker.queue.held.isEmpty)
    }

    @Test("judges no picture without record before it is known what the journal holds")
    func journalUnread() throws {
        let held = Monitor<Bool?>(nil)
        let bench = SpoolBench(.init(holdsCapture: { _ in held.read { $0 } }))
        try bench.spool("a")
        let name = try #require(bench.names.first)
        try bench.files.unlink(bench.worker.store.layout.record(.pending, name))
        bench.lookAnew()
        bench.turn(6)
        #expect(bench.quarantined.isEmpty && bench.worker.scan == nil, "it waits")
        held.update { $0 = true }
        #expect(bench.rounds { (try? bench.files.status(bench.worker.store.layout.file(.pending, name, "jpg"))) == .some(nil) })
        #expect(bench.quarantined.isEmpty, "it is finished anew")
    }

    @Test("keeps on taking pictures while rejected/ or quarantine/ is closed", arguments: ["rejected", "quarantine"])
    func closedArea(area: String) throws {
        let bench = SpoolBench(.init(fault: { _, path in path.hasPrefix("/spool/\(area)") ? EACCES : nil }))
        #expect(bench.health.failures[.spool] == nil)
        bench.arrives("a")
        let away = DeliveryFailure(.retry(after: nil), "connection refused")
        #expect(bench.rounds(upload: away) { bench.names.count == 1 })
        #expect(bench.health.failures[.spool] == nil)
    }
}
