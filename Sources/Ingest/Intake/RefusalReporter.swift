import IngestCore
import Logging
import Platform

/// Tells people of refused messages, one line a camera and reason in a while, and keeps the newest for them to look at.
/// Used by the intake thread alone.
final class RefusalReporter {
    private struct Key: Hashable {
        let topic: String
        let reason: Refusal
    }

    private let log: Logger
    private let filters: [TopicFilter]
    private let keep: @Sendable (RefusedPayload) -> Void
    private let sharesChunks: Bool
    private var limiter = LogLimiter<Key>()
    /// A flood of refused messages must neither wear the card nor delay others' syncs: files are made at this pace, and of what comes
    /// faster the newest alone.
    private var keeping = LogLimiter<Key>(interval: .seconds(10), burst: 20, capacity: 32)
    private var newest: RefusedPayload?
    private var nextTelling = Instant.current

    /// - Parameters:
    ///   - filters: tell which camera a topic means.
    ///   - sharesChunks: every chunk must have an image id.
    ///   - keep: takes a refused payload to be written down; must not block.
    init(
        log: Logger, filters: [TopicFilter] = [], sharesChunks: Bool = false, keep: @escaping @Sendable (RefusedPayload) -> Void
    ) {
        self.log = log
        self.filters = filters
        self.sharesChunks = sharesChunks
        self.keep = keep
    }

    private static let sharedImageID =
        Refusal.imageID.explanation
        + "; with [redis] share_chunks every chunk must have one, for a shared subscription destroys the order that would tell captures apart. Split cameras that give none by lists of topic filters"

    func refuse(_ reason: Refusal, topic: Span<UInt8>, payload: Span<UInt8>, now: Instant) {
        let name = String(decoding: Array(topic), as: UTF8.self)
        let refused = RefusedPayload(
            camera: camera(of: name), reason: reason, at: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()), bytes: Array(payload))
        if case .write = keeping.decide(Key(topic: name, reason: reason), now: now) {
            keep(refused)
            newest = nil
        } else {
            newest = refused
        }
        guard let more = limiter.note(Key(topic: name, reason: reason), now: now) else { return }
        tell(reason, "Refused a message of \(payload.count) bytes on topic \(name): \(explanation(of: reason))\(more)", topic: name)
    }

    private func explanation(of reason: Refusal) -> String {
        reason == .imageID && sharesChunks ? Self.sharedImageID : reason.explanation
    }

    /// Tells of refused messages that were not logged and that no other of their kind followed, and keeps the newest. Call now and then.
    func tellSuppressed(now: Instant) {
        guard nextTelling <= now else { return }
        nextTelling = now + .seconds(1)
        if let newest { keep(newest) }
        newest = nil
        for (key, count) in limiter.takeSuppressed(now: now) {
            tell(
                key.reason, "Refused \(count) more messages on topic \(key.topic), not logged one by one: \(explanation(of: key.reason))",
                topic: key.topic)
        }
    }

    private func tell(_ reason: Refusal, _ message: Logger.Message, topic: String) {
        log.event(.messageRefused, .warning, message, camera: camera(of: topic), fields: ["reason": "\(reason.rawValue)"])
    }

    private func camera(of topic: String) -> CameraUID? {
        let bytes = Array(topic.utf8)
        guard case .camera(let range) = filters.match(bytes.span) else { return nil }
        return CameraUID(validating: bytes.span.extracting(range))
    }
}

/// A message that was refused, as `rejected/` keeps it.
struct RefusedPayload: Sendable {
    /// Nil where the topic names none.
    let camera: CameraUID?
    let reason: Refusal
    let at: Timestamp
    let bytes: [UInt8]
}

extension Refusal {
    /// For people: what was wrong, and what was expected.
    var explanation: String {
        switch self {
        case .json: "json: it is not one JSON object in UTF-8 (RFC 8259)"
        case .fieldMissing: "field_missing: index, total and data are required, and id where the topic names no camera"
        case .fieldType: "field_type: index and total must be integers, data a base64 string, image_id a string or integer"
        case .indexRange: "index_range: index must be from 0 to total - 1"
        case .totalRange: "total_range: total must be from 1 to [intake] max_chunks"
        case .base64: "base64: data is no base64"
        case .empty: "empty: data holds nothing"
        case .imageID: "image_id: it must be 1 to 128 of A-Z a-z 0-9 . _ - and neither . nor .."
        case .tooLarge: "too_large: the message is over [mqtt] max_message, or its picture over [intake] max_image"
        case .inflate: "inflate: its gzip or zlib body is damaged"
        case .cameraUID: "camera_uid: the camera's name must be 1 to 128 bytes of UTF-8 without control characters"
        case .retained:
            "retained: the broker kept it for whoever subscribes, so it is a chunk of long ago. Have the camera publish without the retain flag; mosquitto_pub -r -n -t TOPIC removes it"
        }
    }
}
