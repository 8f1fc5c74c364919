/// Keeps one noisy source from filling the log: of the lines under one key, such as (camera, reason), `burst` are written an `interval`,
/// and the first of the next tells how many were not.
///
/// The table is bounded. When it is full, idle keys leave it; when there are none, all further keys together count as one.
package struct LogLimiter<Key: Hashable & Sendable>: Sendable {
    package enum Decision: Equatable, Sendable {
        /// Write it, and say that `suppressed` lines of this key were not written before it.
        case write(suppressed: Int)
        case suppress
    }

    private struct Entry {
        var openAgain: Instant
        var written = 1
        var suppressed = 0
    }

    private let interval: Duration
    private let burst: Int
    private let capacity: Int
    private var entries: [Key: Entry] = [:]
    private var others: Entry?
    private var nextSweep: Instant?

    package init(interval: Duration = .seconds(10), burst: Int = 1, capacity: Int = 512) {
        self.interval = interval
        self.burst = burst
        self.capacity = capacity
    }

    package mutating func decide(_ key: Key, now: Instant) -> Decision {
        if var entry = entries[key] {
            defer { entries[key] = entry }
            return pass(&entry, now: now)
        }
        if entries.count >= capacity { sweep(now: now) }
        if entries.count < capacity {
            entries[key] = Entry(openAgain: now + interval)
            return .write(suppressed: 0)
        }
        guard var entry = others else {
            others = Entry(openAgain: now + interval)
            return .write(suppressed: 0)
        }
        defer { others = entry }
        return pass(&entry, now: now)
    }

    /// What to put behind the line, before its full stop: how many like it were not logged. Nil where the line is not to be logged either.
    package mutating func note(_ key: Key, now: Instant) -> String? {
        guard case .write(let suppressed) = decide(key, now: now) else { return nil }
        return suppressed > 0 ? ". \(suppressed) more like it were not logged" : ""
    }

    /// The keys that fell silent with lines unwritten, and how many, so that the last of a burst are told too. Call now and then.
    package mutating func takeSuppressed(now: Instant) -> [(key: Key, count: Int)] {
        let due = entries.filter { $0.value.suppressed > 0 && $0.value.openAgain <= now }
        for key in due.keys { entries[key] = nil }
        return due.map { ($0.key, $0.value.suppressed) }
    }

    private func pass(_ entry: inout Entry, now: Instant) -> Decision {
        guard entry.openAgain <= now else {
            if entry.written < burst {
                entry.written += 1
                return .write(suppressed: 0)
            }
            entry.suppressed += 1
            return .suppress
        }
        let suppressed = entry.suppressed
        entry = Entry(openAgain: now + interval)
        return .write(suppressed: suppressed)
    }

    /// At most once an interval, or a flood of new keys would walk the whole table for each.
    private mutating func sweep(now: Instant) {
        if let nextSweep, now < nextSweep { return }
        nextSweep = now + interval
        entries = entries.filter { $0.value.suppressed > 0 || $0.value.openAgain > now }
    }
}
