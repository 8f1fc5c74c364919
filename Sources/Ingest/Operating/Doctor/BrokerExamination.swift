import Clients
import Glibc
import IngestCore
import Platform

/// Connects to the broker twice under a client id of its own, subscribes as the gateway does, sees whether messages arrive, and whether
/// the broker kept the session in between.
struct BrokerExamination {
    private let mqtt: Configuration.MQTT
    private let settings: MosquittoSettings

    init(_ mqtt: Configuration.MQTT) {
        var settings = MosquittoSettings(mqtt)
        let number = UInt32.random(in: 0...UInt32.max)
        settings.clientID = "thermo-ingest-doctor-\(getpid())-\(number)"
        settings.connectTimeout = Doctor.patience
        // A shared subscription of the gateways' own group would take messages from them.
        if !mqtt.sharedGroup.isEmpty { settings.filters = mqtt.topics.map { "$share/thermo-ingest-doctor-\(number)/\($0)" } }
        self.settings = settings
        var mqtt = mqtt
        mqtt.clientID = settings.clientID
        self.mqtt = mqtt
    }

    func run(_ note: (Finding) -> Void) {
        var watch = Stopwatch()
        do throws(MosquittoError) {
            let visit = try BrokerVisit(settings)
            let session = try visit.connect()
            note(
                Finding(.mqtt, "connect", .good, "\(settings.endpoint), MQTT \(settings.version == .v5 ? "5" : "3.1.1")", took: watch.lap())
            )
            noteLimits(BrokerLimits(session), note)
            try subscribe(visit, note)
            visit.client.disconnectKeepingSession()
            try comeBack(note)
        } catch {
            let step = error.step == .subscribe ? "subscribe" : "connect"
            note(Finding(.mqtt, step, .failed, "\(error)", fix: error.fix, took: watch.lap()))
        }
        removeSession()
    }

    private func noteLimits(_ limits: BrokerLimits, _ note: (Finding) -> Void) {
        let contradictions = limits.contradictions(with: mqtt)
        for it in contradictions {
            note(Finding(.mqtt, "limits", it.isFatal ? .failed : .warning, "the broker \(it.what)", fix: it.fix))
        }
        if contradictions.isEmpty, let summary = limits.summary { note(Finding(.mqtt, "limits", .good, summary)) }
    }

    private func subscribe(_ visit: BrokerVisit, _ note: (Finding) -> Void) throws(MosquittoError) {
        var watch = Stopwatch()
        guard try visit.turn(atMost: Doctor.patience, until: { visit.isAnswered }) else {
            throw MosquittoError(.subscribe, settings.endpoint, .timedOut(Doctor.patience))
        }
        let refusals = visit.client.refusals
        let took = watch.lap()
        for refusal in refusals { note(Finding(.mqtt, "subscribe", .failed, "\(refusal)", fix: refusal.fix, took: took)) }
        let refused = Set(refusals.compactMap(\.refusedFilter))
        let granted = zip(mqtt.topics, settings.filters).filter { !refused.contains($0.1) }
        guard !granted.isEmpty else { return }
        note(Finding(.mqtt, "subscribe", .good, granted.map(\.1).joined(separator: ", "), took: took))
        for (topic, _) in granted { DeliveryExamination(visit, filter: topic, name: settings.clientID).run(note) }
    }

    /// A session that was left a moment ago must be there.
    private func comeBack(_ note: (Finding) -> Void) throws(MosquittoError) {
        var watch = Stopwatch()
        var again = settings
        again.filters = []
        let visit = try BrokerVisit(again)
        let isKept = try visit.connect().present
        visit.client.disconnectKeepingSession()
        if isKept {
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

    /// The broker forgets the doctor.
    private func removeSession() {
        var last = settings
        last.sessionExpiry = .zero
        last.startsClean = true
        last.filters = []
        guard let visit = try? BrokerVisit(last), (try? visit.connect()) != nil else { return }
        visit.client.disconnectKeepingSession()
    }
}

extension MosquittoError {
    /// The topic filter that the broker would not grant as asked.
    fileprivate var refusedFilter: String? {
        switch cause {
        case .refused(_, let filter): filter
        case .lowerQoS(_, let filter): filter
        default: nil
        }
    }
}
