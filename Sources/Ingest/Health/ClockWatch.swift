import IngestCore
import Logging
import Platform

/// What is known of how wrong this machine's clock is, told by the object store's answers. Any thread.
package final class ClockWatch: Sendable {
    private let health: PublishedHealth
    private let log: Logger
    /// What becomes of pictures taken while the clock was wrong.
    let history: ClockHistory
    private let offset = Monitor<Duration?>(nil)

    init(health: PublishedHealth, history: ClockHistory, log: Logger) {
        self.history = history
        self.health = health
        self.log = log
    }

    /// The server's time less ours; nil while no server has told.
    package var current: Duration? { offset.read { $0 } }

    func report(_ newest: Duration?) {
        guard let newest else { return }
        offset.update { $0 = newest }
        history.heard(Timestamp(milliseconds: MonotonicClock.wallMilliseconds() + newest.wholeMilliseconds))
        let seconds = newest.components.seconds
        guard abs(seconds) > ClockOffset.tolerance.components.seconds else {
            if let news = health.succeeded(.clock) {
                log.event(.clockRight, .notice, "\(news.line("The clock agrees with the object store's again"))")
            }
            return
        }
        let error =
            "this machine's clock is \(abs(seconds)) s \(seconds > 0 ? "behind" : "ahead of") the object store's: set it, or turn time synchronisation on (timedatectl set-ntp true)"
        guard let news = health.failed(.clock, error) else { return }
        log.event(.clockWrong, .warning, "\(news.line("\(error). Uploads are signed with the store's time meanwhile."))")
    }
}
