/// What the spool knows of a picture: the `.json` beside it.
///
/// ```
/// {
///   "version": 1,                                       the form of this record
///   "camera_uid": "cam7",
///   "image_id": "8d45620c-1a43-48db-b174-10da57c60c66",
///   "image_id_source": "gateway",                       camera, gateway
///   "topic": "camera/cam7/image_json",
///   "recorded_at": "2026-11-22T08:31:05.123Z",          RFC 3339, UTC
///   "size": 81920,                                      of the picture, in bytes
///   "chunks": 5,
///   "sha256": "9f86d081...",                            of the picture, 64 lower-case hex digits
///   "content_type": "image/jpeg",
///   "first_chunk_at": "2026-11-22T08:31:04.900Z",       may be missing, as may the next five
///   "clock": "unsynchronised",                          synchronised
///   "completed_at": "123456,<boot id>",                 milliseconds since the start of that run of the machine
///   "captured_at": "2026-11-22T08:31:04.000Z",
///   "camera": {"temperature": 36.5},                    members of the payload, as they came
///   "intact": true,
///   "bucket": "thermo-raw",
///   "key": "cam7/8d45620c-...-1795336265.jpg",
///   "uploaded": false,                                  the object store has confirmed it
///   "object_version": null,
///   "attempts": 3,
///   "last_error": "PUT: connection refused",            null
///   "next_attempt": "2026-11-22T08:32:00.000Z"          null; a stamp for people: the gateway waits by its own clock
/// }
/// ```
/// A record is valid when
/// 1. it is one JSON object of at most 64 KiB, whose members not named above are ignored, as is a byte order mark before it,
/// 2. `version` is 1,
/// 3. all but the six from `first_chunk_at` on and the last four are there, each of its type and with a value that a picture of this gateway can have
///    (`camera_uid` as `CameraUID`, `image_id` 1 to 128 characters of `[A-Za-z0-9._-]`, a known `content_type`),
/// 4. of these ten, those that are there are null or of their type.
package struct SpoolRecord: Equatable, Sendable {
    package static let version = 1
    package static let longest = 64 << 10

    package var picture: Picture
    /// Whether the object store has confirmed the picture, so that only its row is missing.
    package var uploaded = false
    /// The object's version there, if it keeps versions.
    package var objectVersion: String?
    /// Deliveries refused for the picture's own sake so far; `max_attempts` of them and it is quarantined. A store that is away counts not.
    package var attempts = 0
    package var lastError: String?
    package var nextAttempt: Timestamp?

    package init(_ picture: Picture) { self.picture = picture }

    package var fileExtension: String { picture.contentType.fileExtension }

    /// Whether `text` may stand as an image id in a record.
    package static func isImageID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}

/// What is wrong with an entry of the spool. It is kept in quarantine, and counted.
package enum SpoolDamage: Error, Equatable, Sendable, CustomStringConvertible {
    case noRecord
    case noPicture
    /// Why the record is not valid.
    case record(String)
    case size(expected: Int, found: Int)
    /// SHA-256 in hex.
    case checksum(expected: String, found: String)

    package var description: String {
        switch self {
        case .noRecord: "the picture has no record"
        case .noPicture: "the record has no picture"
        case .record(let reason): "the record cannot be read: \(reason)"
        case .size(let expected, let found): "the picture has \(found) bytes, not \(expected)"
        case .checksum(let expected, let found): "the picture's SHA-256 is \(found), not \(expected)"
        }
    }
}
