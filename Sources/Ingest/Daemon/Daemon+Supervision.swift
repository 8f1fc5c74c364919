import IngestCore
import Logging
import Platform

// MARK: - What the main thread does while the workers work

extension Daemon {
    /// Until a signal ends it: tells the service manager how things stand, and that every worker gets on as long as each does.
    func supervise(_ signals: inout Signals, _ web: inout WebServer) {
        let interval = services.watchdogInterval
        var watch = ProgressWatch(workers: channels.watched.map(\.name), interval: interval, now: .current)
        let pause = min(.seconds(1), (interval ?? .seconds(8)) / 8)
        if mustReload { reload() }
        var codeIsDue: Instant? = .current + .seconds(3)
        while true {
            switch wait(for: &signals, until: .current + pause) {
            case .terminate, .interrupt: return
            case .hangUp: reload()
            default: break
            }
            web.tend(now: .current)
            let (isSignDue, news) = watch.look(at: channels.watched.map(\.steps), now: .current)
            for item in news { report(item) }
            if let due = codeIsDue, due <= .current {
                codeIsDue = nil
                giveBackCode()
            }
            counts = delivery.countsIfFree ?? counts
            rates.note(publishedIntake.current, stored: counts.stored)
            if isSignDue { tell(.watchdog, .status(statusLine)) } else { tell(.status(statusLine)) }
        }
    }

    /// A third of the memory of a gateway at rest was code that only the start had needed.
    private func giveBackCode() {
        do throws(SystemError) {
            let bytes = try CodePages.giveBack()
            log.debug("Gave back what the start needed of \(bytes >> 10) KiB of code")
        } catch {
            log.debug("The code that only the start needed stays in memory: \(error)")
        }
    }

    /// The numbers that matter, for `systemctl status`. Waits for no worker.
    var statusLine: String {
        counts = delivery.countsIfFree ?? counts
        let figures = publishedIntake.current
        let failed = health.failures.keys.map(\.rawValue).sorted()
        return
            "\(figures.completed) pictures received, \(counts.stored) stored, \(counts.underWay) on their way, \(publishedSpool.current.pending) in the spool, \(figures.open) incomplete"
            + (failed.isEmpty ? "" : "; failing: \(failed.joined(separator: ", "))")
    }

    private func report(_ news: ProgressWatch.News) {
        switch news {
        case .stuck(let name, let time):
            let end =
                services.watchdogInterval.map {
                    "The service manager is told so by silence, and starts the gateway again after \($0.components.seconds) s of it (WatchdogSec=)"
                } ?? "Nobody watches: start the gateway again if it does not go on by itself"
            log.event(
                .workerStuck, .critical,
                "The \(name) worker is stuck: no progress for \(time.components.seconds) s. \(end). Look at the disk first: dmesg, and thermo-ingest doctor",
                fields: ["worker": "\(name)"]
            )
        case .moving(let name):
            log.event(.workerMoving, .notice, "The \(name) worker goes on", fields: ["worker": "\(name)"])
        }
    }
}

// MARK: - Reload

extension Daemon {
    /// How long the workers are given to go on with a new configuration before people are told that they will, later.
    private static let adoption = Duration.seconds(5)

    /// Reads the configuration again, and goes on with what can change. With a mistake in it nothing changes.
    func reload() {
        tell(.reloading, .status("Reading the configuration again"))
        defer { tell(.ready, .status(statusLine)) }
        do {
            let wished = try reread()
            tell(wished.inForce)
            try adopt(wished)
        } catch let failure as Settings.Failure {
            for line in "\(failure)".split(separator: "\n") { log.error("\(line)") }
            refuseReload()
        } catch {
            log.error("\(error)")
            refuseReload()
        }
    }

    /// Logs what is allowed, but worth knowing or mending.
    func tell(_ inForce: InForce) {
        for warning in inForce.warnings { log.warning("\(warning)") }
        for note in inForce.notes { log.notice("\(note)") }
    }

    private func refuseReload() {
        log.event(
            .reloadRefused, .error,
            "The configuration was not reloaded; everything goes on as it was. Correct what is said above, try thermo-ingest check, reload again"
        )
    }

    private func adopt(_ wished: Settings) throws {
        let change = ConfigurationChange(from: running, to: wished.configuration)
        let new = change.configuration
        // What may still fail comes first.
        _ = try RecordStore.Settings(new)
        let level = Logger.Level(new.log.level)
        // Told at the more talkative of both levels.
        try logging.change(LogFormat(new.log.format), level: min(level, logging.threshold.current))
        running = new
        maxAttempts.update { $0 = new.drain.maxAttempts }
        notices?.logIn(as: new.mqtt)
        for channel in channels.adopting { channel.hand(new) }
        let deadline = Instant.current + Self.adoption
        let late = channels.adopting.filter { !$0.awaitAdoption(until: deadline) }.map(\.name)
        // After the workers: what was held back for want of the right credentials is tried at once, with these.
        delivery.adopt(new.drain)
        let source = wished.file ?? "the environment"
        log.event(.reloaded, change.needRestart.isEmpty ? .notice : .warning, "Reloaded \(source): \(change.summary)")
        if !late.isEmpty { log.warning("Still busy, and going on with it as soon as they can: \(late.joined(separator: ", "))") }
        logging.threshold.current = level
    }
}
