import Clients
import IngestCore
import Platform
import TestFiles
import Testing

@testable import Ingest

@Suite("The account's file")
struct AccountFileTests {
    private static let start: Int64 = 1_795_000_000_000 / 86_400_000 * 86_400_000

    private func counts(_ stored: Int) -> Account.Counts {
        var counts = Account.Counts()
        counts[.stored] = stored
        return counts
    }

    @Test("keeps 400 days and no more, in a size that stands, the last week by the hour and what is older by the day")
    func folding() throws {
        let files = ModelFiles(seed: 1)
        try files.makeDirectory("/spool")
        var file = AccountFile("/spool/.account", files: files)
        let cameras = (0..<3).map { CameraUID("Küche \($0)")! }
        let first = Account.hour(of: Timestamp(milliseconds: Self.start))
        try file.begin(at: Timestamp(milliseconds: Self.start))
        var largest = 0
        let hours = 900 * 24
        for hour in stride(from: 0, to: hours, by: 8) {
            let now = Timestamp(milliseconds: Self.start + Int64(hour + 8) * 3_600_000)
            let lines = (hour..<hour + 8).flatMap { hour in
                cameras.map { camera in
                    AccountLine(
                        generation: UInt64(hour / 8 + 1), isJournaled: true, place: .init(hour: first + Int64(hour), camera: camera),
                        counts: counts(hour % 5))
                }
            }
            try file.append(lines, now: now)
            largest = max(largest, try files.status("/spool/.account")?.size ?? 0)
            // Another process begins now and then.
            if hour % 4096 == 0 { file = AccountFile("/spool/.account", files: files) }
        }
        #expect(largest < 500_000, "\(largest) bytes")
        let now = Timestamp(milliseconds: Self.start + Int64(hours) * 3_600_000)
        let oldest = AccountFile.beginning(for: .min, now: now)
        let content = try file.read { $0.place.hour >= oldest }
        #expect(content.start?.milliseconds == Self.start && content.damaged == 0)
        for camera in cameras {
            let lines = content.lines.filter { $0.place.camera == camera }
            let expected = (Int(oldest - first)..<hours).reduce(0) { $0 + $1 % 5 }
            #expect(lines.reduce(0) { $0 + $1.counts[.stored] } == expected)
            let lastDays = Account.hour(of: now) - 6 * 24
            #expect(Set(lines.filter { $0.place.hour >= lastDays }.map(\.place.hour)).count == 6 * 24)
        }
        #expect(AccountFile.beginning(for: oldest + 5, now: now) == oldest, "further back a day is told as a whole")
        #expect(AccountFile.beginning(for: first + Int64(hours) - 3, now: now) == first + Int64(hours) - 3)
    }

    @Test("tells the same over a crash in any step of a folding")
    func crash() throws {
        func fill(_ files: ModelFiles) throws -> Int {
            var file = AccountFile("/spool/.account", files: files)
            let first = Account.hour(of: Timestamp(milliseconds: Self.start))
            for day in 0..<40 {
                let lines = (0..<24).map { hour in
                    AccountLine(
                        generation: UInt64(day + 1), isJournaled: true,
                        place: .init(hour: first + Int64(day * 24 + hour), camera: CameraUID(String(repeating: "x", count: 120))!),
                        counts: counts(1))
                }
                do { try file.append(lines, now: Timestamp(milliseconds: Self.start + Int64(day + 1) * 86_400_000)) } catch {
                    guard files.stopped else { throw error }
                    return day
                }
            }
            return 40
        }
        func begun(_ seed: UInt64) throws -> ModelFiles {
            let files = ModelFiles(seed: seed)
            try files.makeDirectory("/spool")
            try files.syncDirectory("/")
            var file = AccountFile("/spool/.account", files: files)
            try file.begin(at: Timestamp(milliseconds: Self.start))
            return files
        }
        let rehearsal = try begun(2)
        let start = rehearsal.operations
        _ = try fill(rehearsal)
        #expect(rehearsal.contents("/spool")[".account"]!.count < 70_000, "it was folded")
        for crash in start..<rehearsal.operations {
            let files = try begun(UInt64(crash))
            files.crashAfter = crash
            let days = try fill(files)
            if files.stopped { files.restart() }
            let lines = try AccountFile("/spool/.account", files: files).read().lines
            let stored = lines.reduce(0) { $0 + $1.counts[.stored] }
            #expect(stored >= days * 24 && stored <= (days + 1) * 24, "a crash at operation \(crash): \(stored) of \(days) days")
        }
    }
}
