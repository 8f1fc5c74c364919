import Testing

@testable import IngestCore

@Suite("A duration")
struct DurationTextTests {
    @Test(
        "is read with its unit",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("5m", .seconds(300)), ("2h", .seconds(7200)),
            ("7d", .seconds(604_800)), ("0s", .zero), ("1h30m", .seconds(5400)), ("1d12h", .seconds(129_600)),
            ("1s500ms", .milliseconds(1500)),
        ])
    func good(text: String, duration: Duration) throws {
        #expect(try DurationText.parse(GivenValue(text: text)) == duration)
    }

    @Test(
        "is refused otherwise, with what was probably meant",
        arguments: [
            ("10", "write \"10s\" for seconds"), ("10 s", "write \"10s\""), ("10S", "write \"10s\""), ("10 seconds", "write \"10s\""),
            ("3 min", "write \"3m\""), ("", nil), ("s", nil), ("1.5s", nil), ("-1s", nil), ("1m1h", nil), ("1s1s", nil), ("10x", nil),
            ("99999999999999999999s", nil), ("999999999999999999d", nil), ("١s", nil),
        ] as [(String, String?)])
    func bad(text: String, hint: String?) {
        let complaint = #expect(throws: Complaint.self) { try DurationText.parse(GivenValue(text: text)) }
        #expect(complaint?.hint == hint)
        #expect(complaint?.problem.contains("\"500ms\"") == true)
    }

    @Test("is no bare TOML number, for nobody should guess its unit")
    func number() {
        let node = ConfigurationNode(path: "a.b", kind: .integer, text: "30", line: 1)
        let complaint = #expect(throws: Complaint.self) { try DurationText.parse(GivenValue(node)) }
        #expect(complaint?.hint == "write \"30s\" for seconds")
    }

    @Test("is printed so that it reads back", arguments: [0, 1, 999, 1000, 1500, 60_000, 3_600_000, 86_400_000, 604_800_000, 90_000_000])
    func printed(milliseconds: Int) throws {
        let duration = Duration.milliseconds(milliseconds)
        #expect(try DurationText.parse(GivenValue(text: DurationText.print(duration))) == duration)
    }
}
