/// What a capture is called in the stores, wherever and by whomever it is written: its name, its moment and its key.
package struct CaptureIdentity: Equatable, Sendable {
    package let imageID: String
    package let recordedAt: Timestamp
    package let key: String
    /// What whoever named it knows of it; nil where that was not told. Two identities are equal without.
    package let notes: PictureNotes?

    package init(imageID: String, recordedAt: Timestamp, key: String, notes: PictureNotes? = nil) {
        self.imageID = imageID
        self.recordedAt = recordedAt
        self.key = key
        self.notes = notes
    }

    package static func == (a: CaptureIdentity, b: CaptureIdentity) -> Bool {
        a.imageID == b.imageID && a.recordedAt == b.recordedAt && a.key == b.key
    }
}

/// The value of a `claim:` key: which gateway stores the picture, and as what, so that a successor writes the same object and row.
///
/// ```
/// held|stored <owner> <camera uid, percent-encoded> <recorded_at, RFC 3339> <image id> <key>
/// held/2|stored/2 <owner> <camera uid> <recorded_at> <notes> <image id> <key>
/// ```
/// One space between each two; the key comes last, for only it may hold spaces. The second form has `PictureNotes`; a gateway that
/// does not know it leaves the agreement to the table.
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
        guard let word = text.split(separator: " ", maxSplits: 1).first else { return nil }
        let hasNotes = word.hasSuffix("/2")
        let parts = text.split(separator: " ", maxSplits: hasNotes ? 6 : 5, omittingEmptySubsequences: false)
        guard parts.count == (hasNotes ? 7 : 6), ["held", "stored", "held/2", "stored/2"].contains(word), parts[2] == camera.encoded,
            let moment = Timestamp(rfc3339: String(parts[3]))
        else { return nil }
        let name = parts.suffix(2)
        guard name.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.camera = camera
        identity = CaptureIdentity(
            imageID: String(name[name.startIndex]), recordedAt: moment, key: String(name[name.startIndex + 1]),
            notes: hasNotes ? PictureNotes(parts[4]).shared : nil)
        owner = String(parts[1])
        isStored = word.hasPrefix("stored")
    }

    package var text: String {
        let notes = identity.notes?.shared.text ?? ""
        let word = (isStored ? "stored" : "held") + (notes.isEmpty ? "" : "/2")
        let fields = [word, owner, camera.encoded, identity.recordedAt.rfc3339, notes, identity.imageID, identity.key]
        return fields.filter { !$0.isEmpty }.joined(separator: " ")
    }
}

extension Picture {
    package var identity: CaptureIdentity { CaptureIdentity(imageID: imageID, recordedAt: recordedAt, key: key, notes: notes) }
}
