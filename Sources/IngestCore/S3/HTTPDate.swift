/// Reads the date of an HTTP header (RFC 9110, section 5.6.7), in any of its three forms:
///
/// ```
/// Sun, 06 Nov 1994 08:49:37 GMT    IMF-fixdate, the only one still sent
/// Sunday, 06-Nov-94 08:49:37 GMT   RFC 850
/// Sun Nov  6 08:49:37 1994         asctime
/// ```
/// The day's name is not looked at. A leap second counts as the second after it.
package enum HTTPDate {
    /// Nil for anything else, an impossible date included.
    /// - Parameter year: of now, for the two digits of RFC 850: what seems to lie more than 50 years ahead is of the century before.
    package static func parse(_ text: String, year now: Int = 2026) -> Timestamp? {
        let words = text.split(whereSeparator: { $0 == " " || $0 == "," })
        switch words.count {
        case 6 where words[5] == "GMT":
            return moment(day: words[1], month: words[2], year: number(words[3], digits: 4...4), time: words[4])
        case 4 where words[3] == "GMT":
            let date = words[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, let short = number(date[2], digits: 2...2) else { return nil }
            let year = now / 100 * 100 + short
            return moment(day: date[0], month: date[1], year: year > now + 50 ? year - 100 : year, time: words[2])
        case 5:
            return moment(day: words[2], month: words[1], year: number(words[4], digits: 4...4), time: words[3])
        default:
            return nil
        }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func moment(day: Substring, month: Substring, year: Int?, time: Substring) -> Timestamp? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 2...2) }
        guard let year, let day = number(day, digits: 1...2), let index = months.firstIndex(where: { $0 == month }), clock.count == 3,
            let hour = clock[0], let minute = clock[1], let second = clock[2],
            (1...daysIn(month: index + 1, of: year)).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = daysSince1970(year: year, month: index + 1, day: day)
        return Timestamp(milliseconds: Int64(((days * 24 + hour) * 60 + minute) * 60 + second) * 1000)
    }

    private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
        guard digits.contains(text.utf8.count), text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private static func daysIn(month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Day number of a proleptic Gregorian date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year  // years begin in March, so that a leap day ends one
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
