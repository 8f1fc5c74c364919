package import IngestCore

/// What the delivery counted, for people and metrics.
package struct DeliveryFigures: Sendable {
    package var delivered = PerLane(0)
    package var retries: [String: Int] = [:]
    package var lastDelivery: Timestamp?

    mutating func failed(_ backend: HealthCheck, _ failure: DeliveryFailure) {
        retries[backend.rawValue + "/" + failure.kind.label, default: 0] += 1
    }
}
