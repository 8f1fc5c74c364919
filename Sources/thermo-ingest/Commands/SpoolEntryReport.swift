import FoundationEssentials
import Ingest
import IngestCore
import Platform

/// An entry as the spool's commands tell of it. The members of its record stand as they do there.
struct SpoolEntryReport: Encodable {
    let entry: String
    /// `pending`, `quarantine`, or `no record` for a picture alone, in either.
    let state: String
    let path: String
    let damage: String?
    /// Why nothing more can be told of it.
    let unreadable: String?
    let cameraUID, imageID: String?
    let recordedAt: String
    let size, chunks: Int?
    let sha256, contentType, bucket, key, topic: String?
    let uploaded: Bool?
    let attempts: Int?
    let lastError, nextAttempt: String?

    init(_ place: SpoolPlace, in store: SpoolStore) throws(SpoolError) {
        var record: SpoolRecord?
        var damage: SpoolDamage?
        var unreadable: SystemError?
        do throws(SpoolError) { record = try store.load(place.name, in: place.area).record } catch {
            switch error {
            case .damaged(_, let found): damage = found
            case .gone, .exists: throw error
            case .full(let cause), .readOnly(let cause), .denied(let cause), .failing(let cause): unreadable = cause
            }
        }
        self.unreadable = unreadable?.description
        entry = place.name.base
        state = damage == .noRecord ? "no record" : place.area.rawValue
        path = (try? store.paths(place).first) ?? store.layout.record(place.area, place.name)
        self.damage = damage?.description
        let picture = record?.picture
        cameraUID = picture?.camera.text
        imageID = picture?.imageID ?? String(place.name.imageID)
        recordedAt = place.name.recordedAt.rfc3339
        size = picture?.size
        chunks = picture?.chunks
        sha256 = picture?.sha256
        contentType = picture?.contentType.rawValue
        bucket = picture?.bucket
        key = picture?.key
        topic = picture?.topic
        uploaded = record?.uploaded
        attempts = record?.attempts
        lastError = record?.lastError
        nextAttempt = record?.nextAttempt?.rfc3339
    }

    enum CodingKeys: String, CodingKey {
        case entry, state, path, damage, unreadable, size, chunks, sha256, bucket, key, topic, uploaded, attempts
        case cameraUID = "camera_uid"
        case imageID = "image_id"
        case recordedAt = "recorded_at"
        case contentType = "content_type"
        case lastError = "last_error"
        case nextAttempt = "next_attempt"
    }

    /// One line of `spool list`.
    var line: String {
        var parts = [state.padded(10), recordedAt, (cameraUID ?? "?").padded(12), imageID ?? "?", size.map { "\($0) bytes" } ?? "? bytes"]
        if uploaded == true { parts.append("uploaded") }
        if let attempts, attempts > 0 { parts.append("\(attempts) refusals") }
        if let unreadable {
            parts.append("UNREADABLE: \(unreadable)")
        } else if let damage {
            parts.append("DAMAGED: \(damage)")
        } else if let lastError {
            parts.append(lastError)
        }
        return parts.joined(separator: "  ").printable
    }

    /// `spool show`.
    var lines: String {
        let members: [(String, String?)] = [
            ("entry", entry), ("state", state), ("path", path), ("damage", damage), ("unreadable", unreadable),
            ("camera_uid", cameraUID), ("image_id", imageID),
            ("recorded_at", recordedAt), ("size", size.map { "\($0)" }), ("chunks", chunks.map { "\($0)" }), ("sha256", sha256),
            ("content_type", contentType), ("topic", topic), ("bucket", bucket), ("key", key), ("uploaded", uploaded.map { "\($0)" }),
            ("attempts", attempts.map { "\($0)" }), ("last_error", lastError), ("next_attempt", nextAttempt),
        ]
        return members.compactMap { name, value in value.map { "\(name.padded(13)) \($0)".printable } }.joined(separator: "\n")
    }
}

extension String {
    fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// Without control characters, which a record made by hand may have.
    fileprivate var printable: String {
        String(unicodeScalars.map { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) ? "?" : Character($0) })
    }
}

enum JSONLine {
    /// In one line, or over several for people to read.
    static func of(_ value: some Encodable, pretty: Bool = false) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting =
            pretty ? [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted] : [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
