import Clients
import IngestCore

/// Share mode: the chunks of one picture reach different gateways, and meet in Redis. Used by the intake thread alone.
///
/// ```
/// chunk ─► Redis ─┬─► acknowledged
///                 └─► the one that fills the last slot is told so: its gateway reads them all, journals the picture,
///                     gives up the chunks in Redis, and only then acknowledges
/// ```
/// What stays simple because of what it refuses:
/// - A gateway keeps no chunk of an unfinished picture. So whatever dies, Redis has all, and the pool is for whole pictures.
/// - Who finds a capture whole makes the picture, also if another is at it: claims and table see to it that it is stored once.
/// - Every round trip is bounded in bytes, and ends within `[redis] timeout`. What fails is not tried again here: nothing of it is
///   acknowledged, so the broker sends it again, and Redis knows what it has.
final class SharedChunks {
    struct Settings {
        /// Since the last chunk, until Redis forgets a capture.
        var life = Duration.seconds(300)
        /// Of base64, for one picture.
        var largestPicture = 23 << 20
        /// Tells this run of this gateway from all others.
        var owner = ""

        init(_ configuration: Configuration, owner: String) {
            life = configuration.intake.staleAfter
            // Padding may stand behind every chunk; what is only a little too large is found out when it is joined.
            largestPicture = configuration.intake.maxImage / 3 * 4 + 4 * configuration.intake.maxChunks + 4096
            self.owner = owner
        }
    }

    /// A part of a capture: so many of its chunks, in order. None where the next one is missing: somebody else wrote into it.
    struct Part {
        let total: Int
        let topic: [UInt8]
        let texts: [[UInt8]]
        /// What came with each of them beside its text; nil from a gateway that keeps none.
        let notes: [CaptureNotes?]
    }

    /// Bytes of text in one round trip, so that it ends within the timeout on a slow network too.
    static let together = 512 << 10

    private let settings: Settings
    private let link: RedisLink
    private var batch = SharedBatch(most: together)
    private var tokens = 0
    /// Found whole by the look around, for this gateway to finish.
    private(set) var found: [SharedCapture] = []

    init(_ settings: Settings, link: RedisLink) {
        self.settings = settings
        self.link = link
    }

    /// What a reload may have changed: the password.
    func adopt(_ settings: RedisSettings) { link.adopt(settings) }

    /// Whether Redis can be talked to; opens the connection when that is due, and looks after one that is silent.
    func isReady(now: Instant) -> Bool {
        link.tend(now: now)
        return link.isUp
    }

    var isFull: Bool { batch.isFull }
    var isSettled: Bool { batch.isSettled }

    func add(_ chunk: SharedChunk) { batch.add(chunk) }
    func add(found captures: [SharedCapture]) { found += captures }
    func takeFound() -> [SharedCapture] {
        defer { found = [] }
        return found
    }

    /// The connection to the broker is put down.
    func forget() {
        batch.forget()
        found = []
    }

    /// Gives one portion to Redis; nil when Redis did not confirm all of it.
    func exchange(at moment: Timestamp) -> SharedBatch.Findings? {
        let portion = batch.portion()
        if portion.isEmpty { return SharedBatch.Findings() }
        let commands = portion.map { command($0, at: moment) }
        guard var replies = link.pipeline(commands) else { return nil }
        for index in replies.indices where replies[index].failure == .wrongType {
            // Our names, and not our kind of value: nothing of it can be a capture.
            let again = [SharingScripts.clear.known(keys: portion[index].place.keys), commands[index]]
            guard let reply = link.pipeline(again)?.last else { return nil }
            replies[index] = reply
        }
        let answers = replies.compactMap { SharedAnswer($0) }
        guard answers.count == portion.count else { return nil }
        return batch.answered(portion, answers)
    }

    private func command(_ chunk: SharedChunk, at moment: Timestamp) -> RedisCommand {
        tokens += 1
        return SharingScripts.share.command(
            whole: false, keys: chunk.place.keys,
            arguments: [
                "\(chunk.index)".bytes, "\(chunk.total)".bytes, chunk.text, chunk.print.bytes, settings.life.text.bytes,
                "\(moment.unixSeconds)".bytes, "\(settings.owner)-\(tokens)".bytes, "\(settings.largestPicture)".bytes, chunk.topic,
                chunk.notes.bytes,
            ])
    }

    /// Reads the first part of each capture, or of the first ones as far as they fit into one round trip.
    /// - Returns: nil when Redis failed; of a capture that is not there any more the part is nil.
    func collect(_ captures: ArraySlice<SharedCapture>) -> [Part?]? {
        var size = 0
        var commands: [RedisCommand] = []
        for capture in captures {
            let bytes = min(capture.bytes > 0 ? capture.bytes : Self.together, Self.together)
            guard commands.isEmpty || size + bytes <= Self.together else { break }
            size += bytes
            commands.append(collecting(capture, from: 0))
        }
        return link.pipeline(commands).map { $0.map { Part($0) } }
    }

    /// - Returns: nil when Redis failed; a part that is nil when the capture is not there any more.
    func collect(_ capture: SharedCapture, from index: Int) -> Part?? {
        link.pipeline([collecting(capture, from: index)]).map { $0.first.flatMap { Part($0) } }
    }

    private func collecting(_ capture: SharedCapture, from index: Int) -> RedisCommand {
        SharingScripts.collect.known(keys: capture.place.keys, capture.token, "\(index)", "\(Self.together)")
    }

    /// The captures are safe here, or no pictures: their chunks are given up.
    /// - Returns: false when Redis did not confirm it.
    func finish(_ captures: [SharedCapture]) -> Bool {
        let commands = captures.map { SharingScripts.finish.known(keys: $0.place.keys, $0.token, settings.life.text) }
        guard link.pipeline(commands) != nil else { return false }
        batch.finished()
        return true
    }
}

extension SharedAnswer {
    /// Nil for what the script does not answer.
    init?(_ reply: RedisReply) {
        guard let parts = reply.array, parts.count == 6, let fate = parts[0].integer.flatMap({ Fate(rawValue: $0) }),
            let isWhole = parts[1].integer, let token = parts[2].text, let bytes = parts[3].integer
        else { return nil }
        var superseded: (total: Int, received: [Int])?
        if let total = parts[4].integer, let slots = parts[5].array {
            superseded = (total, slots.compactMap { $0.text.flatMap { Int($0) } })
        }
        self.init(fate: fate, isWhole: isWhole == 1, token: token, bytes: bytes, superseded: superseded)
    }
}

extension SharedChunks.Part {
    fileprivate init?(_ reply: RedisReply) {
        guard let parts = reply.array, parts.count >= 2, let total = parts[0].integer, let topic = parts[1].bytes else { return nil }
        let found = parts[2...].compactMap(\.bytes)
        guard found.count == parts.count - 2, found.count.isMultiple(of: 2), found.count / 2 <= total else { return nil }
        let places = stride(from: 0, to: found.count, by: 2)
        self.init(
            total: total, topic: topic, texts: places.map { found[$0] },
            notes: places.map { CaptureNotes(String(decoding: found[$0 + 1], as: UTF8.self)) })
    }
}

extension String {
    fileprivate var bytes: [UInt8] { Array(utf8) }
}
