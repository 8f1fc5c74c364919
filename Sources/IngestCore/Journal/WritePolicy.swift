/// When chunks are written, as things stand.
package struct WritePolicy: Equatable, Sendable {
    /// Why they are as they come; nil while they are withheld.
    package var writesThrough: AcknowledgementLedger<CaptureRecord>.Reason? = .always
    package var limits = AcknowledgementLedger<CaptureRecord>.Limits()

    package init() {}

    /// How long acknowledgements that wait for nothing but the disk may wait for others, so that one sync does for all.
    package var patience: Duration { min(limits.hold * 3 / 4, .milliseconds(1500)) }
}

/// How many messages the broker sends unacknowledged, as far as can be told: it may grant fewer than it was asked for, and says nothing.
package struct BrokerWindow: Equatable, Sendable {
    package private(set) var size: Int
    /// When a hold was over, and how many messages were held.
    private var last: (at: Instant, held: Int)?
    /// How many times in a row more came at once, as soon as as many were acknowledged.
    private var proofs = 0

    /// - Parameter size: as it was asked for, or is usual.
    package init(size: Int) { self.size = max(1, size) }

    package static func == (a: BrokerWindow, b: BrokerWindow) -> Bool { a.size == b.size && a.proofs == b.proofs }

    /// So many are held now.
    package mutating func holds(_ count: Int) {
        if count > size { (size, proofs) = (count, 0) }
    }

    /// A hold was over with so many messages held.
    package mutating func heldForTooLong(_ count: Int, now: Instant) {
        if let last, last.held != count { proofs = 0 }
        last = (now, count)
    }

    /// Messages came.
    package mutating func came(now: Instant) {
        guard let last else { return }
        self.last = nil
        proofs = now - last.at < .milliseconds(500) ? proofs + 1 : 0
        guard proofs >= 2, last.held < size else { return }
        (size, proofs) = (max(1, last.held), 0)
    }
}
