/// Whether one thing that the gateway depends on (the disk, the broker, a store) is in trouble or well, and what of that deserves a line
/// in the log.
///
/// ```
///                 failed                    worked                   a minute without a failure
///        well ────────────► in trouble ◄───────────► mending ────────────────────────────────────► well
///                 told at once        failed                  the first time told at once
/// ```
/// One period of trouble lasts until a minute has passed without a failure. Within it the thing may come and go: its beginning and its
/// first recovery are told at once, what follows at most once a minute, with the number of relapses in between, and `since` stands.
///
/// What stays simple because of what it refuses:
/// - It is told of failures and of real work that was done: a picture written, a message taken, a row committed. A probe is no work, so
///   whoever only probed does not call `worked`.
/// - It reads no clock and writes no log. What it answers is to be logged, once; nil is nothing to say.
/// - It has no timer. Either call, or `overdue`, brings out what was held back once it is due.
package struct TroubleWatch: Sendable {
    /// How it is.
    package struct Trouble: Equatable, Sendable {
        /// What happened last, where, and what to do next.
        package let error: String
        /// When this period of trouble began, by the wall clock.
        package let since: Timestamp
    }

    /// What is worth a line.
    package struct News: Equatable, Sendable {
        /// Nil when it is well again.
        package let trouble: Trouble?
        /// How often it failed again since the line before.
        package let relapses: Int

        /// `text`, with the number of relapses where there were any.
        package func line(_ text: String) -> String {
            guard relapses > 0 else { return text }
            let times = relapses == 1 ? "once" : "\(relapses) times"
            let end = text.last.map { ".?!".contains($0) } ?? true ? "" : "."
            return "\(text)\(end) It recovered and failed again \(times) since this was last logged."
        }
    }

    /// Between two lines of one period of trouble, but for its beginning and its first recovery; and without a failure, until it is over.
    package static let interval = Duration.seconds(60)
    /// Kinds of failure in one period of which the first of each is told at once.
    private static let mostKinds = 4

    private struct Period {
        let since: Timestamp
        var error: String
        /// Kinds that were told.
        var kinds: Set<String>
        var kind: String
        /// Nil while it fails.
        var wellSince: Instant?
        var toldAt: Instant
        /// What the newest line says.
        var toldWell = false
        var toldKind: String
        var hasToldWell = false
        var relapses = 0
        /// Nothing is known of it yet.
        var isStart = false

        var isWell: Bool { wellSince != nil }
        var hasNews: Bool { toldWell != isWell || relapses > 0 || !isWell && kind != toldKind }
    }

    private var period: Period?

    package init() {}

    /// Nil while it is well.
    package var trouble: Trouble? {
        guard let period, !period.isWell else { return nil }
        return Trouble(error: period.error, since: period.since)
    }

    /// Nothing is known of it yet: to people that is trouble, but no failure, so that the first work ends it.
    package mutating func starts(_ error: String, now: Instant, wall: Timestamp) {
        period = Period(since: wall, error: error, kinds: [], kind: "", toldAt: now, toldKind: "", isStart: true)
    }

    /// It failed.
    /// - Parameters:
    ///   - error: what happened, where, and what to do next.
    ///   - kind: of failures that ask different things of people; another one is news.
    ///   - wall: the moment by the wall clock.
    package mutating func failed(_ error: String, kind: String = "", now: Instant, wall: Timestamp) -> News? {
        endPeriod(now: now)
        guard var period else {
            self.period = Period(since: wall, error: error, kinds: [kind], kind: kind, toldAt: now, toldKind: kind)
            return News(trouble: trouble, relapses: 0)
        }
        if period.isWell { period.relapses += 1 }
        period.isStart = false
        period.wellSince = nil
        period.error = error
        period.kind = kind
        let isNewKind = !period.kinds.contains(kind) && period.kinds.count < Self.mostKinds
        self.period = period
        return isNewKind ? tell(now: now) : overdue(now: now)
    }

    /// It did real work.
    package mutating func worked(now: Instant) -> News? {
        guard var period else { return nil }
        if period.isStart {
            self.period = nil
            return News(trouble: nil, relapses: 0)
        }
        if !period.isWell { period.wellSince = now }
        self.period = period
        return period.hasToldWell ? overdue(now: now) : tell(now: now)
    }

    /// What was held back and may be told now.
    package mutating func overdue(now: Instant) -> News? {
        if let period, period.hasNews, period.toldAt + Self.interval <= now { return tell(now: now) }
        endPeriod(now: now)
        return nil
    }

    private mutating func tell(now: Instant) -> News? {
        guard let period else { return nil }
        self.period?.toldAt = now
        self.period?.toldWell = period.isWell
        self.period?.toldKind = period.kind
        self.period?.kinds.insert(period.kind)
        self.period?.relapses = 0
        if period.isWell { self.period?.hasToldWell = true }
        return News(trouble: trouble, relapses: period.relapses)
    }

    private mutating func endPeriod(now: Instant) {
        guard let wellSince = period?.wellSince, wellSince + Self.interval <= now else { return }
        period = nil
    }
}
