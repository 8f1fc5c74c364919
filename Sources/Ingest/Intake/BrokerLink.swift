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
        case open(since: Instant)
        /// Put down on purpose: the broker keeps the messages, until its session expires.
        case resting(until: Instant)
    }

    /// A connection that stood so long was no accident: the next failure is a first one again.
    private static let proof = Duration.seconds(30)
    /// Under which the broker's refusals of topic filters are reported, beside the connection itself.
    private static let filters = "filters"
    /// During a pause the broker is visited so often at least: its session must not expire, and one that it lost is made anew.
    private static let longestRest = Duration.seconds(600)
    private var visit: Duration { max(min(Self.longestRest, client.settings.sessionExpiry / 4), .seconds(1)) }

    let client: MosquittoClient
    private let mqtt: Configuration.MQTT
    private let session: SessionMemory
    private let drops: DropWatch
    private let health: PublishedHealth
    private let log: Logger
    private let backoff: Backoff
    private var state = State.down(until: .current)
    /// Why nothing may be taken in now; nil while it may.
    private var pauseReason: String?
    /// There was a pause since the last subscription.
    private var hasPaused = false
    /// Since the start the broker had a session of this gateway with filters in it, in which it keeps what comes during a pause.
    private var isIntroduced = false
    private var hasConnected = false
    private var failures = 0
    private var random = SystemRandomNumberGenerator()
    private var nextHousekeeping = Instant.current
    /// When filters that the broker refused are asked for again; nil while there are none, or an answer is awaited.
    private var askAgain: Instant?
    private var refusals = 0
    /// What was said of the broker's limits: once is enough.
    private var toldLimits: Set<String> = []
    /// How often the broker wants a sign of life.
    private(set) var keepalive: Duration

    init(
        _ mqtt: Configuration.MQTT, memory: SessionFile, health: PublishedHealth, log: Logger
    ) throws(MosquittoError) {
        var settings = MosquittoSettings(mqtt)
        settings.notices = BrokerDrops.topic
        client = try MosquittoClient(settings)
        self.mqtt = mqtt
        self.health = health
        self.log = log
        session = SessionMemory(memory, settings: settings, log: log)
        drops = DropWatch(baseline: session.dropped, health: health, log: log)
        keepalive = settings.keepalive
        // What is published between a restart of mosquitto 2.0 and the renewal of a shared subscription is lost, so that is not put off.
        backoff =
            settings.isShared
            ? Backoff(initial: .milliseconds(250), longest: .seconds(2)) : Backoff(initial: .seconds(1), longest: .seconds(30))
        health.starts(.mqtt, "not connected to \(settings.endpoint) yet")
    }

    var isOpen: Bool { if case .open = state { true } else { false } }
    var isPaused: Bool { pauseReason != nil }
    /// Whether there is something to write that may be written now: during a pause no acknowledgement.
    var wantsWrite: Bool { client.wantsWrite && !(isPaused && client.unacknowledged > 0) }
    /// Whether the socket is to be read though intake is paused.
    var isIntroducing: Bool { isPaused && !isIntroduced }

    /// Whether the broker of the present connection is on another machine, so that no power cut takes both.
    private(set) var isBrokerElsewhere = false

    /// Sessions that the broker lost since the start.
    var sessionsLost: Int { session.lost }
    /// Messages that the broker says it dropped; nil where it does not say.
    var dropped: Int? { drops.drops.count }

    /// Opens what is due, keeps alive what is open.
    func tend(now: Instant) {
        if case .resting(let until) = state, until <= now {
            isIntroduced = false
            state = .down(until: now)
        }
        if case .down(let until) = state, until <= now { open(now: now) }
        if let askAgain, askAgain <= now {
            self.askAgain = nil
            client.subscribeAgain()
        }
        guard nextHousekeeping <= now else { return }
        nextHousekeeping = now + .milliseconds(500)
        if client.socket >= 0 { client.housekeeping() }
        drops.tend(now: now)
        guard case .open(let since) = state else { return }
        if since + Self.proof <= now { failures = 0 }
        session.stands(dropped: dropped, wall: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()))
    }

    /// When to look again at the latest.
    func deadline(now: Instant) -> Instant {
        if case .down(let until) = state { return min(until, now + .seconds(1)) }
        return min(askAgain ?? now + .seconds(1), now + .milliseconds(500))
    }

    /// Takes a message that the broker sends of its own.
    /// - Returns: whether it was one; else it is a camera's.
    func take(topic: Span<UInt8>, payload: Span<UInt8>, now: Instant) -> Bool { drops.take(topic: topic, payload: payload, now: now) }

    /// Puts the connection down without acknowledging: the broker keeps what came and sends it again. A broker that does not know this
    /// gateway would keep nothing; so there must have been a session first.
    func pause(because reason: String, now: Instant) {
        pauseReason = reason
        putDown()
        if isIntroduced { return rest(now: now) }
        if case .down = state { return }
        state = .down(until: now)
    }

    func resume(now: Instant) {
        guard isPaused else { return }
        pauseReason = nil
        if case .down = state { return }
        // What an introduction read was taken by nobody, and must come again.
        putDown()
        state = .down(until: now)
    }

    /// During a pause, goes as far as the broker's answer to the filters. What it sends meanwhile is not acknowledged, and comes again.
    func introduce() {
        guard isIntroducing else { return }
        if client.unacknowledged == 0 { client.flush() }
        client.read { _, _, _ in .next }
    }

    /// Everything that was handed over is safe: acknowledges it and ends the connection. The broker keeps the session.
    func end() { isPaused ? client.dropConnection() : client.disconnectKeepingSession() }

    private func putDown() {
        client.dropConnection()
        // What it has still to tell is of the connection just put down, whose beginning must not look like a new one's.
        while client.nextEvent() != nil {}
        askAgain = nil
    }

    private func rest(now: Instant) {
        putDown()
        state = .resting(until: now + visit)
        hasPaused = true
        guard let pauseReason, let news = health.failed(.mqtt, "intake is paused: \(pauseReason)", kind: "paused", now: now) else { return }
        let line = "Intake is paused: \(pauseReason.sentence) The broker keeps the messages; nothing is lost."
        log.event(.intakePaused, .warning, "\(news.line(line))")
    }

    /// Draws the conclusions from what the client has to tell.
    /// - Returns: what the broker said of the session where a connection began.
    func takeEvents(now: Instant) -> MosquittoSession? {
        var began: MosquittoSession?
        var isRefused = false
        while let event = client.nextEvent() {
            switch event {
            case .connected(let session):
                if !isPaused { began = session }
                accepted(session)
                // It has the filters of the former connections.
                if session.present { isIntroduced = true }
            case .subscribed:
                isRefused = false
                refusals = 0
                isIntroduced = true
                if !isPaused { subscribed(now: now) }
            case .refused: isRefused = true
            case .disconnected(let error): lost(error, now: now)
            }
        }
        if client.isSubscribed { isIntroduced = true }
        if isPaused, isIntroduced {
            if client.socket >= 0 { rest(now: now) }
        } else if isRefused, !client.refusals.isEmpty {
            refused(client.refusals, now: now)
        }
        return began
    }

    private func accepted(_ session: MosquittoSession) {
        // Of later ones their subscription tells now and then.
        log.log(
            level: hasConnected ? .debug : .info,
            "Connected to \(client.settings.endpoint), session \(session.present ? "kept by the broker" : "new")")
        hasConnected = true
        isBrokerElsewhere = client.isBrokerHere == false
        keepalive = min(session.keepalive ?? client.settings.keepalive, client.settings.keepalive)
        self.session.began(
            isKept: session.present, expiry: session.sessionExpiry, wall: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()))
        for limit in BrokerLimits(session).contradictions(with: mqtt) where toldLimits.count < 50 && toldLimits.insert(limit.what).inserted
        {
            log.warning("\("The broker \(limit.what)".followed(by: limit.fix))")
        }
    }

    private func subscribed(now: Instant) {
        if !isOpen { state = .open(since: now) }
        let connection = health.succeeded(.mqtt, now: now), filters = health.succeeded(.mqtt, of: Self.filters, now: now)
        let wasPaused = hasPaused
        hasPaused = false
        // A connection that comes and goes is told of now and then.
        guard let news = connection ?? filters else { return }
        let all = client.settings.filters.joined(separator: ", ")
        let line = "ubscribed to \(all) at \(client.settings.endpoint)"
        if wasPaused {
            log.event(.intakeResumed, .notice, "\(news.line("Intake resumed: s\(line)"))")
        } else {
            log.event(.brokerConnected, .notice, "\(news.line("S\(line)"))")
        }
    }

    /// The connection stands, with those filters that the broker grants; the others are asked for again.
    private func refused(_ errors: [MosquittoError], now: Instant) {
        refusals += 1
        askAgain = now + Self.askingAgain.pause(afterFailures: refusals, using: &random)
        if !isOpen {
            state = .open(since: now)
            health.succeeded(.mqtt, now: now)
        }
        let each = errors.map { "\($0)".sentence }.joined(separator: " ")
        let rest = client.isSubscribed ? "; what it grants works meanwhile" : ""
        let line = "\(each.followed(by: errors[0].fix)) It is asked again until it grants it\(rest)."
        let kind = errors.map { "\($0.cause)" }.joined(separator: ", ")
        let news = health.failed(.mqtt, line, kind: kind, of: Self.filters, accepts: client.isSubscribed, now: now)
        if let news { log.event(.brokerAway, .error, "\(news.line("The broker refuses the gateway: \(line)"))") }
    }

    private static let askingAgain = Backoff(initial: .seconds(1), longest: .seconds(60))

    private func open(now: Instant) {
        state = .opening
        do throws(MosquittoError) {
            try client.connect()
        } catch {
            lost(error, now: now)
        }
    }

    private func lost(_ error: MosquittoError, now: Instant) {
        if case .resting = state { return }
        failures += 1
        askAgain = nil
        let pause = backoff.pause(afterFailures: failures, using: &random)
        state = .down(until: now + pause)
        guard let news = health.failed(.mqtt, error.advice, kind: "away", now: now) else { return }
        let line = "The broker is away: \(error.advice) Trying again, until it works; the broker keeps the messages meanwhile."
        log.event(.brokerAway, .warning, "\(news.line(line))")
    }
}
