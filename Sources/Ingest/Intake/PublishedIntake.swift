import IngestCore
import Platform

/// What the intake thread last said of itself, for the others to read.
final class PublishedIntake: Sendable {
    private struct State: Sendable {
        var figures = IntakeFigures()
        /// Captures that expired in Redis with chunks missing.
        var lostInRedis = 0
        var replay = (done: 0, all: 0)
        var isReplayed = false
        var hasStopped = false
        /// SHA-256 of pictures that were finished and not stored when the gateway ended; nil until the journal could be read.
        var replayed: Set<String>?
    }

    private let state = Monitor(State())

    func publish(_ newest: IntakeFigures) { state.update { $0.figures = newest } }

    var current: IntakeFigures {
        state.read { state in
            var figures = state.figures
            if state.lostInRedis > 0 { figures.incomplete[.timeout, default: 0] += state.lostInRedis }
            return figures
        }
    }

    func lostInRedis() { state.update { $0.lostInRedis += 1 } }

    /// How many bytes of the journal were read at the start, of how many.
    var replay: (done: Int, all: Int) {
        get { state.read { $0.replay } }
        set { state.update { $0.replay = newValue } }
    }

    /// The journal was read, or found to be unreadable now.
    var isReplayed: Bool { state.read { $0.isReplayed } }

    /// Whether the journal had all of the picture with this checksum at the start; nil while it was not, or could not be, read.
    func wasReplayed(_ sha256: String) -> Bool? { state.read { $0.replayed.map { $0.contains(sha256) } } }

    /// - Parameter checksums: nil where the journal cannot be read now.
    func replayed(_ checksums: Set<String>?) {
        state.update { state in
            state.replayed = checksums
            state.isReplayed = true
        }
    }

    /// Nothing more is taken in.
    func stopped() { state.update { $0.hasStopped = true } }
    func awaitStop(atMost limit: Duration) { _ = state.wait(atMost: limit) { $0.hasStopped ? () : nil } }
}
