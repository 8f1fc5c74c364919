extension DailyWindow {
    /// `22:00-06:00`, hours and minutes of local time.
    static func parse(_ text: String) throws(Complaint) -> DailyWindow {
        let allowed = "must be a span of local time such as \"22:00-06:00\", or \"\" for always"
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = minute(ends[0]), let to = minute(ends[1]) else {
            throw Complaint(allowed, found: Quoted.text(text))
        }
        guard from != to else { throw Complaint(allowed, found: Quoted.text(text), hint: "this one is empty") }
        return DailyWindow(from: from, to: to)
    }

    var text: String { "\(Self.clock(from))-\(Self.clock(to))" }

    private static func clock(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return two(minute / 60) + ":" + two(minute % 60)
    }

    private static func minute(_ text: Substring) -> Int? {
        let digits = Array(text.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":"), let hour = two(digits[0], digits[1]),
            let minute = two(digits[3], digits[4]),
            hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }

    private static func two(_ tens: UInt8, _ ones: UInt8) -> Int? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard digits.contains(tens), digits.contains(ones) else { return nil }
        return Int(tens - digits.lowerBound) * 10 + Int(ones - digits.lowerBound)
    }
}
