import Clients
package import IngestCore
import Platform

extension CRC32: JournalChecksum {}

/// The disk does not take the journal now, or, at the start, does not give it.
struct JournalFailure: Error, Equatable, CustomStringConvertible {
    let error: SystemError
    let isReading: Bool
    let attempts: Int
    /// When to try again.
    let until: Instant

    init(error: SystemError, isReading: Bool, attempts: Int, now: Instant) {
        self.error = error
        self.isReading = isReading
        self.attempts = attempts
        until = now + min(.milliseconds(250) * (1 << min(attempts, 6)), .seconds(10))
    }

    var description: String {
        let name = "the journal cannot be \(isReading ? "read" : "written")"
        return isReading ? "\(name): \(error)".followed(by: error.spoolFix) : "\(name): \(SpoolError(error).advice)"
    }
}

/// What the journal counted, for people and metrics.
package struct JournalFigures: Equatable, Sendable {
    /// Of all segments.
    package var bytes = 0
    /// How long the disk took to take what was written, fdatasync(2) by fdatasync.
    package var syncs = Histogram([0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5])
    /// Records, or pieces of the files, that were damaged, and tails that were cut.
    package var damaged = 0
    package var torn = 0
}
