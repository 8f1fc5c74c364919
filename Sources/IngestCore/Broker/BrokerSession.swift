/// That a broker keeps a session, as the gateway remembers it across restarts: with it the broker keeps what comes while the gateway
/// is away, so one that is gone took messages with it.
package struct BrokerSession: Equatable, Sendable {
    /// What names a session. Whoever changes any of it means to begin anew.
    package struct Name: Equatable, Sendable {
        /// `mqtt://host:port`
        package var broker: String
        package var clientID: String
        /// `[mqtt] session_expiry`, in seconds.
        package var expiry: Int64

        package init(broker: String, clientID: String, expiry: Int64) {
            self.broker = broker
            self.clientID = clientID
            self.expiry = expiry
        }
    }

    package var name: Name
    /// When the gateway last was connected, or a little earlier.
    package var seen: Timestamp
    /// How long the broker said that it keeps the session, in seconds: at most `name.expiry`.
    package var kept: Int64
    /// What `BrokerDrops` last knew.
    package var dropped: Int?

    package init(name: Name, seen: Timestamp, kept: Int64, dropped: Int? = nil) {
        self.name = name
        self.seen = seen
        self.kept = kept
        self.dropped = dropped
    }

    /// Whether a broker that has no session under `name` now has lost this one.
    ///
    /// A clock that says that less than no time went by is wrong, and does not prove that the session had expired.
    package func isLost(ifMissingAs name: Name, now: Timestamp) -> Bool {
        name == self.name && (now.milliseconds - seen.milliseconds) / 1000 < min(kept, name.expiry)
    }

    /// How far `seen` may lag behind: an eighth of what the session lasts, for each writing costs the memory card something.
    private var patience: Int64 { min(max(kept / 8, 60), 3600) * 1000 }
    /// A number that changed is not worth more writing than this.
    private static let patienceForDrops: Int64 = 60_000

    /// Whether `newer`, which is true now, has to be written down in place of this.
    package func isOutdated(by newer: BrokerSession) -> Bool {
        guard name == newer.name, kept == newer.kept else { return true }
        let age = newer.seen.milliseconds - seen.milliseconds
        return age < 0 || age >= (dropped == newer.dropped ? patience : Self.patienceForDrops)
    }
}
