import Clients
import FoundationEssentials
import IngestCore
import Platform

/// What each path of the HTTP interface answers. Reads what the workers last said; nothing waits for a backend but
/// `/cameras/{uid}/latest`, and `/images` for what is nowhere here, and these without holding up the others.
struct Routes: Sendable {
    let health: PublishedHealth
    let intake: PublishedIntake
    let delivery: Delivery
    let cameras: PublishedCameras
    let clock: ClockWatch
    let spool: PublishedSpool
    let rates: PublishedRates
    let redis: RedisHealth
    let mailbox: NoticeMailbox?
    let configuration: Configuration
    let search: SpoolSearch

    func answer(_ request: HTTPRequest) -> HTTPServer.Answer {
        let segments = request.segments
        switch (segments.count, segments.first) {
        case (3, "cameras") where segments[2] == "latest": return latest(of: segments[1])
        case (2, "images"): return image(segments[1], camera: request.parameter("camera"))
        default: return .now(atOnce(request))
        }
    }

    private func atOnce(_ request: HTTPRequest) -> HTTPResponse {
        switch request.path {
        case "/": StatusPage.response(in: language(for: request))
        case "/icon.svg": StatusPage.icon
        case "/overview": json(overview(of: request.parameter("find") ?? ""))
        case "/health": json(HealthAnswer(health, bucket: configuration.s3.bucket))
        case "/ready": ready
        case "/live": json(LiveAnswer(alive: true, timestamp: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()).rfc3339))
        case "/cameras": json(CamerasAnswer(cameras))
        case "/spool": json(SpoolAnswer(spool.current))
        case "/metrics": .text(metrics.text, contentType: PrometheusText.contentType)
        default: .notFound
        }
    }

    /// From memory; what is not there, from the spool's files, Redis and the table, in that order, within a bound.
    /// - Parameter camera: as asked for; nil is any.
    private func image(_ imageID: String, camera: String?) -> HTTPServer.Answer {
        let uid = camera.flatMap { CameraUID($0) }
        guard SpoolRecord.isImageID(imageID), camera == nil || uid != nil else { return .now(Self.noSuchImage) }
        let known = cameras.images.find(imageID, camera: uid)
        // What was given up here may have come again under that id where several gateways share the chunks.
        let mayBeAnothers = configuration.redis?.shareChunks == true && known.allSatisfy { $0.state == .abandoned }
        if !known.isEmpty && !mayBeAnothers { return .now(show(known)) }
        let figures = spool.current
        let mayBeSpooled = figures.pending + figures.quarantined > 0 || !figures.isCounted
        let late =
            mayBeSpooled
            ? "the spool is large; ask again, or use: thermo-ingest spool show"
            : "not known here, and Redis or the table did not tell in time; ask again"
        let patience = Duration.seconds(mayBeSpooled ? 5 : 3)
        let answer = DeferredAnswer(within: patience, late: known.isEmpty ? .error(503, late) : show(known))
        let hasBegun = search.begin(imageID, camera: uid, until: .current + patience, inSpool: mayBeSpooled) { findings in
            let found = findings.images.isEmpty ? known : findings.images
            guard found.isEmpty, !findings.unasked.isEmpty else { return answer.give(show(found)) }
            answer.give(.error(503, "not known here, and not all could be asked: \(findings.unasked.joined(separator: "; "))"))
        }
        return hasBegun ? .later(answer) : .now(Self.tooManySearches)
    }

    private func show(_ images: [PublishedImages.Image]) -> HTTPResponse {
        let found = images.map { ImageAnswer(image: $0) }
        switch found.count {
        case 0: return Self.noSuchImage
        case 1: return json(found[0])
        default: return json(ImagesAnswer(images: found))
        }
    }

    static let tooManySearches = HTTPResponse.error(503, "too many pictures are searched for at once; ask again")
    private static let noSuchImage = HTTPResponse.error(404, "no such image is known, neither here nor to Redis or the table")

    private var metrics: MetricsPage {
        let backends: [HealthCheck] = [.minio, .postgres] + (configuration.redis == nil ? [] : [.redis])
        var heldUntil = delivery.heldUntil
        heldUntil[.redis] = redis.heldUntil
        return MetricsPage(
            intake: intake.current, delivery: delivery.figures, redisRetries: { [redis] in redis.retries($0) }, heldUntil: heldUntil,
            notices: (mailbox?.dropped ?? 0, mailbox?.unheard ?? 0), failures: Set(health.failures.keys),
            isConnected: health.obstacles[.mqtt] == nil,
            backends: backends, cameras: cameras.current, clockOffset: clock.current, spool: spool.current,
            memoryLimit: configuration.intake.pool, diskWritten: WrittenBytes.total, now: .current,
            wall: Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        )
    }

    private var ready: HTTPResponse {
        let obstacles = health.obstacles
        if obstacles.isEmpty { return json(ReadyAnswer(ready: true)) }
        let reasons = obstacles.map { "\($0.key.rawValue): \($0.value.error)" }
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
