/// A point on the monotonic clock. Decisions that need the time are given one; nothing in this module reads a clock.
package struct Instant: Comparable, Hashable, Sendable {
    /// Time since boot, suspension included (`CLOCK_BOOTTIME`, clock_gettime(2)).
    package let sinceBoot: Duration

    package init(sinceBoot: Duration) { self.sinceBoot = sinceBoot }

    package static func < (a: Instant, b: Instant) -> Bool { a.sinceBoot < b.sinceBoot }
    package static func + (instant: Instant, pause: Duration) -> Instant { Instant(sinceBoot: instant.sinceBoot + pause) }
    package static func - (instant: Instant, pause: Duration) -> Instant { Instant(sinceBoot: instant.sinceBoot - pause) }
    package static func - (later: Instant, earlier: Instant) -> Duration { later.sinceBoot - earlier.sinceBoot }
}
