import IngestCore

/// The body of `/images/{image_id}` for one camera's picture.
struct ImageAnswer: Encodable {
    let image: PublishedImages.Image

    enum CodingKeys: String, CodingKey {
        case camera, state, received, total, missing, size, intact, reason
        case imageID = "image_id"
        case objectName = "object_name"
        case rowID = "row_id"
        case recordedAt = "recorded_at"
        case contentType = "content_type"
        case foundIn = "found_in"
        case inDoubt = "in_doubt"
    }

    /// Null where something is not known or not so far, so that the form never changes.
    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(image.imageID, forKey: .imageID)
        try members.encode(image.camera.text, forKey: .camera)
        try members.encode(image.state.rawValue, forKey: .state)
        try members.encode(image.received, forKey: .received)
        try members.encode(image.total, forKey: .total)
        try members.encode(image.missing.ranges.flatMap { Array($0) }, forKey: .missing)
        try members.encode(image.objectName, forKey: .objectName)
        try members.encode(image.rowID, forKey: .rowID)
        try members.encode(image.recordedAt?.rfc3339, forKey: .recordedAt)
        try members.encode(image.size, forKey: .size)
        try members.encode(image.contentType?.rawValue, forKey: .contentType)
        try members.encode(image.intact, forKey: .intact)
        try members.encode(image.reason, forKey: .reason)
        try members.encode(image.foundIn.rawValue, forKey: .foundIn)
        try members.encode(image.isInDoubt, forKey: .inDoubt)
    }
}

/// The same where several cameras have a picture of that name.
struct ImagesAnswer: Encodable {
    let images: [ImageAnswer]
}
