/// Puts pictures together from chunks: which capture a chunk belongs to, where its bytes lie in the pool, when a picture is
/// whole, and which captures are given up.
///
/// What stays simple because of what it refuses:
/// - It sees no bytes. Equal chunks are told by shape and digest; the pool is numbers, and its memory is dealt out in ranges.
/// - It never sleeps, logs or reads a clock. One message is staged, decoded and then accepted or discarded; `now` is given.
/// - Nothing grows: slabs, slots, cameras, captures and memories all have a bound, and the least recently used gives way.
/// - A session completes in one run of arrivals from chunk 0 only, never from pieces of two runs: that is what makes a mixture
///   impossible where the camera does not name its captures (`Assembler+Session.swift`).
///
/// Not `Sendable` in use: the intake thread owns it. Other threads read complete pictures through their `PictureLayout`.
package struct Assembler: ~Copyable {
    package struct Limits: Equatable, Sendable {
        /// Of the pool's mapping, in bytes.
        package var pool = 32 << 20
        package var maxMessage = 1 << 20
        package var maxImage = 16 << 20
        package var maxChunks = 4096
        package var sessionTimeout = Duration.seconds(60)
        package var staleAfter = Duration.seconds(300)
        package var repeatWindow = Duration.seconds(10)
        package var processedTTL = Duration.seconds(3600)
        /// Messages of a camera that the broker may repeat.
        package var receiveMaximum = 256
        /// Cameras known at a time; beyond them the least recently heard is forgotten.
        package var cameras = 10_000
        /// Messages remembered over all cameras, 10 bytes each.
        package var remembered = 400_000
        /// A journal has every chunk, so a capture may lose its bytes and be read back: none is given up for want of memory.
        package var isCache = false

        package init() {}

        package init(_ configuration: Configuration) {
            pool = configuration.intake.pool
            maxMessage = configuration.mqtt.maxMessage
            maxImage = configuration.intake.maxImage
            maxChunks = configuration.intake.maxChunks
            sessionTimeout = configuration.intake.sessionTimeout
            staleAfter = configuration.intake.staleAfter
            repeatWindow = configuration.intake.repeatWindow
            processedTTL = configuration.intake.processedTTL
            receiveMaximum = configuration.mqtt.receiveMaximum
        }
    }

    private(set) var limits: Limits
    /// Slabs kept free by what is accepted, so that the next message can be decoded before it is known to be any good.
    let reserve: Int
    /// The largest picture: `max_image`, or what the pool can hold.
    package let largestPicture: Int

    var pool: SlabPool
    var table: SlotTable
    var cameras = CameraTable()
    var captures = CaptureTable()
    var finished: FinishedPictures
    var clock = ConnectedClock()
    var connection = 0
    var connectionBegan = Int64.min
    var recent: RecentMessages
    /// So many more messages may be the broker's repetitions, where all of this connection were so far.
    var redeliveries = 0
    var inProgress = 0
    package internal(set) var capturesInDoubt = 0
    var slabsInDelivery = 0
    /// The camera that last held more than half of the pool.
    var largestHolder: CameraID?
    var staging: Staging?
    var stagedRoom: [Extent] = []
    var random: any RandomNumberGenerator & Sendable

    /// How the message that was accepted last is remembered; nil for one that is not.
    package internal(set) var remembered: Remembered?
    /// Captures whose state the last message moved on though it is no chunk of theirs. A journal writes down how they stand.
    package internal(set) var moved: [CaptureHandle] = []
    /// Cameras that remember their messages as other captures' now. A journal writes down what is remembered of each.
    var rewritten: [CameraID] = []

    /// What happened beside the fate of the chunks; the caller takes them out after each call.
    package var events: [AssemblyEvent] = []

    /// - Parameter random: for the names of sessions.
    package init(_ limits: Limits, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()) {
        self.limits = limits
        self.random = random
        let slabs = limits.pool / SlabPool.slabSize
        reserve = min(SlabPool.slabs(for: limits.maxMessage / 4 * 3) + 1, slabs / 4)
        largestPicture = min(limits.maxImage, (slabs - reserve) * SlabPool.slabSize)
        pool = SlabPool(slabs: slabs)
        // A small pool with a journal behind it must still tell all its captures apart: 384 bytes a page, taken as needed.
        table = SlotTable(mostPages: max(slabs / 2, 2 * SlotTable.pages(for: limits.maxChunks), limits.isCache ? 4096 : 0))
        finished = FinishedPictures(capacity: 16_384)
        recent = RecentMessages(window: limits.receiveMaximum)
    }

    /// Goes on with other times; nothing that has a size changes.
    package mutating func adoptTimes(of new: Limits) {
        limits.sessionTimeout = new.sessionTimeout
        limits.staleAfter = new.staleAfter
        limits.repeatWindow = new.repeatWindow
        limits.processedTTL = new.processedTTL
    }

    /// The record of a camera, which is made when it is new. Callers may keep the answer as long as `isKnown` says so.
    package mutating func camera(for uid: CameraUID, now: Instant) -> CameraIndex {
        let record: CameraID
        if let known = cameras.find(uid) {
            record = known
        } else {
            while cameras.count >= limits.cameras {
                guard let oldest = cameras.leastRecentlyHeard(idle: true) ?? cameras.leastRecentlyHeard(idle: false)
                else { break }
                forget(oldest, now: now)
            }
            record = cameras.add(uid)
        }
        return CameraIndex(record: record, generation: cameras[record].generation)
    }

    package func isKnown(_ camera: CameraIndex) -> Bool { cameras.isKnown(camera) }

    package func uid(of camera: CameraIndex) -> CameraUID { cameras[camera.record].uid }

    /// Gives up what the camera has open, and all memory of it. Its complete captures stay until they are released.
    mutating func forget(_ camera: CameraID, now: Instant) {
        while cameras[camera].open.count > 0 { abandon(cameras[camera].open[0], .evicted, now: now) }
        while let capture = cameras[camera].waiting.first { abandon(capture, .evicted, now: now) }
        if largestHolder == camera { largestHolder = nil }
        recent.forget(camera)
        cameras.forget(camera)
    }
}

extension SlabPool {
    static func slabs(for bytes: Int) -> Int { (bytes + slabSize - 1) / slabSize }
}
