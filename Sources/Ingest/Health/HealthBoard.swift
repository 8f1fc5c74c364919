package import IngestCore
import Platform

/// One part of the gateway's health. The raw value is its name in `/health`.
package enum HealthCheck: String, CaseIterable, Sendable {
    case mqtt, postgres, redis, minio, spool, clock
}

/// What each worker last knew of the part it looks after. Any thread may report and read.
package final class HealthBoard: Sendable {
    package struct Failure: Equatable, Sendable {
        package let error: String
        package let since: Timestamp
    }

    private struct State: Sendable {
        var failures: [HealthCheck: Failure] = [:]
    }

    package let checks: [HealthCheck]
    private let state = Monitor(State())

    /// - Parameter checks: those that this gateway has; `redis` only where it is configured.
    package init(checks: [HealthCheck]) { self.checks = checks }

    /// - Returns: whether that is news: the check was failed before.
    @discardableResult
    package func succeeded(_ check: HealthCheck) -> Bool {
        state.update { $0.failures.removeValue(forKey: check) != nil }
    }

    /// - Parameter error: what happened, where, and what to do next.
    /// - Returns: whether that is news: the check was good before. A new error of a check that failed keeps its `since`.
    @discardableResult
    package func failed(_ check: HealthCheck, _ error: String) -> Bool {
        let now = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        return state.update { state in
            let earlier = state.failures[check]
            state.failures[check] = Failure(error: error, since: earlier?.since ?? now)
            return earlier == nil
        }
    }

    package func hasFailed(_ check: HealthCheck) -> Bool { state.read { $0.failures[check] != nil } }

    package var failures: [HealthCheck: Failure] { state.read { $0.failures } }

    /// Whether a picture could be accepted safely now.
    package var isReady: Bool { failures.keys.allSatisfy { $0 != .mqtt && $0 != .spool } }
}
