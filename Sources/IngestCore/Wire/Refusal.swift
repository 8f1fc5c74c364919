/// Why a message was refused. The raw value is the `reason` label of `chunks_rejected_total`.
package enum Refusal: String, Error, CaseIterable, Sendable {
    /// Not one JSON object by RFC 8259, nested deeper than 64, or not UTF-8.
    case json
    case fieldMissing = "field_missing"
    case fieldType = "field_type"
    case indexRange = "index_range"
    case totalRange = "total_range"
    case base64
    /// A chunk without data.
    case empty
    case imageID = "image_id"
    /// A message over `max_message`, or a chunk that takes its picture over `max_image`.
    case tooLarge = "too_large"
    /// A gzip or zlib body that is damaged or truncated.
    case inflate
    case cameraUID = "camera_uid"
    /// The broker kept it for whoever subscribes: a chunk of long ago.
    case retained
}
