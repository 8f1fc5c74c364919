/// Sizes as an operator writes them: `512KiB`, `4GiB` (powers of 1024, IEC 80000-13), `32MB` (powers of 1000), or a number of bytes.
enum SizeText {
    private static let units: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("kB", 1000), ("KB", 1000), ("MB", 1_000_000),
        ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ]

    static func parse(_ given: GivenValue) throws(Complaint) -> Int {
        let allowed = "must be a size such as \"512KiB\", \"32MB\", \"4GiB\" or a number of bytes"
        if given.kind == .integer, let bytes = Int(given.text), bytes >= 0 { return bytes }
        guard given.kind == nil || given.kind == .string else { throw Complaint(allowed, found: given.shown) }
        if let bytes = bytes(given.text) { return bytes }
        throw Complaint(allowed, found: given.shown, hint: suggestion(given.text))
    }

    /// The same in the largest power of 1024 that divides it.
    static func print(_ bytes: Int) -> String {
        let unit = units.prefix(5).last { bytes != 0 && bytes % $0.bytes == 0 } ?? units[0]
        return "\(bytes / unit.bytes)\(unit.name)"
    }

    private static func bytes(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let name = text.dropFirst(digits.count)
        guard let number = Int(digits), let unit = name.isEmpty ? 1 : units.first(where: { $0.name == name })?.bytes else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: unit)
        return overflows ? nil : bytes
    }

    private static func suggestion(_ text: String) -> String? {
        let plain = text.lowercased().filter { $0 != " " && $0 != "_" }
        let number = plain.prefix { $0.isASCII && $0.isNumber }
        guard !number.isEmpty else { return nil }
        let name = String(plain.dropFirst(number.count))
        let meant = units.first { $0.name.lowercased() == name } ?? units.first { $0.name.lowercased() == name + "ib" }
        guard let meant, bytes("\(number)\(meant.name)") != nil else { return nil }
        return "write \"\(number)\(meant.name)\""
    }
}
