import Foundation
import IngestCore
import Platform
import TestFiles
import TestServices
import Testing

@testable import Ingest

@Suite("The spool")
struct SpoolStoreTests {
    private let folder: TemporaryFolder
    private let store: SpoolStore
    private let bytes: [UInt8] = [0xff, 0xd8, 0xff] + (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    init() throws {
        folder = try TemporaryFolder()
        // The clock is ahead, so that no file is too young to be judged.
        store = SpoolStore.forTests(LocalFiles(), in: folder.file("spool").path) { MonotonicClock.wallMilliseconds() + 60_000 }
        try store.prepare()
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
    private func files(_ path: String) -> [String] {
        (FileManager.default.enumerator(atPath: folder.file("spool/" + path).path)?.allObjects as? [String] ?? []).sorted()
    }

    @Test("keeps a picture and its record as two plain files by the hour")
    func stores() throws {
        let record = testRecord(bytes)
        let name = try store.store(record, bytes)
        #expect(
            files("pending") == [
                "2026-11-22", "2026-11-22/08", "2026-11-22/08/20261122T083105.123Z~cam7~i-1.jpg",
                "2026-11-22/08/20261122T083105.123Z~cam7~i-1.json",
            ]
        )
        let entry = try store.verify(name)
        #expect(entry.record == record)
        #expect(Array(try Data(contentsOf: URL(filePath: entry.picturePath))) == bytes)
        #expect(store.usage.pending.entries == 1 && store.usage.pending.bytes == bytes.count + record.json.count)
        #expect(store.usage.allocated >= store.usage.pending.bytes)
    }

    @Test("keeps the same picture once, and another of the same name beside it")
    func sameName() throws {
        let first = try store.store(testRecord(bytes), bytes)
        #expect(try store.store(testRecord(bytes), bytes) == first)
        #expect(store.usage.pending.entries == 1)
        let second = try store.store(testRecord([1, 2]), [1, 2])
        #expect(second.base == first.base + "-" + TestDigest.of([1, 2]).prefix(8))
        #expect(try store.store(testRecord([1, 2]), [1, 2]) == second)
        #expect(try store.verify(first).record.picture.size == bytes.count)
        #expect(try store.verify(second).record.picture.size == 2)
    }

    @Test("updates a record and leaves nothing behind")
    func updates() throws {
        var record = testRecord(bytes)
        let name = try store.store(record, bytes)
        record.attempts = 3
        record.lastError = "refused"
        try store.update(name, record)
        #expect(try store.load(name).record == record)
        #expect(files("pending/2026-11-22/08").count == 2)
        #expect(store.usage.pending.bytes == bytes.count + record.json.count)
        try store.remove(name, "jpg")
        #expect(throws: SpoolError.gone(name)) { try store.update(name, record) }
    }

    @Test("removes an entry, and the folders that it leaves empty")
    func removes() throws {
        let name = try store.store(testRecord(bytes), bytes)
        try store.remove(name, "jpg")
        #expect(store.all().isEmpty && store.usage.pending == SpoolUsage.Tally())
        #expect(throws: SpoolError.gone(name)) { try store.remove(name, "jpg") }
        // A walk that began before may name it while its picture is still there: that is no damage.
        #expect(throws: SpoolError.gone(name)) { try store.load(name) }
        store.finishRemovals()
        #expect(files("pending").isEmpty)
        // And fills them again.
        try store.store(testRecord(bytes), bytes)
        #expect(store.all() == [name])
    }

    @Test("finishes removals by itself when there are many")
    func manyRemovals() throws {
        for index in 0..<400 { try store.store(testRecord([UInt8(index % 256)], imageID: "i\(index)"), [UInt8(index % 256)]) }
        for name in store.all() { try store.remove(name, "jpg") }
        #expect(files("pending/2026-11-22/08").count < 2 * 256)
    }

    @Test(
        "keeps whole what is stored again while its removal is not finished, by this process or by one that was killed",
        arguments: SpoolDeparture.allCases, [false, true])
    func storedAgain(departure: SpoolDeparture, killed: Bool) throws {
        let path = folder.file("spool").path
        func another() throws -> SpoolStore {
            let store = SpoolStore.forTests(LocalFiles(), in: path) { MonotonicClock.wallMilliseconds() + 60_000 }
            try store.prepare()
            return store
        }
        let name = try store.store(testRecord(bytes), bytes)
        try store.remove(name, "jpg", as: departure)
        let store = killed ? try another() : store
        #expect(try store.store(testRecord(bytes), bytes) == name)
        store.finishRemovals()
        for store in [store, try another()] {
            let findings = store.scan(.checksums) { _ in true }
            for finding in findings {
                if case .damaged = finding { Issue.record("\(finding)") }
            }
            store.finishRemovals()
            _ = store.finishCounted(store.takeUncounted().map(\.name))
            #expect(try store.verify(name).record == testRecord(bytes))
            #expect(store.takeRemovalErrors().isEmpty && store.usage.pending.entries == 1)
        }
        #expect(files("pending").count == 4)
    }

    @Test("walks in order, oldest or newest first, over hours and days")
    func walks() throws {
        var stored: [SpoolEntryName] = []
        let moments = [
            "2026-11-22T08:00:00Z", "2025-12-31T23:59:59.999Z", "2026-11-22T09:00:00Z", "2026-11-22T08:00:00.001Z", "2026-11-23T00:00:00Z",
        ]
        for moment in moments {
            stored.append(try store.store(testRecord(bytes, at: moment), bytes))
        }
        #expect(store.all() == stored.sorted())
        #expect(store.all(.pending, .newestFirst) == stored.sorted().reversed())
    }

    @Test("quarantines an entry with its last error, and puts it back as new")
    func quarantines() throws {
        var record = testRecord(bytes)
        let name = try store.store(record, bytes)
        record.attempts = 10
        record.lastError = "400 InvalidValue"
        try store.quarantine(name, record)
        #expect(store.all().isEmpty && store.all(.quarantine) == [name])
        #expect(try store.verify(name, in: .quarantine).record == record)
        #expect(store.usage.pending == SpoolUsage.Tally() && store.usage.quarantine.entries == 1)
        #expect(files("pending").isEmpty)
        try store.restore(name)
        #expect(try store.verify(name).record == testRecord(bytes))
        #expect(store.usage.quarantine == SpoolUsage.Tally() && store.usage.pending.entries == 1)
        #expect(files("quarantine").isEmpty)
    }

    @Test("overwrites nothing in quarantine")
    func collision() throws {
        for content: [UInt8] in [[1], [2, 2]] {
            let name = try store.store(testRecord(content), content)
            try store.quarantine(name, testRecord(content))
        }
        let kept = files("quarantine/2026-11-22/08")
        #expect(kept.count == 4 && kept.contains { $0.hasSuffix(".jpg.1") } && kept.contains { $0.hasSuffix(".json.1") })
    }

    @Test("tells damage from absence")
    func damage() throws {
        let name = try store.store(testRecord(bytes), bytes)
        let path = try store.load(name).picturePath
        var other = bytes
        other[5000] ^= 1
        try Data(other).write(to: URL(filePath: path))
        _ = try store.load(name)
        #expect(throws: SpoolError.damaged(name, .checksum(expected: TestDigest.of(bytes), found: TestDigest.of(other)))) {
            try store.verify(name)
        }
        try Data(bytes.dropLast()).write(to: URL(filePath: path))
        #expect(throws: SpoolError.damaged(name, .size(expected: bytes.count, found: bytes.count - 1))) { try store.load(name) }
        try FileManager.default.removeItem(atPath: path)
        #expect(throws: SpoolError.damaged(name, .noPicture)) { try store.load(name) }
        try FileManager.default.removeItem(atPath: store.layout.record(.pending, name))
        #expect(throws: SpoolError.gone(name)) { try store.load(name) }
    }

    @Test("gives up the oldest when told to make room")
    func dropsOldest() throws {
        for second in 10..<20 { try store.store(testRecord(bytes, at: "2026-11-22T08:00:\(second).000Z"), bytes) }
        let all = store.all()
        let before = store.usage.allocated
        let dropped = try store.dropOldest(bytes: 40_000)
        #expect(dropped == Array(all.prefix(dropped.count)) && (2...4).contains(dropped.count))
        #expect(store.usage.allocated <= before - 40_000)
        #expect(store.all() == Array(all.dropFirst(dropped.count)))
    }

    @Test("answers in its own words for a disk that fails, and keeps nothing half")
    func faults() throws {
        let expected: [(code: Int32, inWords: @Sendable (SystemError) -> SpoolError)] = [
            (ENOSPC, SpoolError.full), (EDQUOT, SpoolError.full), (EROFS, SpoolError.readOnly), (EACCES, SpoolError.denied),
            (EIO, SpoolError.failing),
        ]
        for (code, inWords) in expected {
            for operation in ModelFiles.Operation.allCases {
                let files = ModelFiles(seed: 1)
                let store = SpoolStore.forTests(files) { 100_000 }
                try store.prepare()
                var hit: SystemError?
                files.fault = { performed, path in
                    guard performed == operation, hit == nil, path.contains("/pending/") else { return nil }
                    hit = SystemError(operation.rawValue, code, on: path)
                    return code
                }
                do throws(SpoolError) {
                    try store.store(testRecord(bytes), bytes)
                    // What cannot be looked at is no reason not to write.
                    #expect(hit == nil || [.unlink, .open, .read, .status].contains(operation), "\(operation)")
                } catch {
                    #expect(hit.map(inWords) == error && error.system != nil, "\(operation)")
                }
                files.fault = { _, _ in nil }
                let name = try store.store(testRecord(bytes), bytes)
                #expect(store.all() == [name])
                #expect(try store.verify(name).record == testRecord(bytes))
                #expect(store.usage.pending.entries == 1, "\(operation) \(code)")
            }
        }
    }

    @Test("says at the start that its folder cannot be written")
    func prepare() {
        let files = ModelFiles()
        files.fault = { operation, _ in operation == .create ? EROFS : nil }
        let store = SpoolStore.forTests(files) { 0 }
        #expect(throws: SpoolError.readOnly(SystemError("create", EROFS, on: "/spool/.rehearsal.picture.tmp"))) { try store.prepare() }
    }

    @Test("takes want of memory for what it is, and no picture for damaged by it")
    func noMemory() throws {
        struct NoDigest: SpoolDigest {
            func update(_: UnsafeRawBufferPointer) {}
            func finish() throws(SystemError) -> String { throw SystemError("SHA-256", 12) }
        }
        let files = ModelFiles()
        let whole = SpoolStore.forTests(files) { 0 }
        try whole.prepare()
        let name = try whole.store(testRecord([1, 2, 3]), [1, 2, 3])
        let store = SpoolStore(directory: "/spool", files: files, digest: { NoDigest() }, wallClock: { Timestamp(milliseconds: 0) })
        let error = #expect(throws: SpoolError.self) { try store.verify(name) }
        #expect(error?.system != nil && "\(error!)".contains("SHA-256"))
        #expect(throws: SystemError.self) { try OpenSSLDigest(nil).finish() }
    }
}
