/// The headers stored with a picture's object. They let a bucket alone rebuild the table.
extension Picture {
    /// Names in lower case; values in visible ASCII, for the uid is percent-encoded and the image id needs no encoding.
    package var objectHeaders: [(name: String, value: String)] {
        [
            (name: "content-type", value: contentType.rawValue),
            (name: "x-amz-meta-camera-uid", value: camera.encoded),
            (name: "x-amz-meta-chunks", value: String(chunks)),
            (name: "x-amz-meta-image-id", value: imageID),
            (name: "x-amz-meta-recorded-at", value: recordedAt.rfc3339),
        ]
    }
}
