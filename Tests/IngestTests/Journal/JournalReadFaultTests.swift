import Foundation
import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

/// What happens to the journal's files that is no crash, by name: a damaged place costs its captures, and nothing else.
@Suite("The journal, when some of it cannot be read")
struct JournalReadFaultTests {
    private static let folder = "/spool/journal"

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        /// Of eight captures whose chunks lie in several segments, so many at least are stored.
        let survivors: Int
        /// Given the segments' paths, in order.
        let change: @Sendable (ModelFiles, [String]) throws -> Void
        var testDescription: String { name }
    }

    private static func put(_ bytes: [UInt8], _ path: String, in files: ModelFiles) throws {
        files.close(try files.open(path, .create))
        files.damage(path) { $0 = bytes }
    }

    static let cases = [
        Case(name: "nothing", survivors: 8) { _, _ in },
        Case(name: "a segment that the disk cannot open", survivors: 1) { files, paths in
            files.fault = { operation, path in operation == .open && path == paths[1] ? EIO : nil }
        },
        Case(name: "a segment with a bad sector everywhere", survivors: 1) { files, paths in
            files.fault = { operation, path in operation == .read && path == paths[1] ? EIO : nil }
        },
        Case(name: "a segment emptied", survivors: 1) { files, paths in files.damage(paths[1]) { $0 = [] } },
        Case(name: "a segment of zero bytes", survivors: 1) { files, paths in files.damage(paths[1]) { $0 = $0.map { _ in 0 } } },
        Case(name: "a segment cut in its header", survivors: 1) { files, paths in files.damage(paths[1]) { $0 = Array($0.prefix(7)) } },
        Case(name: "a segment's header turned", survivors: 1) { files, paths in files.damage(paths[1]) { $0[9] ^= 0xff } },
        Case(name: "a segment gone", survivors: 1) { files, paths in try files.unlink(paths[1]) },
        Case(name: "a hole in a segment's middle", survivors: 5) { files, paths in
            files.damage(paths[1]) { bytes in for index in 600..<900 { bytes[index] = 0 } }
        },
        Case(name: "somebody's text behind the last record", survivors: 8) { files, paths in
            files.damage(paths[paths.count - 1]) { $0 += Array("# edited".utf8) }
        },
        Case(name: "a segment under a second name", survivors: 8) { files, paths in
            let bytes = files.contents(folder)[String(paths[0].dropFirst(folder.count + 1))] ?? []
            try put(bytes, folder + "/" + JournalFormat.fileName(90), in: files)
        },
        Case(name: "two segments' names exchanged", survivors: 0) { files, paths in
            try files.rename(paths[0], to: folder + "/x")
            try files.rename(paths[1], to: paths[0])
            try files.rename(folder + "/x", to: paths[1])
        },
        Case(name: "a folder with a segment's name", survivors: 8) { files, _ in
            try files.makeDirectory(folder + "/" + JournalFormat.fileName(77))
        },
        Case(name: "a pipe with a segment's name", survivors: 8) { files, _ in
            try files.makePipe(folder + "/" + JournalFormat.fileName(78))
        },
        Case(name: "a link loop with a segment's name", survivors: 8) { files, _ in
            try files.makeLink(folder + "/" + JournalFormat.fileName(79), to: JournalFormat.fileName(79))
        },
        Case(name: "a link to another segment under a later name", survivors: 8) { files, paths in
            try files.makeLink(folder + "/" + JournalFormat.fileName(80), to: paths[0])
        },
        Case(name: "a link in a segment's place", survivors: 1) { files, paths in
            try files.rename(paths[1], to: "/spool/elsewhere")
            try files.makeLink(paths[1], to: "/spool/elsewhere")
        },
        Case(name: "a pipe in a segment's place", survivors: 1) { files, paths in
            try files.unlink(paths[1])
            try files.makePipe(paths[1])
        },
        Case(name: "an empty file with a later segment's name", survivors: 8) { files, _ in
            try put([], folder + "/" + JournalFormat.fileName(66), in: files)
        },
        Case(name: "files of somebody's own", survivors: 8) { files, paths in
            try put([1], folder + "/README", in: files)
            try put([1], paths[0] + ".bak", in: files)
        },
        Case(name: "a segment that cannot be deleted", survivors: 8) { files, paths in
            files.fault = { operation, path in operation == .unlink && path == paths[0] ? EPERM : nil }
        },
    ]

    @Test("stores what is whole, mixes nothing, and takes what comes", arguments: cases)
    func corruption(of journal: Case) throws {
        let origin = try JournalBench(seed: 9) { $0.journal.segment = 2 << 10 }
        origin.releases = false
        var published: [[UInt8]] = []
        var last: [JournalBench.Message] = []
        for number in 0..<8 {
            published.append(JournalBench.picture(number, 800))
            let messages = JournalBench.messages("cam\(number)", published[number], chunk: 200)
            origin.queue += messages.dropLast()
            last += messages.suffix(1)
        }
        origin.start()
        while origin.acknowledged < origin.queue.count { #expect(origin.turn(4)) }
        try origin.line.close(now: origin.now)
        let segments = origin.files.contents(Self.folder).sorted { $0.key < $1.key }
        #expect(segments.count >= 3)

        let bench = try JournalBench(seed: 9) { $0.journal.segment = 2 << 10 }
        try bench.files.makeDirectory("/spool")
        try bench.files.makeDirectory(Self.folder)
        for (name, bytes) in segments { try Self.put(bytes, Self.folder + "/" + name, in: bench.files) }
        try journal.change(bench.files, segments.map { Self.folder + "/" + $0.key })
        #expect(bench.start(), "\(String(describing: bench.line.failure))")
        // And what comes now is taken, kept and stored, over another start.
        let fresh = JournalBench.picture(100, 900)
        bench.queue = last + JournalBench.messages("new", fresh, chunk: 200)
        try bench.runToEnd(batch: 4)
        #expect(bench.line.failure == nil)
        let found = Set(bench.stored.values)
        #expect(found.isSubset(of: published + [fresh]), "a mixture")
        #expect(found.contains(fresh) && found.count - 1 >= journal.survivors, "\(found.count - 1) survived")
        try bench.restart()
        #expect(bench.start())
    }

    @Test("carries what it can out of an old segment, and neither stops nor says that it cannot write", arguments: [EIO, EACCES, ESTALE])
    func carry(code: CInt) throws {
        let bench = try JournalBench(seed: 4)
        bench.start()
        // Two captures that are never whole hold on to the first segment.
        for name in ["bad", "good"] {
            bench.queue += [JournalBench.messages(name, JournalBench.picture(900, 500), chunk: 100, imageID: name)[0]]
        }
        while bench.acknowledged < bench.queue.count { #expect(bench.turn(8)) }
        var reads = 0
        // The first record of the first segment, and no other.
        bench.files.fault = { operation, path in
            guard operation == .read || operation == .open, path.hasSuffix(JournalFormat.fileName(1)) else { return nil }
            guard code == EIO else { return code }
            reads += operation == .read ? 1 : 0
            return operation == .read && reads == 1 ? EIO : nil
        }
        var published: [[UInt8]] = []
        for number in 0..<120 {
            published.append(JournalBench.picture(number, 700))
            bench.queue += JournalBench.messages("cam", published[number], chunk: 200)
        }
        while bench.acknowledged < bench.queue.count {
            #expect(bench.turn(8) && bench.line.failure == nil, "\(String(describing: bench.line.failure))")
            bench.deliverAll()
        }
        #expect(bench.problems(published: published) == [])
        #expect(code != EIO || bench.journal.figures.damaged == 1)
        bench.files.fault = { _, _ in nil }
        bench.advance(.seconds(601))
        try bench.runToEnd(batch: 4)
        #expect(bench.journal.figures.bytes < 40 << 10, "what could not be read is carried, or gone: \(bench.journal.figures.bytes)")
    }

    @Test("says that it cannot be read, and not that it cannot be written, when that is so; and waits, for nothing is lost by it")
    func closed() throws {
        let bench = try JournalBench(seed: 5)
        let picture = JournalBench.picture(1, 500)
        bench.queue = JournalBench.messages("cam", picture, chunk: 100)
        bench.start()
        bench.queue.removeLast()
        while bench.acknowledged < bench.queue.count { #expect(bench.turn(2)) }
        bench.files.restart()
        try bench.restart()
        bench.files.fault = { operation, path in operation == .open && path.hasSuffix(JournalFormat.fileName(1)) ? EACCES : nil }
        #expect(!bench.start())
        let told = bench.line.failure.map { "\($0)" } ?? ""
        #expect(told.hasPrefix("the journal cannot be read: ") && told.contains("chown"), "\(told)")
        #expect(told.contains(JournalFormat.fileName(1)), "\(told)")
        bench.files.fault = { _, _ in nil }
        bench.advance(.seconds(11))
        #expect(bench.start())
        bench.queue = JournalBench.messages("cam", picture, chunk: 100)
        try bench.runToEnd(batch: 2)
        #expect(bench.problems(published: [picture]) == [])
    }

    /// Reads fail now and then, and work the next time, beside everything else that a failing disk refuses.
    @Test("loses nothing to reads that fail now and then", arguments: 1...UInt64(30))
    func now(seed: UInt64) throws {
        let bench = try JournalBench(seed: seed, runsAhead: seed % 2 == 0) {
            $0.intake.pool = 64 << 10
            $0.mqtt.maxMessage = 8 << 10
        }
        var published: [[UInt8]] = []
        for number in 0..<20 {
            published.append(JournalBench.picture(number, 50 + number * 150))
            let id = number % 3 == 2 ? "i\(number)" : nil
            bench.queue += JournalBench.messages("cam\(number % 3)", published[number], chunk: 700, imageID: id)
        }
        bench.start()
        var faults = SplitMix(seed: seed)
        bench.files.fault = { operation, _ in
            let isRead = [.open, .read].contains(operation)
            guard isRead || [.write, .sync, .create, .unlink].contains(operation) else { return nil }
            guard Int.random(in: 0..<15, using: &faults) == 0 else { return nil }
            return isRead ? ESTALE : EIO
        }
        try bench.runToEnd(batch: 4)
        #expect(bench.problems(published: published) == [], "seed \(seed)")
    }
}
