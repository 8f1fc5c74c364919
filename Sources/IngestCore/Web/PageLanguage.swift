/// A language that people are answered in.
package enum PageLanguage: String, CaseIterable, Sendable {
    case en, th

    /// The one that serves a reader best, by `Accept-Language` (RFC 9110, section 12.5.4). Ranges are matched by lookup (RFC 4647,
    /// section 3.4), so that `th-TH` asks for Thai. Of equal weights the first counts; English where nothing is said or nothing fits.
    package init(accepting header: String?) {
        let ranges = (header ?? "").split(separator: ",").compactMap { LanguageRange($0) }
        /// Weight, and where in the list it stands.
        func rank(_ language: PageLanguage) -> (weight: Int, place: Int)? {
            let named = ranges.enumerated().filter { $0.element.primary == language.rawValue }
            // Who says nothing of a language, but gives a range for all others, means it by that.
            let meant = named.isEmpty ? ranges.enumerated().filter { $0.element.primary == "*" } : named
            return meant.max { a, b in (a.element.weight, b.offset) < (b.element.weight, a.offset) }.map { ($0.element.weight, $0.offset) }
        }
        var best = PageLanguage.en
        var bestRank = rank(.en) ?? (0, .max)
        for language in Self.allCases {
            guard let rank = rank(language), rank.weight > 0 else { continue }
            if rank.weight > bestRank.weight || rank.weight == bestRank.weight && rank.place < bestRank.place {
                (best, bestRank) = (language, rank)
            }
        }
        self = best
    }
}

/// One element of `Accept-Language`: a range and its weight in thousandths.
private struct LanguageRange {
    /// In lower case: `th` of `th-TH`, or `*`.
    let primary: String
    let weight: Int

    /// Nil for what is no such element; it then says nothing.
    init?(_ text: Substring) {
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmed }
        guard let range = parts.first, let primary = range.split(separator: "-").first, !range.contains(" ") else { return nil }
        self.primary = primary.lowercased()
        switch parts.count {
        case 1: weight = 1000
        case 2:
            guard let weight = Self.weight(parts[1]) else { return nil }
            self.weight = weight
        default: return nil
        }
    }

    /// Of `q=0.8` (RFC 9110, section 12.4.2): at most three digits behind the point.
    private static func weight(_ text: Substring) -> Int? {
        let sides = text.split(separator: "=", omittingEmptySubsequences: false).map { $0.trimmed }
        guard sides.count == 2, sides[0].lowercased() == "q" else { return nil }
        let digits = sides[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard digits[0] == "0" || digits[0] == "1" else { return nil }
        let fraction = digits.count > 1 ? digits[1] : ""
        guard fraction.utf8.count <= 3, fraction.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        let thousandths = Int(fraction + String(repeating: "0", count: 3 - fraction.utf8.count)) ?? 0
        let weight = (digits[0] == "1" ? 1000 : 0) + thousandths
        return weight <= 1000 ? weight : nil
    }
}

extension Substring {
    /// Without spaces and tabs around it.
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
