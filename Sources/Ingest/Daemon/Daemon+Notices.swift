import FoundationEssentials
import IngestCore
import Logging
import Platform

// MARK: - Who is told

extension Daemon {
    /// Waits for a signal until `until`, and publishes meanwhile what others are to be told.
    func wait(for signals: inout Signals, until: Instant) -> Signals.Event? {
        while true {
            let now = Instant.current
            if let notices {
                tellState(notices, now: now)
                notices.turn(now: now)
            }
            let next = notices.map { min($0.deadline(now: now), until) } ?? until
            if let event = signals.wait(atMost: next - now, watching: notices?.entries ?? []) { return event }
            if until <= .current { return nil }
        }
    }

    /// How things stand, where that is news.
    private func tellState(_ notices: NoticePublisher, now: Instant) {
        guard notices.tellsState, nextState <= now else { return }
        nextState = now + .milliseconds(250)
        let wall = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        let answer = HealthAnswer(health, bucket: configuration.s3.bucket)
        if answer.status != status.health { status = (answer.status, wall) }
        let notice = StatusNotice(
            health: answer, spool: SpoolAnswer(publishedSpool.current), cameras: cameras.current, silentAfter: running.intake.silentAfter,
            since: status.since, begun: begun, now: wall)
        notices.tell(notice.change, now: now) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return (try? encoder.encode(notice)).map { Array($0) } ?? []
        }
    }
}
