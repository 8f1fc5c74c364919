/// Names of the keys that gateways share in Redis. The uid stands in them byte for byte, as people type it into redis-cli.
package enum CoordinationKey {
    /// Which pictures with this image id are stored: `ProcessedLines`.
    package static func processed(_ imageID: String) -> String { "processed:\(imageID)" }

    /// What the camera's open session is called, for people.
    package static func session(_ camera: CameraUID) -> String { "camera_session:\(camera.text)" }

    /// Who assembles and delivers captures with this image id now.
    package static func lock(_ imageID: String) -> String { "assemble:\(imageID)" }

    /// Who stores this picture, and as what: `Claim`. The gateways' own names for a capture differ, its bytes do not.
    package static func claim(_ picture: Picture) -> String {
        switch picture.imageIDSource {
        case .camera: "claim:\(picture.camera.text):\(picture.imageID):\(picture.sha256)"
        case .gateway: "claim:\(picture.camera.text):\(picture.sha256)"
        }
    }

    /// A capture's chunks, in share mode.
    package static func chunks(_ imageID: String, _ camera: CameraUID) -> String { "image_chunks:\(imageID):\(camera.text)" }

    /// How many chunks a capture has, and when the last came, in share mode.
    package static func meta(_ imageID: String, _ camera: CameraUID) -> String { "image_meta:\(imageID):\(camera.text)" }
}
