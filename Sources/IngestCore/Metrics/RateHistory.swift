/// What came and went in each minute of the last hour. Of fixed size, however long the gateway runs.
package struct RateHistory: Sendable {
    package struct Counts: Equatable, Sendable {
        package var chunks = 0
        package var pictures = 0
        package var stored = 0
        package var incomplete = 0

        package init(chunks: Int = 0, pictures: Int = 0, stored: Int = 0, incomplete: Int = 0) {
            self.chunks = chunks
            self.pictures = pictures
            self.stored = stored
            self.incomplete = incomplete
        }

        fileprivate mutating func add(_ other: Counts, less earlier: Counts) {
            chunks += other.chunks - earlier.chunks
            pictures += other.pictures - earlier.pictures
            stored += other.stored - earlier.stored
            incomplete += other.incomplete - earlier.incomplete
        }
    }

    package static let minutes = 60

    private let start: Instant
    /// As they were at the last look.
    package private(set) var totals = Counts()
    /// Of the minute that runs, the so manieth since the start.
    private var running = Counts()
    private var number = 0
    /// Whole minutes, oldest first; `minutes` at most.
    package private(set) var past: [Counts] = []

    package init(start: Instant) { self.start = start }

    /// Takes note of what was counted since the start. To be called every second or so: what came between two calls counts for the
    /// minute of the earlier one.
    package mutating func note(_ newest: Counts, at now: Instant) {
        running.add(newest, less: totals)
        totals = newest
        let current = Int((now - start).components.seconds / 60)
        guard current > number else { return }
        past.append(running)
        // Minutes that nobody looked into, for the machine slept.
        let missed = min(current - number - 1, Self.minutes)
        past.append(contentsOf: repeatElement(Counts(), count: missed))
        past.removeFirst(max(0, past.count - Self.minutes))
        running = Counts()
        number = current
    }
}
