extension Timestamp {
    /// From `20261122T083105.123Z`. Nil when `text` is not exactly of that form, or no real moment.
    package init?(compact text: some StringProtocol) {
        self.init(text, form: "YYYYMMDDThhmmss.fffZ")
    }

    /// From `2026-11-22T08:31:05.123Z`, the form `rfc3339` writes, and the same without a fraction.
    package init?(rfc3339 text: some StringProtocol) {
        if let moment = Timestamp(text, form: "YYYY-MM-DDThh:mm:ss.fffZ") ?? Timestamp(text, form: "YYYY-MM-DDThh:mm:ssZ") {
            self = moment
        } else {
            return nil
        }
    }

    private init?(_ text: some StringProtocol, form: String) {
        var (year, month, day) = (0, 0, 0)
        var (hour, minute, second, milliseconds) = (0, 0, 0, 0)
        var places = form.utf8.makeIterator()
        for byte in text.utf8 {
            guard let place = places.next() else { return nil }
            let digit = Int(byte) - Int(UInt8(ascii: "0"))
            let isDigit = (0...9).contains(digit)
            switch place {
            case UInt8(ascii: "Y") where isDigit: year = year * 10 + digit
            case UInt8(ascii: "M") where isDigit: month = month * 10 + digit
            case UInt8(ascii: "D") where isDigit: day = day * 10 + digit
            case UInt8(ascii: "h") where isDigit: hour = hour * 10 + digit
            case UInt8(ascii: "m") where isDigit: minute = minute * 10 + digit
            case UInt8(ascii: "s") where isDigit: second = second * 10 + digit
            case UInt8(ascii: "f") where isDigit: milliseconds = milliseconds * 10 + digit
            case byte where Self.separates(byte): break
            default: return nil
            }
        }
        guard places.next() == nil else { return nil }
        guard (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60 else { return nil }
        let days = Self.daysSince1970(year, month, day)
        let seconds = Int64(days) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        let moment = Timestamp(milliseconds: seconds * 1000 + Int64(milliseconds))
        // The 31st of a month that has none would come out as another day.
        guard moment.components.day == day else { return nil }
        self = moment
    }

    private static func separates(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "T"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "Z"): true
        default: false
        }
    }

    /// Day number of a date of the proleptic Gregorian calendar (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
    /// days_from_civil), for years from 0 on.
    private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
