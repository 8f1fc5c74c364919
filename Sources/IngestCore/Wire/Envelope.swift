/// What the JSON around a chunk says, as ranges of the payload: reading one allocates nothing.
package struct Envelope: Equatable, Sendable {
    /// `0 ..< total`
    package let index: Int
    /// `1 ... max_chunks`
    package let total: Int
    /// Offsets of the base64 text, which stands between quotes: not decoded yet, JSON escapes and all.
    package let data: Range<Int>
    /// The camera id as the firmware knows it.
    package let id: JSONToken?
    /// The camera's name for the capture; nil when it gave none.
    package let imageID: JSONToken?

    /// The camera as the payload names it. Only asked for where the topic names none.
    /// - Throws: `.fieldMissing` without an `id`, `.cameraUID` when it is no uid.
    package func camera(in payload: Span<UInt8>) throws(Refusal) -> CameraUID {
        guard let id else { throw .fieldMissing }
        guard let uid = id.text(in: payload).flatMap({ CameraUID($0) }) else { throw .cameraUID }
        return uid
    }

    /// The camera's name for the capture: `[A-Za-z0-9._-]{1,128}`, neither `.` nor `..`.
    package func imageID(in payload: Span<UInt8>) -> String? { imageID?.text(in: payload) }
}
