package import IngestCore
import Platform

/// What is known of the spool, for people and metrics. Counts of files are complete once `isCounted`.
package struct SpoolFigures: Equatable, Sendable {
    package var pending = 0
    package var quarantined = 0
    /// Entries, and folders, that cannot be read and are passed over.
    package var unreadable = 0
    package var rejected = 0
    /// Everything under the folder, as the disk has it.
    package var bytes = 0
    /// `max_size`
    package var capacity = 0
    /// What the file system still has for us.
    package var available = 0
    /// Of pending entries: when the oldest was recorded.
    package var oldest: Timestamp?
    /// When a delivery is next tried; nil while nothing is held back.
    package var nextAttempt: Timestamp?
    /// Pictures given up by `when_full`.
    package var dropped: [Configuration.Spool.WhenFull: Int] = [:]
    /// Entries found damaged, and put into quarantine.
    package var corrupt = 0
    package var isCounted = false
}

/// The spool thread's last word, for the others to read. Any thread.
package final class PublishedSpool: Sendable {
    private let figures = Monitor(SpoolFigures())

    package init() {}

    func publish(_ newest: SpoolFigures) { figures.update { $0 = newest } }

    package var current: SpoolFigures { figures.read { $0 } }
}
