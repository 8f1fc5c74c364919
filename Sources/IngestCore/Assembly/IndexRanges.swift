/// Chunk numbers in rising order, written the way people do: `0-3, 7`.
package struct IndexRanges: Equatable, Sendable, CustomStringConvertible {
    package private(set) var ranges: [ClosedRange<Int>] = []

    package init() {}

    /// - Precondition: `index` is above all that were added before.
    package mutating func append(_ index: Int) {
        if let last = ranges.last, last.upperBound + 1 == index {
            ranges[ranges.count - 1] = last.lowerBound...index
        } else {
            ranges.append(index...index)
        }
    }

    package var count: Int { ranges.reduce(0) { $0 + $1.count } }

    /// A log line has to end somewhere: after 32 ranges it says how many there are.
    package var description: String {
        if ranges.isEmpty { return "none" }
        let shown = ranges.prefix(32).map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
        return shown.joined(separator: ", ") + (ranges.count > 32 ? ", ... (\(count) in all)" : "")
    }
}
