import IngestCore

/// The `metadata` column: one JSON object (RFC 8259), the same bytes for `json` and `jsonb`.
enum RecordMetadata {
    static func json(_ picture: Picture, gateway: String) -> String {
        var json = "{"
        json += "\"source_topic\":" + quoted(picture.topic)
        json += ",\"image_id\":" + quoted(picture.imageID)
        json += ",\"image_id_source\":" + quoted(picture.imageIDSource.rawValue)
        json += ",\"size\":\(picture.size),\"chunks\":\(picture.chunks)"
        json += ",\"content_type\":" + quoted(picture.contentType.rawValue)
        json += ",\"gateway\":" + quoted(gateway)
        return json + "}"
    }

    /// `jsonb` refuses `\u0000` (PostgreSQL manual, 8.14), so a NUL becomes U+FFFD: a topic's oddity must not cost the picture.
    private static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\0": json += "\u{fffd}"
            case "\u{1}"..."\u{1f}", "\u{7f}": json += "\\u00" + Hex.lower([UInt8(scalar.value)])
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
