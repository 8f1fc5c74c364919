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
        let inDoubt: Bool

        enum CodingKeys: String, CodingKey {
            case imageID = "image_id"
            case received, total
            case inDoubt = "in_doubt"
        }
    }

    let cameras: [Camera]

    init(_ published: PublishedCameras) {
        cameras = published.all.map { Camera($0, $1) }
    }
}

extension PublishedCameras {
    /// Every camera with its open capture, sorted by uid; those of which nothing has ended yet too.
    var all: [(camera: Camera, capture: OpenCapture?)] {
        var open = images.current
        var all = current.map { (camera: $0, capture: open.removeValue(forKey: $0.uid)) }
        guard !open.isEmpty else { return all }
        for (uid, capture) in open { all.append((Camera(uid: uid), capture)) }
        return all.sorted { $0.camera.uid.text < $1.camera.uid.text }
    }
}

extension CamerasAnswer.Camera {
    fileprivate init(_ camera: PublishedCameras.Camera, _ capture: OpenCapture?) {
        self.init(
            uid: camera.uid.text, lastImageAt: camera.lastImage?.rfc3339, images: camera.images, incomplete: camera.incomplete,
            current: capture.map {
                CamerasAnswer.Current(imageID: $0.imageID, received: $0.received, total: $0.total, inDoubt: $0.isInDoubt)
            }
        )
    }
}
