/// A whole picture: everything that is known of it except its bytes. Fixed when its last chunk arrives, and the same ever after,
/// whatever is retried, replayed or drained hours later.
package struct Picture: Equatable, Sendable {
    package let camera: CameraUID
    /// The camera's own name for the capture, or the gateway's UUID where it gave none.
    package private(set) var imageID: String
    package let imageIDSource: ImageIDSource
    package let topic: String
    /// The moment the picture was complete.
    package private(set) var recordedAt: Timestamp
    /// In bytes.
    package let size: Int
    package let chunks: Int
    /// SHA-256 of the bytes, in lower-case hex.
    package let sha256: String
    package let contentType: ContentType
    package private(set) var bucket: String
    package var key: String
    package var notes = PictureNotes()

    package init(
        camera: CameraUID, imageID: String, imageIDSource: ImageIDSource, topic: String, recordedAt: Timestamp, size: Int, chunks: Int,
        sha256: String, contentType: ContentType, bucket: String, key: String
    ) {
        self.camera = camera
        self.imageID = imageID
        self.imageIDSource = imageIDSource
        self.topic = topic
        self.recordedAt = recordedAt
        self.size = size
        self.chunks = chunks
        self.sha256 = sha256
        self.contentType = contentType
        self.bucket = bucket
        self.key = key
    }

    /// The capture has a row already: its moment and its key hold.
    package mutating func adopt(_ row: RecordedPicture) {
        recordedAt = row.recordedAt
        bucket = row.bucket
        key = row.key
    }

    /// Another gateway has the same capture and named it first.
    package mutating func adopt(_ identity: CaptureIdentity) {
        imageID = identity.imageID
        recordedAt = identity.recordedAt
        key = identity.key
        guard let shared = identity.notes, shared != notes.shared else { return }
        // Times and clock are those of who named it; a moment of this machine does not go with them.
        notes = shared
    }
}

package enum ImageIDSource: String, Sendable {
    case camera, gateway
}
