import Testing

@testable import IngestCore

@Suite("An HTTP date")
struct HTTPDateTests {
    @Test(
        "is read in each of the three forms",
        arguments: ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"])
    func forms(text: String) {
        #expect(HTTPDate.parse(text) == Timestamp(milliseconds: 784_111_777_000))
    }

    @Test("is read for every day from 1970 to 2100, as Timestamp would write it")
    func everyDay() throws {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        for day in 0..<47_482 {
            let moment = Timestamp(milliseconds: Int64(day) * 86_400_000 + 3_661_000)
            let c = moment.components
            let text = "Xxx, \(c.day < 10 ? "0" : "")\(c.day) \(months[c.month - 1]) \(c.year) 01:01:01 GMT"
            guard HTTPDate.parse(text) == moment else {
                Issue.record("\(text) became \(HTTPDate.parse(text)?.rfc3339 ?? "nothing")")
                return
            }
        }
    }

    @Test("of two digits for the year lies at most 50 years ahead")
    func century() {
        #expect(HTTPDate.parse("Sunday, 06-Nov-76 08:49:37 GMT", year: 2026)?.components.year == 2076)
        #expect(HTTPDate.parse("Sunday, 06-Nov-77 08:49:37 GMT", year: 2026)?.components.year == 1977)
    }

    @Test("with a leap second is the second after")
    func leapSecond() {
        #expect(HTTPDate.parse("Sat, 31 Dec 2016 23:59:60 GMT") == HTTPDate.parse("Sun, 01 Jan 2017 00:00:00 GMT"))
    }

    @Test(
        "that is none is refused",
        arguments: [
            "", "GMT", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 08:49:37 GMT GMT",
            "Sun, 31 Feb 2024 00:00:00 GMT", "Sun, 29 Feb 2023 00:00:00 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
            "Sun, 06 nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 19940 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 06 Nov 1994 08:60:00 GMT",
            "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 8:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT", "Sun, +6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov -994 08:49:37 GMT", "Sun, 06 Nov ١٩٩٤ 08:49:37 GMT", "Sunday, 06-Nov 08:49:37 GMT", "1994-11-06T08:49:37Z",
        ])
    func refused(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }

    @Test("tells, like plain seconds, how long to wait")
    func retryAfter() {
        let now = "Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(RetryAfter.parse("120", serverDate: nil) == .seconds(120))
        #expect(RetryAfter.parse("0", serverDate: nil) == .zero)
        #expect(RetryAfter.parse("99999999999999999999999", serverDate: nil) == .seconds(1_000_000_000))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:51:07 GMT", serverDate: now) == .seconds(90))
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:00:00 GMT", serverDate: now) == .zero)
        for text in ["", "-1", "1.5", "soon", "１"] { #expect(RetryAfter.parse(text, serverDate: now) == nil) }
        #expect(RetryAfter.parse("Sun, 06 Nov 1994 08:51:07 GMT", serverDate: nil) == nil)
    }
}
