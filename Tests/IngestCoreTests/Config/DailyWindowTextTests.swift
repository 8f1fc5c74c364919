import Testing

@testable import IngestCore

@Suite("A daily window")
struct DailyWindowTextTests {
    @Test("is read from two times of day, and printed the same", arguments: ["22:00-06:00", "00:00-23:59", "09:30-17:05"])
    func good(text: String) throws {
        #expect(try DailyWindow.parse(text).text == text)
    }

    @Test("goes over midnight where its end is the earlier")
    func midnight() throws {
        let window = try DailyWindow.parse("22:00-06:00")
        #expect(window == DailyWindow(from: 1320, to: 360))
        #expect(window.contains(minute: 1320) && window.contains(minute: 0) && window.contains(minute: 359))
        #expect(!window.contains(minute: 360) && !window.contains(minute: 1319))
    }

    @Test(
        "is refused otherwise",
        arguments: [
            "", "22:00", "22-06", "24:00-06:00", "22:60-06:00", "9:00-17:00", "22:00-22:00", "22:00-06:00-07:00", "aa:bb-cc:dd",
            "22:00 - 06:00",
        ])
    func bad(text: String) {
        #expect(throws: Complaint.self) { try DailyWindow.parse(text) }
    }
}
