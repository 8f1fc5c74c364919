package import IngestCore
import Platform

/// One part of the gateway's health. The raw value is its name in `/health`.
package enum HealthCheck: String, CaseIterable, Sendable {
    case mqtt, postgres, redis, minio, spool, clock
}

/// What each worker last knew of the part it looks after. Any thread may report and read.
///
/// Several workers may report on one check, each under a name of its own: the check is good when all of them are.
package final class PublishedHealth: Sendable {
    package struct Failure: Equatable, Sendable {
        package let error: String
        package let since: Timestamp
        /// Whether pictures could be accepted safely all the same.
        package let accepts: Bool

        fileprivate func joined(with other: Failure) -> Failure {
            let isFirst = accepts == other.accepts ? (since, error) < (other.since, other.error) : !accepts
            return Failure(error: isFirst ? error : other.error, since: min(since, other.since), accepts: accepts && other.accepts)
        }
    }

    private struct Source: Hashable {
        let check: HealthCheck
        let name: String
    }

    private struct State: Sendable {
        var watches: [Source: TroubleWatch] = [:]
        /// Sources whose trouble keeps no picture from being accepted.
        var accepting: Set<Source> = []

        /// Of each check, the failure that has lasted longest; one that keeps pictures out comes before one that does not.
        var failures: [HealthCheck: Failure] {
            var failures: [HealthCheck: Failure] = [:]
            for (source, watch) in watches {
                guard let trouble = watch.trouble else { continue }
                let failure = Failure(error: trouble.error, since: trouble.since, accepts: accepting.contains(source))
                failures[source.check] = failures[source.check].map { $0.joined(with: failure) } ?? failure
            }
            return failures
        }
    }

    package let checks: [HealthCheck]
    private let state = Monitor(State())

    /// - Parameter checks: those that this gateway has; `redis` only where it is configured.
    package init(checks: [HealthCheck]) { self.checks = checks }

    /// Real work was done. Not to be called for a probe.
    /// - Parameter source: who reports, where several do.
    /// - Returns: what is worth a line in the log, if anything is.
    @discardableResult
    package func succeeded(_ check: HealthCheck, of source: String = "", now: Instant = .current) -> TroubleWatch.News? {
        state.update { $0.watches[Source(check: check, name: source)]?.worked(now: now) }
    }

    /// Nothing is known of it yet, which counts as failed until the first work is done.
    package func starts(_ check: HealthCheck, _ error: String, now: Instant = .current) {
        let wall = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        state.update { $0.watches[Source(check: check, name: ""), default: TroubleWatch()].starts(error, now: now, wall: wall) }
    }

    /// - Parameters:
    ///   - error: what happened, where, and what to do next.
    ///   - kind: of failures that ask different things of people; another one is news.
    ///   - accepts: whether pictures can be accepted safely all the same.
    /// - Returns: what is worth a line in the log, if anything is.
    @discardableResult
    package func failed(
        _ check: HealthCheck, _ error: String, kind: String = "", of source: String = "", accepts: Bool = false, now: Instant = .current
    ) -> TroubleWatch.News? {
        let wall = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        return state.update { state in
            let source = Source(check: check, name: source)
            if accepts { state.accepting.insert(source) } else { state.accepting.remove(source) }
            return state.watches[source, default: TroubleWatch()].failed(error, kind: kind, now: now, wall: wall)
        }
    }

    package func hasFailed(_ check: HealthCheck) -> Bool { state.read { $0.failures[check] != nil } }

    package var failures: [HealthCheck: Failure] { state.read { $0.failures } }

    /// What keeps a picture from being accepted safely now.
    package var obstacles: [HealthCheck: Failure] {
        failures.filter { ($0.key == .mqtt || $0.key == .spool) && !$0.value.accepts }
    }
}
