import Clients
import IngestCore
import Logging

extension Daemon {
    /// The worker that talks to Redis; nil without `[redis]`.
    func makeCoordination() throws -> sending CoordinationWorker? {
        guard let redis = configuration.redis, let sessions else { return nil }
        // The client id tells people which gateway it is; the rest tells this run from the one before it.
        let owner = PercentEncoding.encode(configuration.mqtt.clientID.utf8) + "/" + (try RandomUUID.make())
        let intake = configuration.intake
        let template = try KeyTemplate(configuration.s3.key)
        return CoordinationWorker(
            delivery: delivery,
            link: RedisLink(
                RedisSettings(redis), backoff: Backoff(initial: .seconds(1), longest: min(configuration.drain.backoffMax, .seconds(30))),
                health: health, log: log
            ),
            agreement: Agreement(owner: owner, repeatWindow: intake.repeatWindow, processedTTL: intake.processedTTL),
            processedTTL: intake.processedTTL, notes: sessions, log: log, post: posts.redis
        ) { template.distinctKey(for: $0) }
    }

    /// Whether Redis, and not this gateway's memory, knows which of the captures that cameras name were stored before.
    var namedAreNew: @Sendable () -> Bool {
        guard configuration.redis != nil else { return { false } }
        return { [health] in !health.hasFailed(.redis) }
    }
}

extension Delivery.End.Fate {
    /// The log line of a picture that needed no delivery.
    func notice(of picture: Picture) -> Logger.Message? {
        switch self {
        case .stored, .spooled, .dropped: nil
        case .storedElsewhere: "Image \(picture.imageID) of camera \(picture.camera) was stored by another gateway, as \(picture.key)"
        case .repeated:
            "Camera \(picture.camera) sent image \(picture.imageID) again, which is stored; counted as a repeat. To store it again: thermo-ingest reset \(picture.imageID)"
        }
    }
}
