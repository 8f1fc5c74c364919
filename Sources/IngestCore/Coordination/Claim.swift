/// What a capture is called in the stores, wherever and by whomever it is written: its name, its moment and its key.
package struct CaptureIdentity: Equatable, Sendable {
    package let imageID: String
    package let recordedAt: Timestamp
    package let key: String

    package init(imageID: String, recordedAt: Timestamp, key: String) {
        self.imageID = imageID
        self.recordedAt = recordedAt
        self.key = key
    }
}

/// The value of a `claim:` key: which gateway stores the picture, and as what, so that a successor writes the same object and row.
///
/// ```
/// held|stored <owner> <camera uid, percent-encoded> <recorded_at, RFC 3339> <image id> <key>
/// ```
/// One space between each two; the key comes last, for only it may hold spaces.
package struct Claim: Equatable, Sendable {
    package let camera: CameraUID
    package let identity: CaptureIdentity
    /// Of which gateway; no spaces.
    package let owner: String
    package let isStored: Bool

    package init(_ picture: Picture, owner: String, isStored: Bool = false) {
        camera = picture.camera
        identity = picture.identity
        self.owner = owner
        self.isStored = isStored
    }

    /// Nil for what is no claim.
    package init?(_ text: String, of camera: CameraUID) {
        let parts = text.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, ["held", "stored"].contains(parts[0]), parts[2] == camera.encoded, !parts[4].isEmpty, !parts[5].isEmpty,
            let moment = Timestamp(rfc3339: String(parts[3]))
        else { return nil }
        self.camera = camera
        identity = CaptureIdentity(imageID: String(parts[4]), recordedAt: moment, key: String(parts[5]))
        owner = String(parts[1])
        isStored = parts[0] == "stored"
    }

    package var text: String {
        "\(isStored ? "stored" : "held") \(owner) \(camera.encoded) \(identity.recordedAt.rfc3339) \(identity.imageID) \(identity.key)"
    }
}

extension Picture {
    package var identity: CaptureIdentity { CaptureIdentity(imageID: imageID, recordedAt: recordedAt, key: key) }
}
