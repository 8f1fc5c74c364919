import Foundation
import Platform
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

@Suite("Two record stores on one table")
struct RecordRaceTests {
    @Test("write each picture once and each camera once, whoever comes first", arguments: [Tables.ours, .plain])
    func race(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let rounds = 40
        // Both hear the same pictures of the same cameras, but in other orders and batches, complete some milliseconds apart, under names of their own.
        let inserted = Monitor(0)
        let again = Monitor(0)
        let failures = Monitor([String]())
        let threads = try (0..<3).map { gateway in
            let settings = try database.settings(gateway: "box\(gateway)")
            return try NamedThread("gateway\(gateway)") {
                let store = RecordStore(settings)
                var random = SplitMix(seed: UInt64(gateway))
                for round in 0..<rounds {
                    var batch = (0..<12).map { number in
                        let camera = "cam\(round)-\(number % 4)"
                        let moment = Picture.noon + Int64(round) * 60_000 + Int64(gateway) * 7
                        return RecordEntry(
                            .sample(
                                camera: camera, id: number % 2 == 0 ? "id\(round)" : nil, content: UInt8(number), at: moment,
                                key: "\(gateway)/\(round)/\(number)"))
                    }
                    batch.shuffle(using: &random)
                    do {
                        for result in try store.write(batch) {
                            if result.insertedID != nil {
                                inserted.update { $0 += 1 }
                            } else if result.again != nil {
                                again.update { $0 += 1 }
                            }
                        }
                    } catch {
                        failures.update { $0.append("\(error)") }
                    }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.read { $0 } == [])
        #expect(inserted.read { $0 } == rounds * 12)
        #expect(again.read { $0 } == rounds * 12 * 2)
        #expect(try database.rows() == rounds * 12)
        #expect(try database.sql("SELECT count(*), count(DISTINCT device_uid) FROM SCHEMA.devices") == "\(rounds * 4)|\(rounds * 4)")
    }
}

/// A generator that a failing test can print and a fixed one can replay (Steele, Lea, Flood 2014).
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
