import Foundation
import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

/// What disks, editors and people do to the spool's files, by name, and what must come of each: delivered, or kept in quarantine with the
/// reason, or let alone. Never delivered damaged, and never deleted.
@Suite("Corruptions of the spool")
struct SpoolCorruptionTests {
    enum Outcome: Sendable {
        case delivered
        /// The record's `last_error` has this in it.
        case quarantined(String)
    }

    struct Corruption: CustomTestStringConvertible, Sendable {
        let name: String
        let outcome: Outcome
        /// Given the picture's path without extension.
        let change: @Sendable (ModelFiles, String) throws -> Void
        var testDescription: String { name }
    }

    private static let picture: [UInt8] = [0xff, 0xd8, 0xff, 1, 2, 3, 4, 5, 6, 7]

    private static func record(_ name: String, _ outcome: Outcome, _ change: @escaping @Sendable (String) -> String) -> Corruption {
        Corruption(name: name, outcome: outcome) { files, path in
            files.damage(path + ".json") { $0 = Array(change(String(decoding: $0, as: UTF8.self)).utf8) }
        }
    }

    private static func bytes(
        _ name: String, of fileExtension: String = "json", _ outcome: Outcome, _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) -> Corruption {
        Corruption(name: name, outcome: outcome) { files, path in files.damage("\(path).\(fileExtension)", change) }
    }

    private static func beside(_ name: String, _ file: @escaping @Sendable (String) -> String) -> Corruption {
        Corruption(name: name, outcome: .delivered) { files, path in
            try files.withFile(file(path), .create) { file throws(SystemError) in try files.write([1, 2], to: file) }
        }
    }

    private static func hidden(_ path: String, _ ending: String) -> String {
        let slash = path.lastIndex(of: "/")!
        return "\(path[..<slash])/.\(path[path.index(after: slash)...])\(ending)"
    }

    static let corruptions = [
        bytes("a record emptied by a power cut", .quarantined("it is not JSON")) { $0 = [] },
        bytes("a record of zero bytes", .quarantined("it is not JSON")) { $0 = $0.map { _ in 0 } },
        bytes("a record cut in its middle", .quarantined("it is not JSON")) { $0.removeLast($0.count / 2) },
        bytes("a record over 64 KiB", .quarantined("longer than 65536 bytes")) { $0 += [UInt8](repeating: 0x20, count: 65_536) },
        bytes("a record saved as UTF-16", .delivered) { $0 = [0xff, 0xfe] + $0.flatMap { [$0, 0] } },
        record("a record that is a list", .quarantined("wrong type")) { "[\($0)]" },
        record("a record of a later version", .quarantined("version 2 is not 1")) {
            $0.replacingOccurrences(of: "\"version\": 1", with: "\"version\": 2")
        },
        record("a record without its key", .quarantined("key is missing")) { $0.replacingOccurrences(of: "\"key\"", with: "\"kee\"") },
        record("a record with a negative size", .quarantined("size is not above zero")) {
            $0.replacingOccurrences(of: "\"size\": 10", with: "\"size\": -10")
        },
        record("a record with a size beyond any integer", .quarantined("the record cannot be read")) {
            $0.replacingOccurrences(of: "\"size\": 10", with: "\"size\": 1e400")
        },
        record("a record with its checksum in capitals", .quarantined("sha256 is not")) {
            $0.replacingOccurrences(of: TestDigest.of(picture), with: TestDigest.of(picture).uppercased())
        },
        record("a record that speaks of another kind of picture", .quarantined("the record has no picture")) {
            $0.replacingOccurrences(of: "image/jpeg", with: "image/png")
        },
        record("a record with a moment that is none", .quarantined("recorded_at is no RFC 3339 moment")) {
            $0.replacingOccurrences(of: "2026-11-22T08", with: "2026-13-22T08")
        },
        record("a record edited with CRLF", .delivered) { $0.replacingOccurrences(of: "\n", with: "\r\n") },
        record("a record saved with a byte order mark", .delivered) { "\u{feff}" + $0 },
        record("a record with a member of somebody's own", .delivered) {
            $0.replacingOccurrences(of: "{\n", with: "{\n  \"note\": [1],\n")
        },
        bytes("a picture cut short", of: "jpg", .quarantined("has 6 bytes, not 10")) { $0.removeLast(4) },
        bytes("a picture with a tail", of: "jpg", .quarantined("has 12 bytes, not 10")) { $0 += [0, 0] },
        bytes("a picture emptied", of: "jpg", .quarantined("has 0 bytes, not 10")) { $0 = [] },
        bytes("a picture with one bit turned", of: "jpg", .quarantined("SHA-256")) { $0[7] ^= 0x10 },
        bytes("a picture of zero bytes", of: "jpg", .quarantined("SHA-256")) { $0 = $0.map { _ in 0 } },
        Corruption(name: "a picture gone", outcome: .quarantined("the record has no picture")) { try $0.unlink($1 + ".jpg") },
        Corruption(name: "a record gone", outcome: .quarantined("the picture has no record")) { try $0.unlink($1 + ".json") },
        beside("a second picture of another kind") { $0 + ".png" },
        beside("a backup of the record") { $0 + ".json.bak" },
        beside("an editor's backup") { $0 + ".json~" },
        beside("an editor's swap file") { hidden($0, ".json.swp") },
        beside("what a crash left") { hidden($0, ".jpg.tmp") },
        beside("a note") { _ in "/spool/pending/2026-11-22/08/README" },
        beside("a file among the days") { _ in "/spool/pending/2026-11-23" },
        beside("a name that is no text") { _ in "/spool/pending/2026-11-22/08/\u{fffd}\u{fffd}.json" },
    ]

    @Test("are delivered or quarantined, and nothing is lost", arguments: corruptions)
    func corruption(_ corruption: Corruption) throws {
        let bench = SpoolBench()
        try bench.spool("other", at: "2026-11-22T08:31:06Z")
        let name = try bench.worker.store.store(testRecord(Self.picture, imageID: "it", at: "2026-11-22T08:31:05Z"), Self.picture)
        let path = bench.worker.store.layout.file(.pending, name, "jpg").dropLast(4)
        try corruption.change(bench.files, String(path))
        let before = try everything(bench.files, "/spool/pending")
        bench.lookAnew()
        switch corruption.outcome {
        case .delivered:
            #expect(bench.rounds { bench.delivered.sorted() == ["it", "other"] && bench.names.isEmpty })
            #expect(bench.worker.figures.corrupt == (corruption.name.contains("second picture") ? 1 : 0))
        case .quarantined(let reason):
            #expect(bench.rounds { bench.delivered == ["other"] && bench.quarantined == [name] && bench.worker.figures.corrupt == 1 })
            let record = bench.files.contents("/spool/quarantine/2026-11-22/08")[name.file("json")] ?? []
            #expect(String(decoding: record, as: UTF8.self).contains(reason), "\(String(decoding: record, as: UTF8.self))")
            // Every byte of it is kept.
            let after = Set(try everything(bench.files, "/spool").values)
            for (path, bytes) in before where path.contains("~it.jpg") { #expect(after.contains(bytes), "\(path)") }
        }
        #expect(bench.health.failures[.spool] == nil && bench.published.current.unreadable <= 1)
    }

    /// The contents of all files below a folder, by path.
    private func everything(_ files: ModelFiles, _ folder: String) throws -> [String: [UInt8]] {
        var found: [String: [UInt8]] = [:]
        let names = try files.directory(folder)
        while let name = try names.next() {
            let path = folder + "/" + name
            if try files.status(path)?.kind == .directory {
                found.merge(try everything(files, path)) { $1 }
            } else {
                found[path] = files.contents(folder)[name]
            }
        }
        return found
    }
}
