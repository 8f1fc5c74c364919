/// Whether one backend may be tried.
///
/// ```
///            a failure                pause over, someone asks
///  closed ─────────────► open(until) ─────────────────────────► half open: one probe
///    ▲                        ▲                                     │      │
///    └────────────────────────┼──────────────── it was answered ────┘      │
///                             └───────────────── it failed ────────────────┘
/// ```
/// What stays simple because of what it refuses:
/// - It neither sleeps nor logs nor reads a clock: it is told what happened and when, and answers.
/// - One probe at a time, and it is a real delivery, so a backend that comes back meets one picture and not a crowd.
/// - It cannot tell a picture that is bad from a store that refuses all it is given: only that none was taken since `mostRefusals` were
///   refused in a row. From then on refusals are the store's, and each is a failure, until one is taken.
/// - Every attempt carries the number of the period it began in. What an earlier period's attempt comes to changes nothing: when four
///   uploads fail together that is one failure, and a success from before the fall proves nothing about now.
package struct CircuitBreaker: Sendable {
    /// Leave to try once. Whoever holds one owes `record` or `withdraw`, once.
    package struct Attempt: Equatable, Sendable {
        fileprivate let period: UInt64
    }

    package enum Permission: Equatable, Sendable {
        case go(Attempt)
        /// The one attempt that decides whether the backend is back.
        case probe(Attempt)
        case wait(until: Instant)
        /// A probe is under way; ask again when it has come to something.
        case waitForProbe
    }

    /// How the backend stands, for health.
    package enum Condition: Equatable, Sendable {
        case working
        /// Cannot be reached, or asked for time; it may come back by itself.
        case unreachable(since: Instant)
        /// Someone must act.
        case operatorNeeded(since: Instant)
    }

    private enum State: Equatable {
        case closed
        case open(until: Instant)
        case halfOpen
    }

    /// A backend may ask for a pause as long as this (`Retry-After`); more is cut to it.
    package static let longestWish = Duration.seconds(3600)
    /// As many in a row may be refused for their own sake.
    package static let mostRefusals = 3

    /// A change counts from the next failure on.
    package var backoff: Backoff
    private var state = State.closed
    private var period: UInt64 = 0
    private var failures = 0
    /// In a row, since the last that was taken.
    private var refusals = 0
    /// The last of them was for want of a right.
    private var isDenied = false
    package private(set) var condition = Condition.working

    package init(backoff: Backoff) { self.backoff = backoff }

    /// Whether refusals are the store's, for it takes nothing.
    package var refusesAll: Bool { refusals >= Self.mostRefusals }

    /// Whether a picture should be at hand for the next attempt, for each may be the one that is taken. Where a right is missing, none is.
    package var wantsCandidate: Bool { refusesAll && !isDenied }

    /// When the next attempt may begin, for metrics and the status page; nil while nothing is held back.
    package var heldUntil: Instant? {
        if case .open(let until) = state { until } else { nil }
    }

    /// What `permission` would come to, without taking it: whether an attempt could begin now.
    package func wouldPermit(now: Instant) -> Bool {
        switch state {
        case .closed: true
        case .open(let until): until <= now
        case .halfOpen: false
        }
    }

    /// Asks to make one attempt.
    package mutating func permission(now: Instant) -> Permission {
        switch state {
        case .closed:
            return .go(Attempt(period: period))
        case .open(let until) where until <= now:
            enter(.halfOpen)
            return .probe(Attempt(period: period))
        case .open(let until):
            return .wait(until: until)
        case .halfOpen:
            return .waitForProbe
        }
    }

    /// Takes what an attempt came to: nil when the backend took what it was given, else the failure's class. A refusal of one picture shows
    /// a working backend, as long as it takes others.
    /// - Parameter count: of pictures that were refused, where the attempt was for several and none was taken.
    package mutating func record(
        _ failure: FailureClass?, count: Int = 1, of attempt: Attempt, now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard attempt.period == period else {
            // One that was under way when the others were refused: this is what had to be found out.
            if failure == nil, refusesAll {
                refusals = 0
                tryNow(now: now)
            }
            return
        }
        switch failure {
        case nil:
            refusals = 0
            close()
        case .picture, .denied:
            refusals = min(refusals + count, Self.mostRefusals)
            isDenied = failure == .denied
            guard refusesAll else { return close() }
            failures += 1
            enter(.open(until: now + backoff.pause(afterFailures: failures, using: &random)))
            condition = .operatorNeeded(since: since ?? now)
        case .unsendable:
            withdraw(attempt, now: now)
        case .retry(let wish):
            failures += 1
            let pause =
                wish.map { min(max($0, backoff.shortest), Self.longestWish) } ?? backoff.pause(afterFailures: failures, using: &random)
            enter(.open(until: now + pause))
            condition = .unreachable(since: since ?? now)
        case .operatorNeeded:
            failures += 1
            enter(.open(until: now + backoff.slowPause(using: &random)))
            condition = .operatorNeeded(since: since ?? now)
        }
    }

    /// Gives an attempt back that came to nothing either way, as when its picture was taken from it. After a probe the next one may begin at once.
    package mutating func withdraw(_ attempt: Attempt, now: Instant) {
        guard attempt.period == period, state == .halfOpen else { return }
        enter(.open(until: now))
    }

    /// Ends the pause: the next to ask is the probe. For an operator's `retry`, and when the configuration changed.
    package mutating func tryNow(now: Instant) {
        guard case .open(let until) = state, until > now else { return }
        state = .open(until: now)
    }

    private mutating func close() {
        guard state != .closed else { return }
        enter(.closed)
        failures = 0
        condition = .working
    }

    private var since: Instant? {
        switch condition {
        case .working: nil
        case .unreachable(let since), .operatorNeeded(let since): since
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        period += 1
    }
}
