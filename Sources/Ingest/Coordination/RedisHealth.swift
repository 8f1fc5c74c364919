import Clients
import IngestCore
import Platform

/// How Redis is, as each connection to it tells: well when all of them are. Any thread.
final class RedisHealth: Sendable {
    private struct State: Sendable {
        /// When each connection that failed is tried again.
        var failed: [String: Instant] = [:]
        var retries: [String: Int] = [:]
    }

    private let health: PublishedHealth
    private let state = Monitor(State())

    init(_ health: PublishedHealth) { self.health = health }

    /// - Parameters:
    ///   - link: which connection.
    ///   - until: when it is tried again.
    /// - Returns: what of it is worth a line in the log.
    func failed(_ link: String, _ error: RedisError, until: Instant) -> TroubleWatch.News? {
        state.update { state in
            state.failed[link] = until
            state.retries[error.needsOperator ? "operator" : "retry", default: 0] += 1
        }
        return health.failed(.redis, error.advice, kind: error.needsOperator ? "operator" : "retry", of: link)
    }

    func succeeded(_ link: String) -> TroubleWatch.News? {
        state.update { $0.failed[link] = nil }
        return health.succeeded(.redis, of: link)
    }

    func retries(_ kind: String) -> Int { state.read { $0.retries[kind] ?? 0 } }

    /// When it is tried again; nil while nothing is held back.
    var heldUntil: Instant? { state.read { $0.failed.values.max() } }
}
