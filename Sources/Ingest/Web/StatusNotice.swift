import IngestCore

/// What is published under `[mqtt] status_topic`: how the gateway is, for whoever cannot ask it.
struct StatusNotice: Encodable {
    /// More would make a message of every minute a large one.
    private static let mostSilent = 50

    let status: String
    /// RFC 3339: since when that is its status.
    let since: String
    let version: String
    let checks: [String: HealthAnswer.Check]
    let spool: SpoolAnswer
    /// How many are known.
    let cameras: Int
    /// Those without a picture for `[intake] silent_after`, the longest silent first.
    let silent: [String]

    /// - Parameters:
    ///   - since: since when its health is what it is.
    ///   - begun: when the gateway started; a camera that never gave a picture is silent since then.
    init(
        health: HealthAnswer, spool: SpoolAnswer, cameras: [PublishedCameras.Camera], silentAfter: Duration, since: Timestamp,
        begun: Timestamp,
        now: Timestamp
    ) {
        status = health.status
        self.since = since.rfc3339
        version = Version.current
        checks = health.checks
        self.spool = spool
        self.cameras = cameras.count
        let limit = now.milliseconds - silentAfter.components.seconds * 1000
        silent = cameras.map { ($0.uid.text, $0.lastImage ?? begun) }.filter { $0.1.milliseconds <= limit }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(Self.mostSilent).map(\.0)
    }

    /// What counts as a change: all but the numbers that every picture and every attempt moves.
    var change: String {
        let failures = checks.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value.ok):\($0.value.error ?? "")" }
        let numbers = [spool.entries, spool.quarantined, spool.rejected, cameras].map(String.init)
        return ([status] + failures + numbers + silent).joined(separator: "\u{1f}")
    }
}
