import IngestCore
import Platform

/// The last hour in figures, for people. The main thread writes it, any thread reads it.
final class PublishedRates: Sendable {
    private let history: Monitor<RateHistory>

    init(start: Instant = .current) { history = Monitor(RateHistory(start: start)) }

    func note(_ intake: IntakeFigures, stored: Int, now: Instant = .current) {
        let counts = RateHistory.Counts(
            chunks: intake.messages, pictures: intake.completed, stored: stored,
            incomplete: intake.incomplete.values.reduce(0, +)
        )
        history.update { $0.note(counts, at: now) }
    }

    var current: RateHistory { history.read { $0 } }
}
