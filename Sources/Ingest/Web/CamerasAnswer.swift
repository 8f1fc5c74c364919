import IngestCore

/// The body of `/cameras`.
struct CamerasAnswer: Encodable {
    struct Camera: Encodable {
        let uid: String
        /// RFC 3339, or null.
        let lastImageAt: String?
        let images: Int
        let incomplete: Int
        let current: Current?

        enum CodingKeys: String, CodingKey {
            case uid, images, incomplete, current
            case lastImageAt = "last_image_at"
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(uid, forKey: .uid)
            // Null where there is none, so that the form never changes.
            try members.encode(lastImageAt, forKey: .lastImageAt)
            try members.encode(images, forKey: .images)
            try members.encode(incomplete, forKey: .incomplete)
            try members.encode(current, forKey: .current)
        }
    }

    /// The capture that is being put together.
    struct Current: Encodable {
        let imageID: String
        let received: Int
        let total: Int

        enum CodingKeys: String, CodingKey {
            case imageID = "image_id"
            case received, total
        }
    }

    let cameras: [Camera]

    init(_ board: CameraBoard) {
        var open = board.images.current
        var cameras = board.current.map { Camera($0, open.removeValue(forKey: $0.uid)) }
        // Those of which nothing has ended yet.
        for (uid, capture) in open { cameras.append(Camera(CameraBoard.Camera(uid: uid), capture)) }
        self.cameras = cameras.sorted { $0.uid < $1.uid }
    }
}

extension CamerasAnswer.Camera {
    fileprivate init(_ camera: CameraBoard.Camera, _ capture: OpenCapture?) {
        self.init(
            uid: camera.uid.text, lastImageAt: camera.lastImage?.rfc3339, images: camera.images, incomplete: camera.incomplete,
            current: capture.map { CamerasAnswer.Current(imageID: $0.imageID, received: $0.received, total: $0.total) }
        )
    }
}
