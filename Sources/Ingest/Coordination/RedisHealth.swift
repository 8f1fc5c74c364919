import Clients
import IngestCore
import Platform

/// How Redis is, as each connection to it tells: well when all of them are. Any thread.
final class RedisHealth: Sendable {
    private struct Link: Sendable {
        let error: String
        let until: Instant
    }

    private struct State: Sendable {
        var failed: [String: Link] = [:]
        var retries: [String: Int] = [:]
    }

    private let board: HealthBoard
    private let state = Monitor(State())

    init(_ board: HealthBoard) { self.board = board }

    /// - Parameters:
    ///   - link: which connection.
    ///   - until: when it is tried again.
    /// - Returns: whether that is news of this connection.
    func failed(_ link: String, _ error: RedisError, until: Instant) -> Bool {
        let isNews = state.update { state in
            defer { state.failed[link] = Link(error: error.advice, until: until) }
            state.retries[error.needsOperator ? "operator" : "retry", default: 0] += 1
            return state.failed[link] == nil
        }
        board.failed(.redis, error.advice)
        return isNews
    }

    /// - Returns: whether the connection had failed before.
    func succeeded(_ link: String) -> Bool {
        let (isNews, other) = state.update { state in
            (state.failed.removeValue(forKey: link) != nil, state.failed.values.first?.error)
        }
        if let other { board.failed(.redis, other) } else { board.succeeded(.redis) }
        return isNews
    }

    func retries(_ kind: String) -> Int { state.read { $0.retries[kind] ?? 0 } }

    /// When it is tried again; nil while nothing is held back.
    var heldUntil: Instant? { state.read { $0.failed.values.map(\.until).max() } }
}
