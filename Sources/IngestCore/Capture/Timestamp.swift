/// A moment of civil time, UTC, in milliseconds. For stamps only: nothing waits by it, since a wall clock may be stepped.
package struct Timestamp: Comparable, Hashable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.milliseconds < b.milliseconds }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    package var unixSeconds: Int64 { milliseconds.floorDivided(by: 1000) }

    /// `2026-11-22T08:31:05.123Z` (RFC 3339).
    package var rfc3339: String {
        let c = components
        return
            "\(pad(c.year, 4))-\(pad(c.month, 2))-\(pad(c.day, 2))T\(pad(c.hour, 2)):\(pad(c.minute, 2)):\(pad(c.second, 2)).\(pad(c.millisecond, 3))Z"
    }

    /// `20261122T083105.123Z` (ISO 8601 basic): sorts by time, and is safe in a file name.
    package var compact: String {
        let c = components
        return
            "\(pad(c.year, 4))\(pad(c.month, 2))\(pad(c.day, 2))T\(pad(c.hour, 2))\(pad(c.minute, 2))\(pad(c.second, 2)).\(pad(c.millisecond, 3))Z"
    }

    package var components: Components {
        let days = milliseconds.floorDivided(by: 86_400_000)
        let rest = Int(milliseconds &- days &* 86_400_000)  // the day may begin below Int64.min
        let (year, month, day) = Self.civil(daysSince1970: Int(days))
        return Components(
            year: year, month: month, day: day,
            hour: rest / 3_600_000, minute: rest / 60_000 % 60, second: rest / 1000 % 60, millisecond: rest % 1000
        )
    }

    package struct Components: Equatable, Sendable {
        package let year, month, day, hour, minute, second, millisecond: Int
    }

    /// Proleptic Gregorian date of a day number (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days).
    private static func civil(daysSince1970 days: Int) -> (Int, Int, Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private func pad(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
