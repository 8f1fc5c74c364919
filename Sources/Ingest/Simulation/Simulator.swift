package import IngestCore
import Platform

/// A fleet of simulated cameras: takes pictures, cuts and encodes them as firmware does, and publishes them by the schedule.
package struct Simulator {
    package struct Settings: Sendable {
        /// Its `totals` are filled in from the pictures.
        package var plan = SimulationPlan()
        package var encoding = ChunkWriter.Encoding.parts
        /// Bytes of the picture, or characters of its text, in a chunk.
        package var chunkSize = 16 << 10
        /// Bytes of a generated picture.
        package var size = 100_000
        /// Published byte for byte in place of generated pictures, in turn.
        package var files: [[UInt8]] = []
        package var givesImageIDs = false
        /// Camera 0 is `<prefix>1`.
        package var prefix = "cam"
        /// A topic filter of the gateway's, whose first `+` stands for the camera.
        package var topicFilter = "camera/+/image_json"

        package init() {}
    }

    /// What was published so far.
    package struct Tally: Equatable, Sendable {
        /// Pictures begun and done with.
        package var pictures = 0
        /// Of these, the ones every chunk of which was sent.
        package var whole = 0
        /// Messages, repeats included.
        package var chunks = 0
        package var repeats = 0
        package var dropped = 0
        /// Of all messages, in bytes.
        package var payload = 0
    }

    package private(set) var tally = Tally()
    private let settings: Settings
    private var schedule: SimulationSchedule
    private var writer: ChunkWriter
    private var gallery: PictureGallery
    /// The picture each camera is publishing, and which of its scene's moments that is.
    private var open: [Open?]

    private struct Open {
        var picture: SimulatedPicture
        var moment: Int
        var isStill: Bool
    }

    /// Names and topics of cameras, made once.
    private let names: [String]
    private let topics: [String]

    package init(_ settings: Settings) {
        self.settings = settings
        writer = ChunkWriter(encoding: settings.encoding, chunkSize: settings.chunkSize)
        gallery = PictureGallery(size: settings.size, seed: settings.plan.seed)
        var plan = settings.plan
        let sizes = settings.files.isEmpty ? [settings.size] : settings.files.map(\.count)
        plan.totals = sizes.map { [writer] in writer.total(size: $0) }
        schedule = SimulationSchedule(plan, now: Instant(sinceBoot: MonotonicClock.now()))
        open = Array(repeating: nil, count: plan.cameras)
        names = (0..<plan.cameras).map { "\(settings.prefix)\($0 + 1)" }
        topics = names.map { Self.topic(settings.topicFilter, camera: $0) }
    }

    /// Publishes everything and waits for the last acknowledgement.
    /// - Parameters:
    ///   - digest: SHA-256 in lower-case hex. Called for each picture when somebody wants to be told of it.
    ///   - taken: told of each picture once its last chunk went out.
    ///   - progress: called after every message; brief.
    package mutating func run(
        on publisher: some ChunkPublisher, digest: ([UInt8]) throws -> String, taken: ((TakenPicture) throws -> Void)? = nil,
        progress: (Tally) -> Void = { _ in }
    ) throws {
        while true {
            switch schedule.next(now: Instant(sinceBoot: MonotonicClock.now())) {
            case .take(let camera, let image, let isStill):
                take(camera: camera, image: image, isStill: isStill)
            case .publish(let chunk):
                try publish(chunk, on: publisher)
                progress(tally)
            case .done(let camera, let image, let dropped):
                tally.pictures += 1
                tally.dropped += dropped
                if dropped == 0 { tally.whole += 1 }
                if let taken, let open = open[camera] {
                    try taken(record(of: open, camera: camera, image: image, dropped: dropped, digest: digest))
                }
            case .wait(let until):
                progress(tally)
                // A look at progress now and then, however far apart the pictures are.
                try publisher.idle(until: min(until.sinceBoot, MonotonicClock.now() + .milliseconds(500)))
            case .finished:
                return try publisher.finish()
            }
        }
    }

    private mutating func take(camera: Int, image: Int, isStill: Bool) {
        let moment = isStill ? open[camera]?.moment ?? image : image
        let picture =
            settings.files.isEmpty
            ? gallery.picture(camera: camera, moment: moment) : SimulatedPicture(frame: settings.files[moment % settings.files.count])
        open[camera] = Open(picture: picture, moment: moment, isStill: isStill)
    }

    private mutating func publish(_ chunk: SimulationSchedule.Chunk, on publisher: some ChunkPublisher) throws {
        guard let picture = open[chunk.camera]?.picture else { return }
        let imageID = imageID(camera: chunk.camera, image: chunk.image)
        writer.write(chunk.index, of: picture, camera: names[chunk.camera], imageID: imageID)
        try publisher.publish(writer.payload, to: topics[chunk.camera])
        tally.chunks += 1
        tally.payload += writer.payload.count
        if chunk.isRepeat { tally.repeats += 1 }
    }

    private func record(
        of open: Open, camera: Int, image: Int, dropped: Int, digest: ([UInt8]) throws -> String
    ) rethrows -> TakenPicture {
        TakenPicture(
            camera: names[camera], imageID: imageID(camera: camera, image: image), sha256: try digest(open.picture.bytes),
            size: open.picture.size, chunks: writer.total(size: open.picture.size), dropped: dropped, whole: dropped == 0,
            still: open.isStill
        )
    }

    /// Unlike any of another run, unless that had the same seed.
    private func imageID(camera: Int, image: Int) -> String? {
        settings.givesImageIDs ? "sim-\(String(settings.plan.seed, radix: 16))-\(camera + 1)-\(image + 1)" : nil
    }

    /// A topic that `filter` matches: its first `+` is the camera, any other wildcard a level `sim`.
    static func topic(_ filter: String, camera: String) -> String {
        var isNamed = false
        let levels = filter.split(separator: "/", omittingEmptySubsequences: false).map { level in
            guard level == "+" || level == "#" else { return String(level) }
            guard level == "+", !isNamed else { return "sim" }
            isNamed = true
            return camera
        }
        return levels.joined(separator: "/")
    }
}
