import Foundation
import Ingest
import IngestCore
import Platform
import TestFiles
import Testing

@Suite("A scan of the spool")
struct SpoolScanTests {
    private let files = ModelFiles(seed: 3)
    private let store: SpoolStore

    init() throws {
        store = Self.open(files)
        try store.prepare()
    }

    private static func open(_ files: ModelFiles) -> SpoolStore {
        SpoolStore.forTests(files) { files.now + 10_000 }
    }

    private func put(_ bytes: [UInt8], _ path: String) throws {
        try files.withFile(path, .create) { file throws(SystemError) in try files.write(bytes, to: file) }
    }

    private func fill(_ count: Int) throws -> [SpoolEntryName] {
        try (0..<count).map { index in
            let record = testRecord([UInt8(index), 1], imageID: "i\(index)", at: "2026-11-22T\(10 + index % 3):00:00Z")
            return try store.store(record, [UInt8(index), 1])
        }.sorted()
    }

    @Test("counts what is there, in steps of any size", arguments: [1, 7, 1000])
    func counts(budget: Int) throws {
        let names = try fill(20)
        let known = store.usage
        let fresh = Self.open(files)
        #expect(fresh.usage == SpoolUsage())
        #expect(fresh.scan(budget: budget) == [])
        #expect(fresh.usage == known && fresh.usage.pending.entries == 20)
        #expect(fresh.all() == names)
    }

    @Test("finds entries that were copied in by hand, and misses those taken out")
    func byHand() throws {
        let names = try fill(3)
        let record = testRecord([9], imageID: "hand", at: "2026-01-01T00:00:00Z")
        for folder in ["/spool/pending/2026-01-01", "/spool/pending/2026-01-01/00"] { try files.makeDirectory(folder) }
        try put([9], "/spool/pending/2026-01-01/00/20260101T000000.000Z~cam7~hand.jpg")
        try put(record.json, "/spool/pending/2026-01-01/00/20260101T000000.000Z~cam7~hand.json")
        for fileExtension in ["jpg", "json"] { try files.unlink(store.layout.file(.pending, names[0], fileExtension)) }
        #expect(store.scan() == [])
        #expect(store.usage.pending.entries == 3)
        #expect(store.all().map(\.imageID) == ["hand", names[1].imageID, names[2].imageID])
    }

    @Test("brings entries home that were copied into another hour's folder, and leaves what is there already")
    func strays() throws {
        let names = try fill(3)
        let record = testRecord([9], imageID: "hand", at: "2026-01-01T00:00:00Z")
        let (wrong, home) = ("/spool/pending/2026-11-22/10", "20260101T000000.000Z~cam7~hand")
        try put([9], "\(wrong)/\(home).jpg")
        try put(record.json, "\(wrong)/\(home).json")
        try put([8], "\(wrong)/\(names[2].file("jpg"))")
        let findings = store.scan()
        #expect(findings.count == 2)
        #expect(findings.allSatisfy { if case .broughtHome(let name, wrong) = $0 { name.imageID == "hand" } else { false } }, "\(findings)")
        #expect(store.scan() == [])
        #expect(store.all().map(\.imageID) == ["hand"] + names.map(\.imageID))
        #expect(store.usage.pending.entries == 4)
        #expect(try files.contents(of: store.layout.file(.pending, names[2], "jpg"), limit: 99) != [8])
    }

    @Test("quarantines a picture without record, unless the journal still holds its capture")
    func noRecord() throws {
        let names = try fill(6)
        let held = try store.load(names[1]).record.picture.sha256
        for name in names[..<2] { try files.unlink(store.layout.record(.pending, name)) }
        let findings = store.scan(holds: { $0 == held })
        #expect(findings.contains(.damaged(names[0], .noRecord)) && findings.contains(.leftover(names[1])) && findings.count == 2)
        #expect(store.all() == Array(names[2...]))
        #expect(store.usage.pending.entries == 4 && store.usage.quarantine.entries == 1)
        let note = String(decoding: try files.contents(of: store.layout.record(.quarantine, names[0]), limit: 9999), as: UTF8.self)
        #expect(note.contains("\"last_error\": \"the picture has no record\"") && note.contains("\"camera_uid\": \"cam7\""))
        #expect(try files.status(store.layout.file(.quarantine, names[0], "jpg")) != nil)
        #expect(store.scan() == [])
    }

    @Test("quarantines a record without picture, even when there is a picture without record beside it")
    func noPicture() throws {
        let names = try fill(6).filter { $0.folder.hasSuffix("10") }
        try files.unlink(store.layout.file(.pending, names[0], "jpg"))
        try files.unlink(store.layout.record(.pending, names[1]))
        let findings = store.scan()
        #expect(findings.contains(.damaged(names[0], .noPicture)) && findings.contains(.damaged(names[1], .noRecord)))
        #expect(findings.count == 2)
        let record = try SpoolRecord(json: files.contents(of: store.layout.record(.quarantine, names[0]), limit: 9999))
        #expect(record.lastError == "the record has no picture")
    }

    @Test("finds, when it reads, unreadable records and wrong checksums, and keeps all of them")
    func reads() throws {
        let names = try fill(6)
        try put(Array("{ torn".utf8), store.layout.record(.pending, names[0]))
        try put([0xff, 0xff], store.layout.file(.pending, names[1], "jpg"))
        #expect(store.scan() == [])
        let findings = store.scan(.records)
        #expect(findings == [.damaged(names[0], .record("it is not JSON"))])
        #expect(try files.contents(of: store.layout.record(.quarantine, names[0]) + ".damaged", limit: 99) == Array("{ torn".utf8))
        #expect(store.scan(.checksums).count == 1)
        #expect(store.all(.quarantine) == Array(names[..<2]) && store.all() == Array(names[2...]))
        #expect(store.usage.pending.entries == 4 && store.usage.quarantine.entries == 2)
    }

    @Test("quarantines the second of two pictures under one name")
    func doubled() throws {
        let names = try fill(3)
        try put([1, 2, 3], store.layout.file(.pending, names[0], "png"))
        #expect(store.scan() == [.damaged(names[0], .noRecord)])
        #expect(try store.verify(names[0]).record.fileExtension == "jpg")
        #expect(try files.status(store.layout.file(.quarantine, names[0], "png")) != nil)
        #expect(store.scan() == [])
    }

    @Test("removes temporary files, and lets foreign ones alone")
    func leftovers() throws {
        let name = try fill(1)[0]
        let folder = store.layout.folder(.pending, name)
        try put([1], folder + "/.\(name.base).jpg.tmp")
        try put([1], folder + "/notes.txt")
        #expect(store.scan() == [.temporary(folder + "/.\(name.base).jpg.tmp")])
        #expect(try files.status(folder + "/notes.txt") != nil)
    }

    @Test("does not judge what may still be on its way in")
    func young() throws {
        let name = try fill(1)[0]
        files.now = 50_000
        try put([1], store.layout.file(.pending, name, "png").replacingOccurrences(of: "i0", with: "new"))
        let now = SpoolStore.forTests(files) { [files] in files.now + 1000 }
        let scan = SpoolScan(now, holdsCapture: { _ in false })
        #expect(scan.step() == [] && scan.isDone && scan.young == 1)
    }
}

extension SpoolScanTests {
    @Test("takes no entry for damaged that is delivered while it lists a large hour, nor its mark for a crash's", arguments: 0..<20)
    func deliveredMeanwhile(seed: Int) throws {
        let files = ModelFiles(seed: UInt64(seed))
        let store = SpoolStore.forTests(files) { files.now + 10_000 }
        try store.prepare()
        for number in 0..<40 {
            try store.store(testRecord([UInt8(number)], imageID: "i\(number)", at: "2026-11-22T10:00:00Z"), [UInt8(number)])
        }
        var random = SplitMix(seed: UInt64(seed))
        var findings: [SpoolScan.Finding] = []
        for _ in 0..<6 {
            let scan = SpoolScan(store, holdsCapture: { _ in false })
            while !scan.isDone {
                findings += scan.step(Int.random(in: 1...9, using: &random))
                if let name = store.all().randomElement(using: &random), Bool.random(using: &random) { try store.remove(name, "jpg") }
                if Int.random(in: 0..<8, using: &random) == 0 { store.finishRemovals() }
            }
        }
        #expect(findings.isEmpty, "seed \(seed): \(findings)")
        #expect(store.all(.quarantine).isEmpty)
    }
}

@Suite("What a scan of the spool says in the log")
struct SpoolScanLogTests {
    @Test("is of thousands of a kind some, and how many more there were", arguments: ["Deleted /", "Moved a file", "Finished what"])
    func manyLines(kind: String) throws {
        let bench = SpoolBench()
        let folder = "/spool/pending/2026-11-22/08"
        try bench.spool("kept")
        for number in 0..<120 {
            let name = try SpoolEntryName(testRecord([1], imageID: "i\(number)").picture) { _ throws(SpoolError) in "" }
            switch kind {
            case "Deleted /": try bench.files.put([1], at: "\(folder)/.\(name.file("jpg")).tmp")
            case "Finished what": try bench.files.put([1], at: "\(folder)/.\(name.file("jpg")).removed")
            default:
                let record = testRecord([1], imageID: "i\(number)", at: "2026-11-22T07:31:05Z")
                let stray = try SpoolEntryName(record.picture) { _ throws(SpoolError) in "" }
                try bench.files.put(record.json, at: "\(folder)/\(stray.file("json"))")
                try bench.files.put([1], at: "\(folder)/\(stray.file("jpg"))")
            }
        }
        bench.lookAnew()
        bench.turn(12)
        let count = bench.lines.read { $0.count { $0.contains(kind) } }
        #expect((1...21).contains(count), "\(count) lines of 120: \(bench.lines.read { $0.prefix(3) })")
        #expect(bench.files.contents(folder).count <= 2, "all were dealt with")
    }
}

extension ModelFiles {
    fileprivate func put(_ bytes: [UInt8], at path: String) throws {
        try withFile(path, .create) { file throws(SystemError) in try write(bytes, to: file) }
    }
}
