import Clients
import IngestCore
import Logging
import Platform

/// Knows across restarts that the broker keeps a session for this gateway, and tells when it no longer does. Used by the intake thread
/// alone.
final class SessionMemory {
    private let file: SessionFile
    private let name: BrokerSession.Name
    private let log: Logger
    /// What the file holds; nil: nothing, or it could not be read.
    private var written: BrokerSession?
    /// What is true now; nil until a connection began.
    private var present: BrokerSession?
    private var writing = LesserTrouble()
    private var losses = LogLimiter<Int>(interval: .seconds(60))
    /// Sessions that the broker lost since the start.
    private(set) var lost = 0

    init(_ file: SessionFile, settings: MosquittoSettings, log: Logger) {
        self.file = file
        self.log = log
        name = BrokerSession.Name(
            broker: settings.endpoint, clientID: settings.clientID, expiry: settings.sessionExpiry.components.seconds)
        do throws(SessionFile.Failure) {
            written = try file.read()
        } catch {
            log.warning("Whether the broker lost the gateway's session cannot be known at this start: \(error)")
        }
    }

    /// The number of dropped messages that was last known of this broker.
    var dropped: Int? { written.flatMap { $0.name.broker == name.broker ? $0.dropped : nil } }

    /// The broker accepted a connection.
    /// - Parameters:
    ///   - isKept: it had the session.
    ///   - expiry: how long it keeps it, where it said so.
    func began(isKept: Bool, expiry: Duration?, wall: Timestamp) {
        if !isKept, let known = present ?? written, known.isLost(ifMissingAs: name, now: wall) {
            lost += 1
            tellLoss(since: known.seen)
        }
        let kept = min(expiry?.components.seconds ?? name.expiry, name.expiry)
        present = BrokerSession(name: name, seen: wall, kept: kept, dropped: present?.dropped ?? dropped)
        keep()
    }

    /// A broker that keeps none, and comes and goes, must not fill the log.
    private func tellLoss(since: Timestamp) {
        guard case .write(let suppressed) = losses.decide(0, now: .current) else { return }
        let more = suppressed > 0 ? ". It lost \(suppressed) more since this was last logged" : ""
        log.event(
            .sessionLost, .warning,
            "The broker \(name.broker) no longer has the session it kept for \(name.clientID), which was there at \(since.rfc3339): what it held for this gateway is lost. See that it keeps sessions over a restart (persistence, autosave_interval; config/mosquitto-thermo.conf), and that nobody else connects as \(name.clientID)\(more)"
        )
    }

    /// The connection stands. To be called about twice a second.
    func stands(dropped: Int?, wall: Timestamp) {
        present?.seen = wall
        if let dropped { present?.dropped = dropped }
        keep()
    }

    private func keep() {
        guard let present, written?.isOutdated(by: present) != false else { return }
        do throws(SystemError) {
            try file.write(present)
            writing.worked()
        } catch {
            writing.failed("The broker's session cannot be remembered for the next start: \(error). It is tried again by itself", in: log)
        }
        // Also where it failed: a disk that refuses is not asked twice a second.
        written = present
    }
}
