import Clients
import IngestCore
import Logging
import Platform

/// The look around for captures in Redis that nobody looks after: whole ones whose gateway died before it made a picture of them, what
/// was left without expiry, and incomplete ones that are about to expire. Used by the thread that talks to Redis.
///
/// Each turn takes one bounded step of SCAN and looks at what that finds, so it holds up nobody. Gateways that look at the same time
/// do no harm: each thing is done by a script that the second finds nothing left to do for.
struct SharedSweep {
    private static let step = 250
    private static let betweenSteps = Duration.milliseconds(20)
    /// How long a capture that one gateway took stays its own.
    private static let taken = Duration.seconds(30)

    private let life: Duration
    private let owner: String
    private let pause: Duration
    /// Makes pictures of whole captures; nil outside of share mode.
    private let finish: (@Sendable ([SharedCapture]) -> Void)?
    /// Whether this gateway takes nothing in now.
    private let isIntakePaused: @Sendable () -> Bool
    /// A capture expires with chunks missing.
    private let gaveUp: @Sendable (SupersededCapture) -> Void
    private var cursor = "0"
    private var tokens = 0
    private(set) var nextTurn = Instant.current
    private enum Line { case deleted, takenUp, gaveUp }
    /// After an outage there may be thousands of a kind at once.
    private var lines = LogLimiter<Line>(burst: 20)

    init(
        life: Duration, owner: String, finish: (@Sendable ([SharedCapture]) -> Void)?,
        isIntakePaused: @escaping @Sendable () -> Bool = { false },
        gaveUp: @escaping @Sendable (SupersededCapture) -> Void
    ) {
        self.life = life
        self.owner = owner
        self.finish = finish
        self.isIntakePaused = isIntakePaused
        self.gaveUp = gaveUp
        pause = finish == nil ? .seconds(300) : .seconds(5)
    }

    /// Does what is due, in a few round trips.
    mutating func turn(_ link: RedisLink, now: Instant, log: Logger) {
        guard nextTurn <= now, link.isUp else { return }
        nextTurn = now + pause
        guard let reply = link.pipeline([.scan(from: cursor, matching: "image_*", count: Self.step)])?.first,
            let parts = reply.array, parts.count == 2, let next = parts[0].text, let keys = parts[1].array
        else { return }
        cursor = next
        if cursor != "0" { nextTurn = now + Self.betweenSteps }
        var seen: Set<String> = []
        var places: [(imageID: String, camera: CameraUID?)] = []
        for key in keys.compactMap(\.text) {
            guard let place = SharedPlace.parse(key: key) else { continue }
            if seen.insert("\(place.imageID):\(place.camera?.text ?? "")").inserted { places.append(place) }
        }
        look(at: places, link, log: log)
    }

    private mutating func look(at places: [(imageID: String, camera: CameraUID?)], _ link: RedisLink, log: Logger) {
        guard !places.isEmpty else { return }
        let commands = places.flatMap { place in
            let keys = Self.keys(place)
            return [
                RedisCommand("HLEN", keys[0]), RedisCommand("PTTL", keys[0]), RedisCommand("PTTL", keys[1]),
                .hashGet(keys[1], ["total", "last_update", "own", "capture", "told", "too_large"]),
            ]
        }
        guard let replies = link.pipeline(commands) else { return }
        let now = Int(Timestamp(milliseconds: MonotonicClock.wallMilliseconds()).unixSeconds)
        var whole: [SharedPlace] = []
        for (index, place) in places.enumerated() {
            let (count, chunksLeft, metaLeft) = (replies[index * 4], replies[index * 4 + 1].integer, replies[index * 4 + 2].integer)
            guard let fields = replies[index * 4 + 3].array, fields.count == 6, let received = count.integer else { continue }
            // -2 is no such key, -1 no expiry.
            let expiries = [chunksLeft, metaLeft].compactMap(\.self).filter { $0 != -2 }
            guard let shortest = expiries.min() else { continue }
            let isShared = fields[3].text != nil
            let remains = SharedRemains(
                received: fields[5].text == nil ? received : 0, total: fields[0].text.flatMap { Int($0) },
                lastUpdate: fields[1].text.flatMap { Double($0) }.map { Int($0) }, expiry: shortest < 0 ? nil : .milliseconds(shortest),
                isOwn: !isShared || (fields[2].text ?? "0") != "0", isTold: fields[4].text != nil)
            let keys = Self.keys(place)
            switch remains.step(now: now, life: life, sharing: finish != nil && place.camera != nil, isIntakePaused: isIntakePaused()) {
            case .leave: break
            case .finish: if let camera = place.camera { whole.append(SharedPlace(camera: camera, imageID: place.imageID)) }
            case .remove:
                let gone = link.pipeline([SharingScripts.remove.known(keys: keys, fields[1].text ?? "")])?.first?.integer ?? 0
                if gone > 0, let more = lines.note(.deleted, now: .current) {
                    log.info(
                        "Deleted \(keys[0]) from Redis, with \(received) chunks: no chunk came for over \(life), and it had no expiry\(more)"
                    )
                }
            case .expire: _ = link.pipeline(keys.map { .expire($0, after: life) })
            case .tell: if let camera = place.camera { tell(place.imageID, camera, remains, link, log: log) }
            }
        }
        take(whole, now: now, link, log: log)
    }

    private static func keys(_ place: (imageID: String, camera: CameraUID?)) -> [String] {
        if let camera = place.camera { return SharedPlace(camera: camera, imageID: place.imageID).keys }
        return ["image_chunks:\(place.imageID)", "image_meta:\(place.imageID)"]
    }

    /// Whole captures go to the intake thread of the gateway that gets them.
    private mutating func take(_ places: [SharedPlace], now: Int, _ link: RedisLink, log: Logger) {
        guard let finish, !places.isEmpty else { return }
        let commands = places.map { place in
            tokens += 1
            return SharingScripts.adopt.known(
                keys: place.keys, "\(now)", "\(Self.taken.components.seconds)", "\(owner)-found-\(tokens)")
        }
        guard let replies = link.pipeline(commands) else { return }
        let found = zip(places, replies).compactMap { place, reply -> SharedCapture? in
            guard let parts = reply.array, parts.count == 2, let token = parts[0].text else { return nil }
            return SharedCapture(place: place, token: token, bytes: parts[1].integer ?? 0)
        }
        for capture in found {
            guard let more = lines.note(.takenUp, now: .current) else { continue }
            log.notice(
                "Image \(capture.place.imageID) of camera \(capture.place.camera) lay whole in Redis; taking it up\(more)",
                metadata: ["camera_uid": "\(capture.place.camera)", "image_id": "\(capture.place.imageID)"])
        }
        finish(found)
    }

    /// One of the gateways says that a capture was not completed in time. It is marked as told before it is: who dies between the two has
    /// not told it, and nobody tells it twice.
    private mutating func tell(_ imageID: String, _ camera: CameraUID, _ remains: SharedRemains, _ link: RedisLink, log: Logger) {
        let keys = SharedPlace(camera: camera, imageID: imageID).keys
        guard let replies = link.pipeline([RedisCommand("HSETNX", keys[1], "told", "1"), RedisCommand("HKEYS", keys[0])]),
            replies[0].integer == 1, let slots = replies[1].array
        else { return }
        let capture = SupersededCapture(
            place: SharedPlace(camera: camera, imageID: imageID), total: remains.total ?? 0,
            received: slots.compactMap { $0.text.flatMap { Int($0) } })
        gaveUp(capture)
        guard let more = lines.note(.gaveUp, now: .current) else { return }
        log.warning(
            "Gave up image \(imageID) of camera \(camera): \(Abandonment.timeout.explanation). It had \(capture.received.count) of \(capture.total) chunks; missing: \(capture.missing)\(more)",
            metadata: ["camera_uid": "\(camera)", "image_id": "\(imageID)", "reason": "\(Abandonment.timeout.rawValue)"])
    }
}
