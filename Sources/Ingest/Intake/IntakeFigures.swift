package import IngestCore

/// What the intake counted, for people and metrics.
package struct IntakeFigures: Sendable {
    package var messages = 0
    package var duplicates = 0
    package var completed = 0
    package var repeated = 0
    /// Pictures that do not end as their format says.
    package var truncated = 0
    /// Pictures whose camera's own time is none.
    package var badTimes = 0
    package var rejected: [Refusal: Int] = [:]
    package var incomplete: [Abandonment: Int] = [:]
    package var open = 0
    package var inDoubt = 0
    package var memory = 0
    package var unacknowledged = 0
    package var journal = JournalFigures()
    /// Captures whose chunks were written, by the reason for it.
    package var writes: [AcknowledgementLedger<CaptureRecord>.Reason: Int] = [:]
    /// Messages that the broker says it dropped, for any client; nil where it does not say.
    package var brokerDropped: Int?
    package var sessionsLost = 0

    mutating func refused(_ reason: Refusal) { rejected[reason, default: 0] += 1 }
    mutating func abandoned(_ reason: Abandonment) { incomplete[reason, default: 0] += 1 }
}
