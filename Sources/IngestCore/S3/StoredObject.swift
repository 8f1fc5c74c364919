/// An object of the bucket as its own headers tell of it: what `Picture.objectHeaders` wrote, read back.
package struct StoredObject: Equatable, Sendable {
    /// Headers that are read, beside the answer's own.
    package static let headers = [
        "camera-uid", "image-id", "recorded-at", "chunks", "sha256", "image-id-source", "source-topic", "gateway", "captured-at",
        "first-chunk-at", "clock", "intact", "recorded-at-corrected", "camera",
    ].map { "x-amz-meta-" + $0 }

    /// Without a checksum where the headers have none.
    package var picture: Picture
    /// Who stored it; nil where it does not say.
    package let gateway: String?

    /// Nil for an object that is no picture of a gateway's.
    /// - Parameter headers: names in lower case.
    package init?(headers: [String: String], contentType: String?, size: Int, bucket: String, key: String) {
        func value(_ name: String) -> String? { headers["x-amz-meta-" + name] }
        func moment(_ name: String) -> Timestamp? { value(name).flatMap { Timestamp(rfc3339: $0) } }
        guard let camera = value("camera-uid").flatMap({ PercentEncoding.decode($0) }).flatMap({ CameraUID($0) }),
            let imageID = value("image-id"), SpoolRecord.isImageID(imageID), let recordedAt = moment("recorded-at")
        else { return nil }
        // Objects of versions that did not say whose name it is: a gateway's own names are UUIDs.
        let source = value("image-id-source").flatMap(ImageIDSource.init) ?? (Self.isUUID(imageID) ? .gateway : .camera)
        let sha256 = value("sha256").flatMap { $0.utf8.count == 64 && Hex.bytes($0) != nil ? $0.lowercased() : nil }
        picture = Picture(
            camera: camera, imageID: imageID, imageIDSource: source,
            topic: value("source-topic").flatMap { PercentEncoding.decode($0) } ?? "",
            recordedAt: recordedAt, size: size, chunks: value("chunks").flatMap { Int($0) } ?? 0, sha256: sha256 ?? "",
            contentType: contentType.flatMap { ContentType(rawValue: $0) } ?? .unknown, bucket: bucket, key: key)
        picture.notes.capturedAt = moment("captured-at")
        picture.notes.firstChunkAt = moment("first-chunk-at")
        picture.notes.clock = value("clock").flatMap { PictureNotes.Clock(rawValue: $0) }
        picture.notes.intact = value("intact").map { $0 == "true" }
        picture.notes.correctedAt = moment("recorded-at-corrected")
        picture.notes.camera = value("camera").flatMap { PercentEncoding.decode($0) }
        gateway = value("gateway").flatMap { PercentEncoding.decode($0) }
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || JSONToken.hexDigit($0) != nil }
    }
}
