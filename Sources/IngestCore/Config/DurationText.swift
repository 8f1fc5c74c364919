/// Durations as an operator writes them: `500ms`, `10s`, `5m`, `7d`, `1h30m`.
///
/// A number without a unit is refused, also a TOML integer: nobody should have to guess between seconds and milliseconds.
enum DurationText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]
    private static let longNames = [
        "msec": "ms", "millisecond": "ms", "milliseconds": "ms", "sec": "s", "second": "s", "seconds": "s", "min": "m", "minute": "m",
        "minutes": "m", "hour": "h", "hours": "h", "hr": "h", "day": "d", "days": "d",
    ]

    static func parse(_ given: GivenValue) throws(Complaint) -> Duration {
        let allowed = "must be a duration such as \"500ms\", \"10s\", \"5m\", \"2h\" or \"7d\""
        if given.kind == .integer || given.kind == .float {
            throw Complaint(allowed, found: given.shown, hint: "write \"\(given.text)s\" for seconds")
        }
        guard given.kind == nil || given.kind == .string else { throw Complaint(allowed, found: given.shown) }
        if let milliseconds = milliseconds(given.text) { return .milliseconds(milliseconds) }
        throw Complaint(allowed, found: given.shown, hint: suggestion(given.text))
    }

    /// The same as one number: whole days as days, otherwise seconds or milliseconds.
    /// - Parameter shortest: in the largest unit of which it is a whole number.
    static func print(_ duration: Duration, shortest: Bool = false) -> String {
        let milliseconds = Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
        if shortest, milliseconds > 0, let unit = units.last(where: { milliseconds % $0.milliseconds == 0 }) {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        if milliseconds % 1000 != 0 { return "\(milliseconds)ms" }
        if milliseconds > 0, milliseconds % 86_400_000 == 0 { return "\(milliseconds / 86_400_000)d" }
        return "\(milliseconds / 1000)s"
    }

    private static func milliseconds(_ text: String) -> Int? {
        var rest = Substring(text)
        var total = 0
        var lastUnit = Int.max
        repeat {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            guard let number = Int(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            guard let unit = units.first(where: { $0.name == name })?.milliseconds, unit < lastUnit else { return nil }
            rest = rest.dropFirst(name.count)
            lastUnit = unit
            let (part, partOverflows) = number.multipliedReportingOverflow(by: unit)
            let (sum, sumOverflows) = total.addingReportingOverflow(part)
            guard !partOverflows, !sumOverflows else { return nil }
            total = sum
        } while !rest.isEmpty
        return total
    }

    /// What a slightly different spelling was meant to be.
    private static func suggestion(_ text: String) -> String? {
        let plain = text.lowercased().filter { $0 != " " && $0 != "_" }
        let number = plain.prefix { $0.isASCII && $0.isNumber }
        guard !number.isEmpty else { return nil }
        let name = String(plain.dropFirst(number.count))
        let unit = name.isEmpty ? "s" : longNames[name] ?? name
        let meant = number + unit
        guard milliseconds(String(meant)) != nil else { return nil }
        return "write \"\(meant)\"" + (name.isEmpty ? " for seconds" : "")
    }
}
