import Clients
import IngestCore
import Platform

extension CRC32: JournalChecksum {}

/// The disk does not take the journal now.
struct JournalFailure: Error, Equatable, CustomStringConvertible {
    let error: SystemError
    let attempts: Int
    /// When to try again.
    let until: Instant

    init(error: SystemError, attempts: Int, now: Instant) {
        self.error = error
        self.attempts = attempts
        until = now + min(.milliseconds(250) * (1 << min(attempts, 6)), .seconds(10))
    }

    var description: String { "the journal cannot be written: \(SpoolError(error).advice)" }
}

/// What the journal counted, for people and metrics.
package struct JournalFigures: Equatable, Sendable {
    /// Of all segments.
    package var bytes = 0
    /// Written in all, for `disk_written_bytes_total`.
    package var written = 0
    package var syncs = 0
    package var syncTime = Duration.zero
    /// How many syncs took at most as long as each of `syncBounds`.
    package var syncCounts = [Int](repeating: 0, count: JournalFigures.syncBounds.count)
    /// Records, or pieces of the files, that were damaged, and tails that were cut.
    package var damaged = 0
    package var torn = 0

    package static let syncBounds: [Duration] = [
        .milliseconds(1), .milliseconds(2), .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50), .milliseconds(100),
        .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(5),
    ]

    mutating func synced(in time: Duration) {
        syncs += 1
        syncTime += time
        for index in Self.syncBounds.indices where time <= Self.syncBounds[index] { syncCounts[index] += 1 }
    }
}
