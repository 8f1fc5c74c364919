import IngestCore
import Logging
import Platform

/// A trouble that is no part of health: told when it begins, and at most once a minute while it comes and goes.
struct LesserTrouble: Sendable {
    private var watch = TroubleWatch()

    mutating func failed(_ line: String, in log: Logger, now: Instant = .current) {
        let wall = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        guard let news = watch.failed(line, now: now, wall: wall) else { return }
        log.warning("\(news.line(line))")
    }

    mutating func worked(now: Instant = .current) { _ = watch.worked(now: now) }
}
