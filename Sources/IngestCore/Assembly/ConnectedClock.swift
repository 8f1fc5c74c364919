/// Time that passes only while the gateway runs and is connected, in nanoseconds: what was silent because the broker was away
/// is not idle.
struct ConnectedClock {
    private var pausedSince: Int64?
    private var pausedInAll: Int64 = 0

    init() {}

    /// Goes on, when it is resumed, where another one stood.
    init(standingAt ticks: Int64, now: Instant) {
        pausedSince = Self.nanoseconds(now.sinceBoot)
        pausedInAll = Self.nanoseconds(now.sinceBoot) - ticks
    }

    var isPaused: Bool { pausedSince != nil }

    func ticks(at now: Instant) -> Int64 { (pausedSince ?? Self.nanoseconds(now.sinceBoot)) - pausedInAll }

    /// When the clock will show `ticks`; nil while it stands.
    func instant(of ticks: Int64) -> Instant? {
        pausedSince == nil ? Instant(sinceBoot: .nanoseconds(ticks + pausedInAll)) : nil
    }

    mutating func pause(at now: Instant) {
        if pausedSince == nil { pausedSince = Self.nanoseconds(now.sinceBoot) }
    }

    mutating func resume(at now: Instant) {
        guard let since = pausedSince else { return }
        pausedInAll += max(0, Self.nanoseconds(now.sinceBoot) - since)
        pausedSince = nil
    }

    static func nanoseconds(_ duration: Duration) -> Int64 {
        let parts = duration.components
        return parts.seconds &* 1_000_000_000 &+ parts.attoseconds / 1_000_000_000
    }
}
