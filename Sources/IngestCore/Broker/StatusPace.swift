/// When the gateway's state is published: at every change, at most once a second, and once a minute in any case.
package struct StatusPace: Equatable, Sendable {
    private static let shortest = Duration.seconds(1)
    private static let longest = Duration.seconds(60)

    /// What was published last of what counts as a change, and when.
    private var told: String?
    private var at: Instant?

    package init() {}

    /// - Parameter state: how things stand; what only grows or ticks is left out of it.
    /// - Returns: whether to publish now; then it counts as published.
    package mutating func isDue(_ state: String, now: Instant) -> Bool {
        if let at {
            guard now - at >= (state == told ? Self.longest : Self.shortest) else { return false }
        }
        told = state
        at = now
        return true
    }

    /// A connection began, or what was published did not arrive.
    package mutating func forget() { self = StatusPace() }
}
