import Clients
import IngestCore
import Logging
import Platform

// MARK: - What may be acknowledged, and what is written for that

extension IntakeWorker {
    /// Acknowledges what is safe; all else waits, and what is no acknowledgement waits for nothing.
    func acknowledge() { link.client.acknowledge(line.takeSafe()) }

    /// When chunks are written, as things stand.
    var policy: WritePolicy {
        var policy = WritePolicy()
        policy.limits = .init(window: window.size, hold: min(when.hold, link.keepalive / 2))
        isShort = isShort ? !intake.assembler.hasEased : intake.assembler.isShort
        let isNeeded = when.when == .needed || when.when == .auto && link.isBrokerElsewhere
        if link.isOpen, isNeeded != toldNeeded { tell(isNeeded) }
        if isNeeded { policy.writesThrough = !delivery.storesWork ? .store : isShort ? .pool : nil }
        return policy
    }

    func tell(_ isNeeded: Bool) {
        toldNeeded = isNeeded
        guard intake.journal != nil, intake.shared == nil else { return }
        let why =
            when.when == .auto ? "the broker is on \(isNeeded ? "another" : "this") machine" : "[journal] when is \(when.when.rawValue)"
        log.info("Chunks are written to the journal \(isNeeded ? "only where it is needed" : "as they come"): \(why)")
    }

    func writeDue(now: Instant) {
        window.holds(line.held)
        // Something of the connection's own waits behind what is held.
        if link.client.acknowledgementsAreInTheWay { line.writeAll(.hold, now: now) }
        line.writeDue(now: now) { window.heldForTooLong($0, now: now) }
    }
}
