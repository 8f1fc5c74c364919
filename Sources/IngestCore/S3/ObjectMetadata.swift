/// The headers stored with a picture's object. They let a bucket alone rebuild the table: `RebuiltPicture` reads them.
extension Picture {
    /// What S3 lets one object's own metadata hold, names and values together.
    private static let mostMetadata = 2048
    private static let prefix = "x-amz-meta-"

    /// Names in lower case; values in visible ASCII: what may hold more is percent-encoded, and the image id needs no encoding.
    /// - Parameter gateway: who stores it.
    package func objectHeaders(gateway: String = "") -> [(name: String, value: String)] {
        var metadata: [(name: String, value: String)] = [
            ("camera-uid", camera.encoded), ("chunks", String(chunks)), ("image-id", imageID), ("recorded-at", recordedAt.rfc3339),
            ("sha256", sha256), ("image-id-source", imageIDSource.rawValue),
        ]
        if let moment = notes.capturedAt { metadata.append(("captured-at", moment.rfc3339)) }
        if let moment = notes.firstChunkAt { metadata.append(("first-chunk-at", moment.rfc3339)) }
        if let clock = notes.clock { metadata.append(("clock", clock.rawValue)) }
        if let intact = notes.intact { metadata.append(("intact", String(intact))) }
        if let moment = notes.correctedAt { metadata.append(("recorded-at-corrected", moment.rfc3339)) }
        // What a bucket has no room for is in the row alone.
        var room = Self.mostMetadata - metadata.reduce(0) { $0 + Self.size($1.name, $1.value) }
        for (name, text) in [("gateway", gateway), ("source-topic", topic), ("camera", notes.camera ?? "")] where !text.isEmpty {
            let value = PercentEncoding.encode(text.utf8)
            guard Self.size(name, value) <= room else { continue }
            room -= Self.size(name, value)
            metadata.append((name, value))
        }
        return [(name: "content-type", value: contentType.rawValue)] + metadata.map { (name: Self.prefix + $0.name, value: $0.value) }
    }

    private static func size(_ name: String, _ value: String) -> Int { prefix.utf8.count + name.utf8.count + value.utf8.count }
}
