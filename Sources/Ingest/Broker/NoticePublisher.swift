import Clients
import Glibc
import IngestCore
import Logging
import Platform

/// Publishes what others want to know: stored pictures, and the gateway's own state with `{"status":"offline"}` as its MQTT will.
///
/// It has a connection of its own, for two reasons. libmosquitto writes its queue in order, so over the intake's connection a message
/// would wait behind the acknowledgements that are held back, or let them go too early. And that connection is put down without a goodbye
/// whenever intake is paused, which is when the broker publishes a will: the will would say that a gateway is gone that is there, and has
/// something to say. So the will is this connection's, which lives as long as the process.
///
/// Whatever happens here costs a line in the log and a count, never a picture. Used by the main thread alone.
final class NoticePublisher {
    private enum State {
        case down(until: Instant)
        case opening
        case open(since: Instant)
    }

    /// What is under way at a time, where the broker does not want fewer.
    private static let window = 32
    private static let proof = Duration.seconds(30)
    static let offline = Array(#"{"status":"offline"}"#.utf8)

    private let client: MosquittoClient
    private let mailbox: NoticeMailbox
    private let storedTopic: TopicTemplate?
    private let statusTopic: String?
    private let clientID: String
    private let log: Logger
    private let backoff = Backoff(initial: .seconds(1), longest: .seconds(60))
    private var random = SystemRandomNumberGenerator()
    private var limiter = LogLimiter<String>(interval: .seconds(60))
    private var trouble = TroubleWatch()
    private var state = State.down(until: .current)
    private var failures = 0
    private var room = NoticePublisher.window
    private var queue = NoticeQueue()
    private var pace = StatusPace()
    /// The state that is to be published next, and the message that carries one.
    private var nextState: [UInt8]?
    private var stateUnderWay: CInt?
    private var nextHousekeeping = Instant.current

    /// Nil where nobody is to be told anything.
    init?(_ mqtt: Configuration.MQTT, mailbox: NoticeMailbox, log: Logger) throws {
        guard !mqtt.storedTopic.isEmpty || !mqtt.statusTopic.isEmpty else { return nil }
        let clientID = mqtt.clientID
        storedTopic = mqtt.storedTopic.isEmpty ? nil : try TopicTemplate(mqtt.storedTopic, known: TopicTemplate.ofStored)
        statusTopic =
            mqtt.statusTopic.isEmpty ? nil : try TopicTemplate(mqtt.statusTopic, known: TopicTemplate.ofStatus).topic { _ in clientID }
        var settings = MosquittoSettings(mqtt)
        settings.clientID = clientID + "-notices"
        settings.filters = []
        settings.startsClean = true
        settings.sessionExpiry = .zero
        // The main thread also tells the service manager that all is well, and hears signals.
        settings.lookupTimeout = .seconds(1)
        settings.will = statusTopic.map { MosquittoSettings.Will(topic: $0, payload: Self.offline) }
        client = try MosquittoClient(settings)
        self.clientID = clientID
        self.mailbox = mailbox
        self.log = log
    }

    var tellsState: Bool { statusTopic != nil }

    /// From the next connection on.
    func logIn(as mqtt: Configuration.MQTT) { client.logIn(as: MosquittoSettings(mqtt)) }

    // MARK: The poll loop

    /// To be polled beside other descriptors.
    var entries: [pollfd] {
        var entries = [pollfd(fd: mailbox.waker.descriptor, events: Int16(POLLIN), revents: 0)]
        if client.socket >= 0 {
            entries.append(pollfd(fd: client.socket, events: Int16(client.wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0))
        }
        return entries
    }

    /// When to turn at the latest.
    func deadline(now: Instant) -> Instant {
        if client.hasBufferedInput { return now }
        if case .down(let until) = state { return until }
        return now + .milliseconds(500)
    }

    /// Does what is due, and waits for nothing but the name service.
    func turn(now: Instant) {
        for stored in mailbox.take() { add(stored) }
        if case .down(let until) = state, until <= now { open(now: now) }
        guard client.socket >= 0 else { return tellCounts() }
        client.read { _, _, _ in .next }
        if nextHousekeeping <= now {
            client.housekeeping()
            nextHousekeeping = now + .milliseconds(500)
        }
        takeAnswers(now: now)
        takeEvents(now: now)
        send()
        client.flush()
        takeEvents(now: now)
        tellCounts()
        if case .open(let since) = state, since + Self.proof <= now { failures = 0 }
    }

    private func add(_ stored: NoticeMailbox.Stored) {
        guard let storedTopic else { return }
        let topic = storedTopic.topic { $0 == .cameraUID ? stored.picture.camera.text : clientID }
        queue.add(NoticeQueue.Notice(topic: topic, payload: Array(StoredNotice.json(stored.picture, rowID: stored.rowID).utf8)))
    }

    private func tellCounts() { mailbox.published(dropped: queue.dropped, unheard: queue.unheard) }

    /// Has the gateway's state published, where that is due.
    /// - Parameters:
    ///   - change: what counts as a change of it.
    ///   - state: the message.
    func tell(_ change: String, now: Instant, _ state: () -> [UInt8]) {
        guard statusTopic != nil, case .open = self.state, pace.isDue(change, now: now) else { return }
        nextState = state()
    }

    // MARK: The end

    /// Publishes what waits, says that the gateway goes, and says goodbye.
    func finish(within patience: Duration) {
        let deadline = MonotonicClock.now() + patience
        guard case .open = state else { return client.dropConnection() }
        turn(now: .current)
        wait(until: deadline) { $0.queue.isEmpty && $0.nextState == nil && $0.stateUnderWay == nil }
        if statusTopic != nil {
            nextState = Self.offline
            wait(until: deadline + .milliseconds(500)) { $0.nextState == nil && $0.stateUnderWay == nil }
        }
        client.disconnectKeepingSession(within: .milliseconds(500))
    }

    private func wait(until deadline: Duration, _ isDone: (NoticePublisher) -> Bool) {
        while true {
            turn(now: .current)
            guard !isDone(self), case .open = state, case let left = deadline - MonotonicClock.now(), left > .zero else { return }
            var entries = entries
            unsafe poll(&entries, nfds_t(entries.count), min(left, .milliseconds(100)).pollMilliseconds)
        }
    }

    // MARK: The connection

    private func open(now: Instant) {
        state = .opening
        do throws(MosquittoError) { try client.connect() } catch { lost(error, now: now) }
    }

    private func takeEvents(now: Instant) {
        while let event = client.nextEvent() {
            switch event {
            case .connected(let session):
                state = .open(since: now)
                room = min(Self.window, session.receiveMaximum ?? Self.window)
                pace.forget()
                if let news = trouble.worked(now: now) {
                    log.notice("\(news.line("Others are told again, at \(client.settings.endpoint)"))")
                }
            case .disconnected(let error): lost(error, now: now)
            case .subscribed, .refused: break
            }
        }
    }

    private func lost(_ error: MosquittoError, now: Instant) {
        failures += 1
        state = .down(until: now + backoff.pause(afterFailures: failures, using: &random))
        queue.connectionEnded()
        stateUnderWay = nil
        let wall = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        guard let news = trouble.failed("\(error)", now: now, wall: wall) else { return }
        let line =
            "Nobody can be told of stored pictures or of the gateway's state, as [mqtt] stored_topic and status_topic ask: \(error.advice) Pictures are taken in and stored as ever. Trying again, until it works."
        log.warning("\(news.line(line))")
    }

    private func send() {
        guard client.isConnected else { return }
        if let state = nextState, stateUnderWay == nil, let statusTopic {
            nextState = nil
            stateUnderWay = publish(statusTopic, state, retained: true)
        }
        while queue.underWayCount < room, let notice = queue.next() {
            if let identifier = publish(notice.topic, notice.payload, retained: false) {
                queue.published(notice, as: identifier)
            } else if client.isConnected {
                queue.giveUp()
            } else {
                queue.add(notice)
                return
            }
        }
    }

    private func publish(_ topic: String, _ payload: [UInt8], retained: Bool) -> CInt? {
        do throws(MosquittoError) {
            return try client.publish(topic: topic, payload: payload.span, qos: 1, retained: retained)
        } catch {
            refused(topic, "\(error)")
            return nil
        }
    }

    private func takeAnswers(now: Instant) {
        for (identifier, reason) in client.takePublished() {
            let answer = NoticeQueue.Answer(reason: reason)
            var topic = queue.answered(identifier, answer)?.topic
            // That nobody looks at its state now is no trouble: the broker keeps it for who comes.
            if answer == .unheard, let topic { unheard(topic) }
            if identifier == stateUnderWay {
                stateUnderWay = nil
                topic = statusTopic
            }
            if answer == .refused, let topic { refused(topic, "\(MQTTReason(code: UInt8(truncatingIfNeeded: reason)))") }
        }
    }

    /// Once a minute, for whichever camera.
    private func unheard(_ topic: String) {
        guard case .write(let suppressed) = limiter.decide("", now: .current) else { return }
        let more = suppressed > 0 ? " So it was with \(suppressed) more." : ""
        log.warning(
            "Nobody is subscribed to \(topic): the broker takes the notices that [mqtt] stored_topic asks for and throws them away. Let whoever waits for them subscribe with a session that the broker keeps (mosquitto_sub -q 1 -c -i NAME -t ...), or leave that setting empty.\(more)"
        )
    }

    /// Once a minute for each topic: there is one for each camera.
    private func refused(_ topic: String, _ why: String) {
        guard let more = limiter.note(topic, now: .current) else { return }
        log.warning(
            "The broker does not take what [mqtt] stored_topic or status_topic has for \(topic): \(why). Let the user \(client.settings.username ?? "without a name") publish there, or leave that setting empty\(more)."
        )
    }
}
