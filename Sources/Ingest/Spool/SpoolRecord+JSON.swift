import FoundationEssentials
package import IngestCore
import Platform

extension SpoolRecord {
    /// As it stands in the `.json`, one member a line, in the order of the format's picture.
    package var json: [UInt8] {
        func text(_ value: String?) -> String { value.map(LogText.json) ?? "null" }
        let notes = picture.notes
        let members: [(String, String?)] = [
            ("version", String(Self.version)),
            ("camera_uid", text(picture.camera.text)),
            ("image_id", text(picture.imageID)),
            ("image_id_source", text(picture.imageIDSource.rawValue)),
            ("topic", text(picture.topic)),
            ("recorded_at", text(picture.recordedAt.rfc3339)),
            ("size", String(picture.size)),
            ("chunks", String(picture.chunks)),
            ("sha256", text(picture.sha256)),
            ("content_type", text(picture.contentType.rawValue)),
            ("first_chunk_at", notes.firstChunkAt.map { LogText.json($0.rfc3339) }),
            ("clock", notes.clock.map { LogText.json($0.rawValue) }),
            ("completed_at", notes.completed.map { LogText.json("\($0.milliseconds),\($0.boot)") }),
            ("captured_at", notes.capturedAt.map { LogText.json($0.rfc3339) }),
            ("camera", notes.camera),
            ("intact", notes.intact.map { String($0) }),
            ("bucket", text(picture.bucket)),
            ("key", text(picture.key)),
            ("uploaded", String(uploaded)),
            ("object_version", text(objectVersion)),
            ("attempts", String(attempts)),
            ("last_error", text(lastError)),
            ("next_attempt", text(nextAttempt?.rfc3339)),
        ]
        return Self.object(members.compactMap { name, value in value.map { (name, $0) } })
    }

    /// What can be said of an entry whose record is missing or unreadable, for quarantine.
    static func note(on name: SpoolEntryName, size: Int?, damage: SpoolDamage) -> [UInt8] {
        object([
            ("version", String(version)),
            ("camera_uid", name.plainCamera.map(LogText.json) ?? "null"),
            ("image_id", LogText.json(String(name.imageID))),
            ("recorded_at", LogText.json(name.recordedAt.rfc3339)),
            ("size", size.map { String($0) } ?? "null"),
            ("last_error", LogText.json(damage.description)),
        ])
    }

    private static func object(_ members: [(String, String)]) -> [UInt8] {
        Array(("{\n" + members.map { "  \"\($0.0)\": \($0.1)" }.joined(separator: ",\n") + "\n}\n").utf8)
    }

    /// Reads a record by the conditions named at `SpoolRecord`.
    package init(json: [UInt8]) throws(SpoolDamage) {
        guard json.count <= Self.longest else { throw .record("it is longer than \(Self.longest) bytes") }
        let json = Self.inUTF8(json)
        let form: Form
        do {
            form = try JSONDecoder().decode(Form.self, from: Data(json))
        } catch let error as DecodingError {
            throw .record(Self.reason(error))
        } catch {
            throw .record("\(error)")
        }
        guard form.version == Self.version else { throw .record("version \(form.version) is not \(Self.version)") }
        guard let camera = CameraUID(form.cameraUID) else { throw .record("camera_uid is no camera uid") }
        guard Self.isImageID(form.imageID) else { throw .record("image_id is no image id") }
        guard let source = ImageIDSource(rawValue: form.imageIDSource) else { throw .record("image_id_source is unknown") }
        guard let recordedAt = Timestamp(rfc3339: form.recordedAt) else { throw .record("recorded_at is no RFC 3339 moment in UTC") }
        guard form.size > 0 else { throw .record("size is not above zero") }
        guard form.chunks > 0 else { throw .record("chunks is not above zero") }
        guard Self.isSHA256(form.sha256) else { throw .record("sha256 is not 64 lower-case hex digits") }
        guard let contentType = ContentType(rawValue: form.contentType) else { throw .record("content_type is unknown") }
        guard !form.bucket.isEmpty else { throw .record("bucket is empty") }
        guard !form.key.isEmpty else { throw .record("key is empty") }
        guard (form.attempts ?? 0) >= 0 else { throw .record("attempts is below zero") }
        self.init(
            Picture(
                camera: camera, imageID: form.imageID, imageIDSource: source, topic: form.topic, recordedAt: recordedAt, size: form.size,
                chunks: form.chunks, sha256: form.sha256, contentType: contentType, bucket: form.bucket, key: form.key
            )
        )
        picture.notes = try Self.notes(form, json)
        uploaded = form.uploaded
        objectVersion = form.objectVersion
        attempts = form.attempts ?? 0
        lastError = form.lastError
        if let text = form.nextAttempt {
            guard let moment = Timestamp(rfc3339: text) else { throw .record("next_attempt is no RFC 3339 moment in UTC") }
            nextAttempt = moment
        }
    }

    private static func notes(_ form: Form, _ json: [UInt8]) throws(SpoolDamage) -> PictureNotes {
        func moment(_ text: String?, _ name: String) throws(SpoolDamage) -> Timestamp? {
            guard let text else { return nil }
            guard let moment = Timestamp(rfc3339: text) else { throw .record("\(name) is no RFC 3339 moment in UTC") }
            return moment
        }
        var notes = PictureNotes()
        notes.firstChunkAt = try moment(form.firstChunkAt, "first_chunk_at")
        notes.capturedAt = try moment(form.capturedAt, "captured_at")
        if let text = form.clock {
            guard let clock = PictureNotes.Clock(rawValue: text) else { throw .record("clock is unknown") }
            notes.clock = clock
        }
        notes.completed = form.completedAt.flatMap { PictureNotes("b" + $0).completed }
        notes.intact = form.intact
        // Its text counts, so it is not read as values and written anew.
        var members = PayloadMembers(["camera"])
        do throws(Refusal) { try EnvelopeReader.pick(&members, from: json.span) } catch { throw .record("it is not JSON") }
        if let token = members.tokens[0], token.kind != .null {
            guard token.kind == .container, json[token.range.lowerBound] == UInt8(ascii: "{") else { throw .record("camera is no object") }
            notes.camera = String(decoding: json[token.range], as: UTF8.self)
        }
        return notes
    }

    /// Without the byte order mark that some editors write, and in UTF-8 though they saved it in UTF-16 (RFC 8259, section 8.1; The
    /// Unicode Standard, section 23.8).
    private static func inUTF8(_ json: [UInt8]) -> [UInt8] {
        if json.starts(with: [0xef, 0xbb, 0xbf]) { return Array(json.dropFirst(3)) }
        let isLittle = json.starts(with: [0xff, 0xfe])
        guard isLittle || json.starts(with: [0xfe, 0xff]) else { return json }
        let units = stride(from: 2, to: json.count - 1, by: 2).map { index in
            let (first, second) = (UInt16(json[index]), UInt16(json[index + 1]))
            return isLittle ? second << 8 | first : first << 8 | second
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private struct Form: Decodable {
        let version: Int
        let cameraUID, imageID, imageIDSource, topic, recordedAt: String
        let size, chunks: Int
        let sha256, contentType, bucket, key: String
        let uploaded: Bool
        let objectVersion: String?
        let attempts: Int?
        let lastError, nextAttempt: String?
        let firstChunkAt, clock, completedAt, capturedAt: String?
        let intact: Bool?

        enum CodingKeys: String, CodingKey {
            case version, topic, size, chunks, sha256, bucket, key, uploaded, attempts, clock, intact
            case cameraUID = "camera_uid"
            case imageID = "image_id"
            case imageIDSource = "image_id_source"
            case recordedAt = "recorded_at"
            case contentType = "content_type"
            case objectVersion = "object_version"
            case firstChunkAt = "first_chunk_at"
            case completedAt = "completed_at"
            case capturedAt = "captured_at"
            case lastError = "last_error"
            case nextAttempt = "next_attempt"
        }
    }

    private static func isSHA256(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy {
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
            }
    }

    private static func reason(_ error: DecodingError) -> String {
        func member(_ path: [any CodingKey]) -> String { path.last?.stringValue ?? "the record" }
        return switch error {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context): "\(member(context.codingPath)) has the wrong type"
        case .valueNotFound(_, let context): "\(member(context.codingPath)) is null"
        case .dataCorrupted(let context) where !context.codingPath.isEmpty: "\(member(context.codingPath)) has no such value"
        default: "it is not JSON"
        }
    }
}

extension SpoolEntryName {
    /// The uid, where the name has all of it.
    var plainCamera: String? {
        var bytes: [UInt8] = []
        var rest = encodedCamera.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        // As long as a name can be, the uid may have been cut.
        guard base.utf8.count + SpoolEntryName.recordExtension.utf8.count + 1 < SpoolEntryName.longestFileName - 8 else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
