import Clients
import Glibc
import IngestCore
import Platform

/// Connects to the broker twice under a client id of its own, subscribes as the gateway does, and sees whether the broker kept the session
/// in between.
struct BrokerExamination {
    private let settings: MosquittoSettings

    init(_ mqtt: Configuration.MQTT) {
        var settings = MosquittoSettings(mqtt)
        let number = UInt32.random(in: 0...UInt32.max)
        settings.clientID = "thermo-ingest-doctor-\(getpid())-\(number)"
        settings.connectTimeout = Doctor.patience
        // A shared subscription of the gateways' own group would take messages from them.
        if !mqtt.sharedGroup.isEmpty { settings.filters = mqtt.topics.map { "$share/thermo-ingest-doctor-\(number)/\($0)" } }
        self.settings = settings
    }

    func run(_ note: (Finding) -> Void) {
        var watch = Stopwatch()
        do throws(MosquittoError) {
            let session = try visit(settings) { isConnected in
                let what =
                    isConnected
                    ? "\(settings.endpoint), MQTT \(settings.version == .v5 ? "5" : "3.1.1")" : settings.filters.joined(separator: ", ")
                note(Finding(.mqtt, isConnected ? "connect" : "subscribe", .good, what, took: watch.lap()))
            }
            try judge(session, note)
        } catch {
            let step = error.step == .subscribe ? "subscribe" : "connect"
            note(Finding(.mqtt, step, .failed, "\(error)", fix: error.fix, took: watch.lap()))
        }
        // Takes the session away again.
        var last = settings
        last.sessionExpiry = .zero
        last.startsClean = true
        last.filters = []
        _ = try? visit(last) { _ in }
    }

    private func judge(_ first: MosquittoSession, _ note: (Finding) -> Void) throws(MosquittoError) {
        var watch = Stopwatch()
        if let granted = first.sessionExpiry, granted < settings.sessionExpiry {
            let fix = "raise the broker's persistent_client_expiration or max_session_expiry_interval, or lower [mqtt] session_expiry"
            note(
                Finding(
                    .mqtt, "session", .warning,
                    "kept for \(granted.components.seconds) s only, not for \(settings.sessionExpiry.components.seconds) s", fix: fix))
        }
        var again = settings
        again.filters = []
        let second = try visit(again) { _ in }
        if second.present {
            note(Finding(.mqtt, "session", .good, "kept by the broker while the client was away", took: watch.lap()))
        } else {
            note(
                Finding(
                    .mqtt, "session", .failed,
                    "the broker forgot the session of a client that was away, and with it every message that came meanwhile",
                    fix: "let the broker keep sessions, as the mosquitto snippet in config/ does", took: watch.lap()
                ))
        }
    }

    /// Connects, subscribes where there is something to subscribe to, and hangs up.
    /// - Parameter reached: told of the connection (true) and the subscription (false).
    private func visit(_ settings: MosquittoSettings, _ reached: (Bool) -> Void) throws(MosquittoError) -> MosquittoSession {
        let client = try MosquittoClient(settings)
        let deadline = MonotonicClock.now() + Doctor.patience * 2
        try client.connect()
        var session: MosquittoSession?
        while MonotonicClock.now() < deadline {
            var entry = pollfd(fd: client.socket, events: Int16(client.wantsWrite ? POLLIN | POLLOUT : POLLIN), revents: 0)
            unsafe poll(&entry, 1, client.hasBufferedInput ? 0 : 100)
            // Messages that come are the gateway's to store; its own session has them too.
            _ = client.read { _, _, _ in .next }
            client.flush()
            client.housekeeping()
            while let event = client.nextEvent() {
                switch event {
                case .connected(let granted):
                    session = granted
                    reached(true)
                    if settings.filters.isEmpty {
                        client.disconnectKeepingSession()
                        return granted
                    }
                case .subscribed:
                    reached(false)
                    client.disconnectKeepingSession()
                    if let session { return session }
                case .refused(let error), .disconnected(let error):
                    client.dropConnection()
                    throw error
                }
            }
        }
        client.dropConnection()
        throw MosquittoError(session == nil ? .connect : .subscribe, settings.endpoint, .timedOut(Doctor.patience))
    }
}
