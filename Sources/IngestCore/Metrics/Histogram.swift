/// How long things took, counted in buckets, as Prometheus wants it.
package struct Histogram: Equatable, Sendable {
    /// Upper bounds in seconds; a last bucket without one follows.
    package let bounds: [Double]
    /// By bucket, not yet added up.
    package private(set) var counts: [Int]
    /// Seconds.
    package private(set) var sum = 0.0

    package init(_ bounds: [Double] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30, 300]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package mutating func observe(_ duration: Duration) {
        let seconds = duration.seconds
        counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
        sum += seconds
    }
}

extension Duration {
    package var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
