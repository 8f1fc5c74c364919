package import IngestCore

/// What the delivery counted, for people and metrics.
package struct DeliveryFigures: Sendable {
    package var delivered = PerLane(0)
    /// Pictures that came again, as `processed:` knew.
    package var repeated = 0
    /// Rows that were written without the notice that belongs to them.
    package var untold = 0
    package var lastDelivery: Timestamp?
    /// From the last chunk, or the taking from the spool, to the committed row.
    package var endToEnd = Histogram()
    package var uploads = Histogram()
    package var records = Histogram()
    private var retries: [HealthCheck: [String: Int]] = [:]

    package init() {}

    /// By the class of the failure: `retry`, `operator` or `picture`.
    package func retries(_ backend: HealthCheck, _ kind: String) -> Int { retries[backend]?[kind] ?? 0 }

    mutating func failed(_ backend: HealthCheck, _ failure: DeliveryFailure) {
        retries[backend, default: [:]][failure.kind.label, default: 0] += 1
    }

    mutating func delivered(_ parcel: Parcel, now: Instant, at moment: Timestamp) {
        delivered[parcel.lane] += 1
        lastDelivery = moment
        endToEnd.observe(now - parcel.since)
    }
}
