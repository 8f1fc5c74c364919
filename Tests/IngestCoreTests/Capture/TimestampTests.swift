import Foundation
import Testing

@testable import IngestCore

@Suite("A timestamp")
struct TimestampTests {
    @Test(
        "is written as RFC 3339 and as ISO 8601 basic, in milliseconds",
        arguments: [
            (1_795_336_265_123, "2026-11-22T08:31:05.123Z", "20261122T083105.123Z"),
            (0, "1970-01-01T00:00:00.000Z", "19700101T000000.000Z"),
            (-1, "1969-12-31T23:59:59.999Z", "19691231T235959.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z", "20000229T000000.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z", "21000228T235959.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z", "21000301T000000.000Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z", "00010101T000000.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z", "99991231T235959.999Z"),
        ] as [(Int64, String, String)])
    func texts(milliseconds: Int64, rfc3339: String, compact: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == rfc3339)
        #expect(Timestamp(milliseconds: milliseconds).compact == compact)
    }

    @Test("rounds its unix seconds down, before 1970 too")
    func unixSeconds() {
        #expect([1999, 1000, 999, 0, -1, -1000, -1001].map { Timestamp(milliseconds: $0).unixSeconds } == [1, 1, 0, 0, -1, -1, -2])
    }

    @Test("agrees with Foundation's calendar")
    func calendar() throws {
        var utc = Calendar(identifier: .gregorian)
        utc.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = WireRandom(seed: 1)
        for _ in 0..<2000 {
            // From 1600 on: before, Foundation's calendar is Julian.
            let milliseconds = Int64.random(in: -11_644_473_600_000...32_503_680_000_000, using: &random)
            let c = Timestamp(milliseconds: milliseconds).components
            let expected = utc.dateComponents(
                [.year, .month, .day, .hour, .minute, .second],
                from: Date(timeIntervalSince1970: Double(milliseconds - Int64(c.millisecond)) / 1000)
            )
            #expect(
                [c.year, c.month, c.day, c.hour, c.minute, c.second] == [
                    expected.year, expected.month, expected.day, expected.hour, expected.minute, expected.second,
                ])
        }
    }

    @Test("sorts by time, as its texts do")
    func order() {
        var random = WireRandom(seed: 2)
        let stamps = (0..<500).map { _ in Timestamp(milliseconds: Int64.random(in: 0...4_000_000_000_000, using: &random)) }.sorted()
        #expect(stamps.map(\.milliseconds) == stamps.map(\.milliseconds).sorted())
        #expect(stamps.map(\.compact) == stamps.map(\.compact).sorted())
        #expect(stamps.map(\.rfc3339) == stamps.map(\.rfc3339).sorted())
    }

    @Test("does not fail at the ends of its range")
    func ends() {
        #expect(!Timestamp(milliseconds: .min).rfc3339.isEmpty)
        #expect(!Timestamp(milliseconds: .max).compact.isEmpty)
    }
}
