import IngestCore
import Platform

/// What is known of each camera, for people and metrics. The threads that move pictures write it, any thread reads it. Bounded: beyond
/// `most` cameras, new ones are not shown.
final class PublishedCameras: Sendable {
    struct Camera: Sendable {
        let uid: CameraUID
        /// Since the start, like `incomplete`; the others also tell of before.
        var images = 0
        var incomplete = 0
        var lastImage: Timestamp?
        /// Of the picture that was whole last: what came in one burst may have one `recordedAt`.
        var lastImageID: String?
        var newest: Newest?
    }

    /// The newest picture that can be looked at.
    struct Newest: Sendable {
        let picture: Picture
        /// Its files are, or were, in the spool.
        let isSpooled: Bool
    }

    private static let most = 10_000
    private let cameras = Monitor<[CameraUID: Camera]>([:])
    /// The same for single pictures.
    let images = PublishedImages()

    func completed(_ picture: Picture) {
        images.delivering(picture)
        change(picture.camera) { camera in
            camera.images += 1
            camera.lastImage = picture.recordedAt
            camera.lastImageID = picture.imageID
        }
    }

    func gaveUp(_ capture: AbandonedCapture) {
        images.abandoned(capture)
        change(capture.camera) { $0.incomplete += 1 }
    }

    /// In share mode: its chunks were in Redis.
    func gaveUp(_ capture: SupersededCapture, _ reason: Abandonment) {
        images.abandoned(capture, reason)
        change(capture.place.camera) { $0.incomplete += 1 }
    }

    /// The picture left the gateway's memory.
    /// - Parameter arrived: what it was called when it was complete; it may have been stored under an older name.
    func left(
        _ picture: Picture, arrived: CaptureIdentity? = nil, as state: PublishedImages.State, rowID: String? = nil, reason: String? = nil
    ) {
        images.left(picture, arrived: arrived ?? picture.identity, as: state, rowID: rowID, reason: reason)
        guard state == .stored || state == .spooled else { return }
        change(picture.camera) { camera in
            if let newest = camera.newest?.picture {
                if newest.recordedAt > picture.recordedAt { return }
                let isLast = newest.imageID == camera.lastImageID && picture.imageID != newest.imageID
                if newest.recordedAt == picture.recordedAt, isLast { return }
            }
            camera.newest = Newest(picture: picture, isSpooled: state == .spooled)
        }
    }

    /// A picture of before the start. Neither `images` nor what came meanwhile changes.
    func found(_ picture: Picture, isSpooled: Bool) {
        change(picture.camera) { camera in
            if camera.images == 0, camera.lastImage.map({ $0 < picture.recordedAt }) ?? true {
                camera.lastImage = picture.recordedAt
                camera.lastImageID = picture.imageID
            }
            if let newest = camera.newest?.picture, newest.recordedAt >= picture.recordedAt { return }
            camera.newest = Newest(picture: picture, isSpooled: isSpooled)
        }
    }

    /// The picture was stored before, under a name that nobody knows any more.
    func repeated(_ picture: Picture) { images.repeated(picture) }

    /// Sorted by uid.
    var current: [Camera] { cameras.read { Array($0.values) }.sorted { $0.uid.text < $1.uid.text } }

    subscript(uid: CameraUID) -> Camera? { cameras.read { $0[uid] } }

    private func change(_ uid: CameraUID, _ body: (inout Camera) -> Void) {
        cameras.update { cameras in
            guard cameras[uid] != nil || cameras.count < Self.most else { return }
            body(&cameras[uid, default: Camera(uid: uid)])
        }
    }
}

extension PublishedCameras {
    /// - Parameter maxAttempts: after so many refusals a picture goes into quarantine.
    func left(_ end: Delivery.End, maxAttempts: Int) {
        var picture = end.parcel.picture
        let arrived = end.parcel.arrived
        switch end.fate {
        case .stored(let rowID): left(picture, arrived: arrived, as: .stored, rowID: rowID)
        case .storedElsewhere(let identity?), .repeated(let identity?):
            picture.adopt(identity)
            left(picture, arrived: arrived, as: .stored)
        case .storedElsewhere, .repeated: repeated(picture)
        case .spooled where end.parcel.refusals >= maxAttempts:
            left(picture, arrived: arrived, as: .quarantined, reason: end.parcel.lastError)
        case .spooled: left(picture, arrived: arrived, as: .spooled)
        case .dropped: left(picture, arrived: arrived, as: .abandoned, reason: "dropped, the spool was full")
        }
    }
}
