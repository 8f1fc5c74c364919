import Clients
import Glibc
import IngestCore
import Logging
import Platform
import TestFiles
import Testing

@testable import Ingest

@Suite("The broker's session, remembered")
struct SessionMemoryTests {
    private static let noon = Timestamp(milliseconds: 1_800_000_000_000)

    private struct Collector: LogWriter {
        let records: Monitor<[LogRecord]>
        func write(_ record: LogRecord) { records.update { $0.append(record) } }
    }

    private let records = Monitor<[LogRecord]>([])
    private var lines: [String] { records.read { $0.map(\.message) } }

    private func memory(_ files: any FileSystem, _ change: (inout MosquittoSettings) -> Void = { _ in }) -> SessionMemory {
        var settings = MosquittoSettings(host: "broker", port: 1883, clientID: "gateway")
        change(&settings)
        let log = Logger(label: "test") { [records] in
            ThresholdLogHandler(label: $0, threshold: LogThreshold(.info), writer: Collector(records: records))
        }
        return SessionMemory(SessionFile("/.broker-session", files: files), settings: settings, log: log)
    }

    private func after(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: Self.noon.milliseconds + seconds * 1000) }

    @Test("is missed by the next run, once, and by no other name or broker")
    func restarts() {
        let files = ModelFiles()
        memory(files).began(isKept: false, expiry: nil, wall: Self.noon)
        #expect(lines.isEmpty)

        for change: (inout MosquittoSettings) -> Void in [
            { $0.clientID = "other" }, { $0.port = 1884 }, { $0.sessionExpiry = .seconds(60) },
        ] {
            let copy = ModelFiles()
            memory(copy).began(isKept: false, expiry: nil, wall: Self.noon)
            memory(copy, change).began(isKept: false, expiry: nil, wall: after(10))
        }
        #expect(lines.isEmpty)

        let second = memory(files)
        second.began(isKept: false, expiry: nil, wall: after(10))
        #expect(second.lost == 1 && lines.count == 1)
        second.began(isKept: true, expiry: nil, wall: after(20))
        #expect(second.lost == 1)
        let third = memory(files)
        third.began(isKept: true, expiry: nil, wall: after(30))
        #expect(third.lost == 0 && lines.count == 1)
    }

    @Test("is told of once, where the broker keeps none and comes and goes; each counts")
    func flaps() {
        let it = memory(ModelFiles())
        for second in 0..<100 { it.began(isKept: false, expiry: nil, wall: after(Int64(second))) }
        #expect(it.lost == 99 && lines.count == 1)
    }

    @Test("is told of once that it cannot be written, where the disk comes and goes")
    func disk() {
        let files = ModelFiles()
        var count = 0
        files.fault = { operation, _ in
            guard operation == .create else { return nil }
            count += 1
            return count.isMultiple(of: 2) ? nil : EROFS
        }
        let it = memory(files)
        for hour in 0..<50 { it.began(isKept: true, expiry: .seconds(Int64(hour + 1) * 60), wall: after(Int64(hour) * 3600)) }
        #expect(count > 20 && lines.count == 1, "\(count): \(lines)")
    }

    @Test("is not missed when it had to expire: by what was asked, or by what the broker grants")
    func expiry() {
        for granted in [Duration.seconds(120), nil] {
            let files = ModelFiles()
            let life = granted?.components.seconds ?? 7 * 86_400
            memory(files).began(isKept: false, expiry: granted, wall: Self.noon)
            memory(files).began(isKept: false, expiry: granted, wall: after(life))
            #expect(lines.isEmpty)
            memory(files).began(isKept: false, expiry: granted, wall: after(life + 100))
            #expect(lines.count == 1)
            records.update { $0 = [] }
        }
    }

    @Test("keeps what was dropped, and when it was last there, over a restart")
    func refreshed() {
        let files = ModelFiles()
        let first = memory(files)
        first.began(isKept: false, expiry: nil, wall: Self.noon)
        for second: Int64 in 1...4000 { first.stands(dropped: Int(second / 2000), wall: after(second)) }
        #expect(memory(files).dropped == 2)
        // One hourly refresh and two for the number, not 4000.
        #expect(files.operations < 60)
    }

    @Test("is there whole or as it was before, wherever a crash comes between")
    func crash() throws {
        var crashes = 0
        for seed in 0..<200 as Range<UInt64> {
            let files = ModelFiles(seed: seed)
            let file = SessionFile("/.broker-session", files: files)
            let name = BrokerSession.Name(broker: "b", clientID: "c", expiry: 60)
            let old = BrokerSession(name: name, seen: Self.noon, kept: 60),
                new = BrokerSession(name: name, seen: after(9), kept: 60, dropped: 3)
            try file.write(old)
            files.crashAfter = files.operations + Int(seed % 8)
            do throws(SystemError) { try file.write(new) } catch { crashes += 1 }
            files.restart()
            let found = try file.read()
            #expect(found == old || found == new, "seed \(seed)")
        }
        #expect(crashes > 50)
    }

    @Test(
        "is not believed when it is damaged, and then nothing is said to be lost",
        arguments: [
            "", "{", "[]",
            #"{"version":2,"broker":"mqtt://broker:1883","client_id":"gateway","session_expiry":604800,"kept":604800,"seen":1800000000000}"#,
            #"{"version":1,"broker":"mqtt://broker:1883","client_id":"gateway","session_expiry":604800,"kept":-1,"seen":1800000000000}"#,
            #"{"version":1,"broker":"mqtt://broker:1883","client_id":"gateway","session_expiry":604800,"kept":604800,"seen":-9223372036854775808}"#,
            #"{"version":1,"broker":"mqtt://broker:1883","client_id":"gateway","session_expiry":604800,"kept":9223372036854775807,"seen":9223372036854775807}"#,
            #"{"version":1,"broker":"mqtt://broker:1883","client_id":"gateway","session_expiry":604800,"kept":604800,"seen":1800000000000,"dropped":-1}"#,
        ])
    func damage(text: String) {
        let files = ModelFiles()
        memory(files).began(isKept: false, expiry: nil, wall: Self.noon)
        files.damage("/.broker-session") { $0 = Array(text.utf8) }
        let memory = memory(files)
        memory.began(isKept: false, expiry: nil, wall: after(10))
        #expect(memory.lost == 0 && lines.count == 1 && lines[0].contains("cannot be known at this start"))
        // Written anew, it is good again.
        let next = self.memory(files)
        next.began(isKept: false, expiry: nil, wall: after(20))
        #expect(next.lost == 1)
    }

    @Test("costs one line where the disk refuses, and is tried again")
    func refusingDisk() {
        let files = ModelFiles()
        files.fault = { operation, _ in operation == .create ? ENOSPC : nil }
        let memory = memory(files)
        memory.began(isKept: false, expiry: nil, wall: Self.noon)
        for second: Int64 in 1...8000 { memory.stands(dropped: nil, wall: after(second)) }
        #expect(lines.count == 1 && lines[0].contains("cannot be remembered"))
        files.fault = { _, _ in nil }
        memory.stands(dropped: nil, wall: after(20_000))
        #expect(files.contents("/").keys.contains(".broker-session"))
    }
}
