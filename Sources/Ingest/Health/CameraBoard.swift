import IngestCore
import Platform

/// What is known of each camera, for people and metrics. The intake thread writes it, any thread reads it. Bounded: beyond `most`
/// cameras, new ones are not shown.
final class CameraBoard: Sendable {
    struct Camera: Sendable {
        let uid: CameraUID
        var images = 0
        var incomplete = 0
        var lastImage: Timestamp?
    }

    private static let most = 10_000
    private let cameras = Monitor<[CameraUID: Camera]>([:])

    func completed(_ picture: Picture) {
        change(picture.camera) { camera in
            camera.images += 1
            camera.lastImage = picture.recordedAt
        }
    }

    func gaveUp(_ uid: CameraUID) { change(uid) { $0.incomplete += 1 } }

    /// Sorted by uid.
    var current: [Camera] { cameras.read { Array($0.values) }.sorted { $0.uid.text < $1.uid.text } }

    private func change(_ uid: CameraUID, _ body: (inout Camera) -> Void) {
        cameras.update { cameras in
            guard cameras[uid] != nil || cameras.count < Self.most else { return }
            body(&cameras[uid, default: Camera(uid: uid)])
        }
    }
}
