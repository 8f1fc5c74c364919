import Clients
import IngestCore
import Logging
import Platform

extension Daemon {
    /// The worker that talks to Redis; nil without `[redis]`.
    func makeCoordination() throws -> sending CoordinationWorker? {
        guard let redis = configuration.redis, let sessions else { return nil }
        // The client id tells people which gateway it is; the rest tells this run from the one before it.
        let owner = try makeOwner()
        let intake = configuration.intake
        let purpose = redis.shareChunks ? RedisLink.Purpose.sharedAgreement : .agreement
        let template = try KeyTemplate(configuration.s3.key)
        return CoordinationWorker(
            delivery: delivery,
            link: RedisLink(
                RedisSettings(redis), for: purpose,
                backoff: Backoff(initial: .seconds(1), longest: min(configuration.drain.backoffMax, .seconds(30))), health: redisHealth,
                log: log
            ),
            agreement: Agreement(owner: owner, repeatWindow: intake.repeatWindow, processedTTL: intake.processedTTL),
            processedTTL: intake.processedTTL, notes: sessions, log: log, channel: channels.redis, sweep: makeSweep(redis, owner: owner)
        ) { template.distinctKey(for: $0) }
    }

    private func makeSweep(_ redis: Configuration.Redis, owner: String) -> SharedSweep {
        var finish: (@Sendable ([SharedCapture]) -> Void)?
        if redis.shareChunks { finish = { [inbox] captures in inbox.foundWhole(captures) } }
        return SharedSweep(
            life: configuration.intake.staleAfter, owner: owner, finish: finish,
            isIntakePaused: { [health] in health.obstacles[.mqtt] != nil },
            gaveUp: { [publishedIntake, inbox, cameras] capture in
                publishedIntake.lostInRedis()
                let now = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
                inbox.count(PictureEnd(.timeout, capture.place.camera, now))
                cameras.gaveUp(capture, .timeout)
            })
    }

    private func makeOwner() throws -> String {
        PercentEncoding.encode(configuration.mqtt.clientID.utf8) + "/" + (try RandomUUID.make())
    }

    /// Where the chunks meet that reach different gateways; nil but in share mode.
    func makeSharing() throws -> sending SharedChunks? {
        guard let redis = configuration.redis, redis.shareChunks else { return nil }
        return SharedChunks(
            SharedChunks.Settings(configuration, owner: try makeOwner()),
            link: RedisLink(
                RedisSettings(redis), for: .sharing, backoff: Backoff(initial: .seconds(1), longest: .seconds(10)), health: redisHealth,
                log: log
            ))
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
        case .storedElsewhere(let identity):
            "Image \(identity?.imageID ?? picture.imageID) of camera \(picture.camera) was stored by another gateway, as \(identity?.key ?? "one of its own")"
        case .repeated:
            "Camera \(picture.camera) sent image \(picture.imageID) again, which is stored; counted as a repeat. To store it again: thermo-ingest reset \(picture.imageID)"
        }
    }
}
