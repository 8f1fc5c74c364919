/// What a simulated camera published of one picture: a line of the manifest that a run of the simulation leaves.
package struct TakenPicture: Encodable, Equatable, Sendable {
    package let camera: String
    /// Nil when the camera gives its pictures no ids.
    package let imageID: String?
    /// SHA-256 of the picture, in lower-case hex.
    package let sha256: String
    /// In bytes.
    package let size: Int
    package let chunks: Int
    /// Chunks that were never sent.
    package let dropped: Int
    /// Every chunk was sent, so the gateway must store the picture.
    package let whole: Bool
    /// The picture equals the same camera's picture before it.
    package let still: Bool

    private enum CodingKeys: String, CodingKey {
        case camera
        case imageID = "image_id"
        case sha256, size, chunks, dropped, whole, still
    }
}
