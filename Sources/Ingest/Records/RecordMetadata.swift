import IngestCore

/// The `metadata` column: one JSON object (RFC 8259), the same bytes for `json` and `jsonb`.
enum RecordMetadata {
    static func json(_ picture: Picture, gateway: String) -> String {
        var json = "{"
        func add(_ name: String, _ value: String) { json += (json == "{" ? "" : ",") + "\"\(name)\":" + value }
        let notes = picture.notes
        add("source_topic", quoted(picture.topic))
        add("image_id", quoted(picture.imageID))
        add("image_id_source", quoted(picture.imageIDSource.rawValue))
        add("size", String(picture.size))
        add("chunks", String(picture.chunks))
        add("content_type", quoted(picture.contentType.rawValue))
        add("gateway", quoted(gateway))
        add("first_chunk_at", notes.firstChunkAt.map { quoted($0.rfc3339) } ?? "null")
        add("clock", notes.clock.map { quoted($0.rawValue) } ?? "null")
        add("intact", notes.intact.map(String.init) ?? "null")
        if let moment = notes.capturedAt { add("captured_at", quoted(moment.rfc3339)) }
        if let camera = notes.camera { add("camera", camera) }
        if let moment = notes.correctedAt {
            add("recorded_at_corrected", quoted(moment.rfc3339))
            add("recorded_at_error_seconds", seconds(picture.recordedAt.milliseconds - moment.milliseconds))
        }
        return json + "}"
    }

    private static func quoted(_ text: String) -> String { JSONQuoting.quoted(text) }

    private static func seconds(_ milliseconds: Int64) -> String {
        let digits = String(milliseconds.magnitude % 1000)
        return (milliseconds < 0 ? "-" : "") + "\(milliseconds.magnitude / 1000)." + String(repeating: "0", count: 3 - digits.count)
            + digits
    }
}
