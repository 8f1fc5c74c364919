import Clients
import FoundationEssentials
import IngestCore
import Platform

/// What each path of the HTTP interface answers. Reads what the workers last said; nothing here waits for a backend.
struct Routes: Sendable {
    let health: HealthBoard
    let intake: IntakeBoard
    let delivery: Delivery
    let cameras: CameraBoard
    let clock: ClockWatch
    let spool: SpoolBoard
    let configuration: Configuration

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        switch request.path {
        case "/health": json(HealthAnswer(health, bucket: configuration.s3.bucket))
        case "/ready": ready
        case "/live": json(LiveAnswer(alive: true, timestamp: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()).rfc3339))
        case "/spool": json(SpoolAnswer(spool.current))
        case "/metrics": .text(metrics.text, contentType: PrometheusText.contentType)
        default: .notFound
        }
    }

    private var metrics: MetricsPage {
        let backends: [HealthCheck] = [.minio, .postgres] + (configuration.redis == nil ? [] : [.redis])
        return MetricsPage(
            intake: intake.current, delivery: delivery.figures, heldUntil: delivery.heldUntil, failures: Set(health.failures.keys),
            backends: backends, cameras: cameras.current, clockOffset: clock.current, spool: spool.current,
            memoryLimit: configuration.intake.pool, now: .current, wall: Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        )
    }

    private var ready: HTTPResponse {
        if health.isReady { return json(ReadyAnswer(ready: true)) }
        let reasons = health.failures.filter { $0.key == .mqtt || $0.key == .spool }.map { "\($0.key.rawValue): \($0.value.error)" }
        return .error(503, reasons.sorted().joined(separator: "; "))
    }

    private func json(_ answer: some Encodable) -> HTTPResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let bytes = try? encoder.encode(answer) else { return .error(500, "the answer has no JSON form") }
        return HTTPResponse(contentType: "application/json", body: .bytes(Array(bytes) + [UInt8(ascii: "\n")]))
    }

    private struct LiveAnswer: Encodable { let alive: Bool, timestamp: String }
    private struct ReadyAnswer: Encodable { let ready: Bool }
}
