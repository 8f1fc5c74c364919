import Clients
import IngestCore
import Logging
import Platform

/// The connection to the broker: opened, opened again with backoff when it fails, and put down while nothing may be taken in.
/// Used by the intake thread alone.
final class BrokerLink {
    private enum State {
        case down(until: Instant)
        case opening
        case open
        /// Put down on purpose: the broker keeps the messages.
        case paused
    }

    let client: MosquittoClient
    private let health: HealthBoard
    private let log: Logger
    private let backoff: Backoff
    private var state = State.down(until: .current)
    private var failures = 0
    private var random = SystemRandomNumberGenerator()
    private var nextHousekeeping = Instant.current

    init(client: MosquittoClient, health: HealthBoard, log: Logger) {
        self.client = client
        self.health = health
        self.log = log
        // What is published between a restart of mosquitto 2.0 and the renewal of a shared subscription is lost, so that is not put off.
        backoff =
            client.settings.isShared
            ? Backoff(initial: .milliseconds(250), longest: .seconds(2)) : Backoff(initial: .seconds(1), longest: .seconds(30))
        health.failed(.mqtt, "not connected to \(client.settings.endpoint) yet")
    }

    var isOpen: Bool { if case .open = state { true } else { false } }
    var isPaused: Bool { if case .paused = state { true } else { false } }

    /// Opens what is due, keeps alive what is open.
    func tend(now: Instant) {
        if case .down(let until) = state, until <= now { open(now: now) }
        if client.socket >= 0, nextHousekeeping <= now {
            client.housekeeping()
            nextHousekeeping = now + .milliseconds(500)
        }
    }

    /// When to look again at the latest.
    func deadline(now: Instant) -> Instant {
        if case .down(let until) = state { min(until, now + .seconds(1)) } else { now + .milliseconds(500) }
    }

    /// Puts the connection down without acknowledging: the broker keeps what came and sends it again.
    func pause(because reason: String) {
        client.dropConnection()
        // What it has still to tell is of the connection just put down, whose beginning must not look like a new one's.
        while client.nextEvent() != nil {}
        state = .paused
        if health.failed(.mqtt, "intake is paused: \(reason)", kind: "paused") != nil {
            log.event(.intakePaused, .warning, "Intake is paused: \(reason.sentence) The broker keeps the messages; nothing is lost.")
        }
    }

    func resume(now: Instant) {
        guard case .paused = state else { return }
        log.event(.intakeResumed, .notice, "Intake goes on")
        state = .down(until: now)
    }

    /// Draws the conclusions from what the client has to tell.
    /// - Returns: whether a connection began.
    func takeEvents(now: Instant) -> Bool {
        var began = false
        while let event = client.nextEvent() {
            switch event {
            case .connected(let session):
                began = true
                log.info("Connected to \(client.settings.endpoint), session \(session.present ? "kept by the broker" : "new")")
                if let granted = session.sessionExpiry, granted < client.settings.sessionExpiry {
                    log.warning(
                        "The broker keeps the session for \(granted) only, not for \(client.settings.sessionExpiry) as [mqtt] session_expiry asks: raise max_session_expiry_interval or persistent_client_expiration there"
                    )
                }
            case .subscribed:
                failures = 0
                state = .open
                health.succeeded(.mqtt)
                let filters = client.settings.filters.joined(separator: ", ")
                log.event(.brokerConnected, .notice, "Subscribed to \(filters) at \(client.settings.endpoint)")
            case .refused(let error):
                health.failed(.mqtt, error.advice)
                log.event(.brokerAway, .error, "The broker refuses the gateway: \(error.advice)")
            case .disconnected(let error):
                lost(error, now: now)
            }
        }
        return began
    }

    private func open(now: Instant) {
        state = .opening
        do throws(MosquittoError) {
            try client.connect()
        } catch {
            lost(error, now: now)
        }
    }

    private func lost(_ error: MosquittoError, now: Instant) {
        if case .paused = state { return }
        failures += 1
        let pause = backoff.pause(afterFailures: failures, using: &random)
        state = .down(until: now + pause)
        guard let news = health.failed(.mqtt, error.advice, kind: "away") else { return }
        let line = "The broker is away: \(error.advice) Trying again, until it works; the broker keeps the messages meanwhile."
        log.event(.brokerAway, .warning, "\(news.line(line))")
    }
}
