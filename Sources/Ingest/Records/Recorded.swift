package import IngestCore

/// What the table says of a picture before its upload.
package enum Located: Equatable, Sendable {
    /// Neither the picture nor its key is known.
    case new
    /// The same capture is there: its key and `recordedAt` are the ones to use.
    case again(RecordedPicture)
    /// Another row has the picture's key, so the picture needs another. `sameBytes` is that row where it is of the same camera and has the
    /// same checksum, but is by the rule another capture.
    case keyTaken(sameBytes: RecordedPicture?)
}

/// A picture whose object is stored, to be written down.
package struct RecordEntry: Equatable, Sendable {
    package let picture: Picture
    /// As S3 gave it; nil for a bucket without versions.
    package let objectVersion: String?
    /// Who stored it; nil is this gateway.
    package let gateway: String?

    package init(_ picture: Picture, objectVersion: String? = nil, gateway: String? = nil) {
        self.picture = picture
        self.gateway = gateway
        self.objectVersion = objectVersion
    }
}

/// What became of one picture's row. All but `refused` is committed.
package enum Written: Equatable, Sendable {
    case inserted(id: String)
    /// The capture had its row; only `updated_at` moved. When its key is not the one just uploaded: where a HEAD finds the row's object,
    /// the new one is to be removed; else `RecordStore.moveRow` leads the row to the new one.
    case again(RecordedPicture)
    /// No row was written, for another has the key. As `Located.keyTaken`.
    case keyTaken(sameBytes: RecordedPicture?)
    /// The database refuses this picture for its own sake. The others of the batch are written.
    case refused(RecordFailure)
}

/// What became of `RecordStore.moveRow`.
package enum RowMove: Equatable, Sendable {
    case moved
    /// The row is gone, or another gateway has led it elsewhere: write the picture again and see.
    case changed
    /// Another row has that key.
    case keyTaken
    /// The database refuses this for its own sake, or did not keep it.
    case refused(RecordFailure)
}
