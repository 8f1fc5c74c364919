/// Finds what a misspelled word was probably meant to be.
enum NearestName {
    /// The candidate that takes the fewest slips of the pen, if that is at most a third of the word; else one that begins with the word.
    static func of(_ word: String, among candidates: some Sequence<String>) -> String? {
        let typed = Array(lowercased(word))
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let target = Array(lowercased(candidate))
            let distance = distance(typed, target)
            guard distance <= max(1, max(typed.count, target.count) / 3) else { continue }
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.name ?? candidates.first { typed.count >= 3 && lowercased($0).starts(with: typed) }
    }

    /// Letters left out, added, changed, or swapped with their neighbour (optimal string alignment; Boytsov, "Indexing methods
    /// for approximate dictionary searching", 2011, section 2.1).
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in b.indices {
                row[j + 1] = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { row[j + 1] = min(row[j + 1], beforeLast[j - 1] + 1) }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }

    private static func lowercased(_ word: String) -> some Sequence<UInt8> { word.lowercased().utf8.prefix(64) }
}
