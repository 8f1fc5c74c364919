package import IngestCore
import Platform

/// Makes the record of a picture anew that has lost it, from the picture's name and bytes and from the configuration in force.
package struct SpoolRepair {
    private let bucket: String
    private let template: KeyTemplate
    /// The one topic filter from which a camera's topic can be told.
    private let filter: String?

    package init(_ configuration: Configuration) throws(KeyTemplate.Mistake) {
        bucket = configuration.s3.bucket
        template = try KeyTemplate(configuration.s3.key)
        filter = configuration.mqtt.topics.first { topic in topic.count { $0 == "+" } == 1 && !topic.contains("#") }
    }

    /// What keeps a record from being made anew.
    package enum Obstacle: Error, CustomStringConvertible {
        case nothingToRepair
        case noPicture
        case camera
        case content
        case disk(SpoolError)

        package var description: String {
            switch self {
            case .nothingToRepair: "its picture is what is damaged, and there is no other copy of it here"
            case .noPicture: "there is no picture to make a record for"
            case .camera: "its name does not have the whole camera uid"
            case .content: "its bytes are not those of a file with such an extension"
            case .disk(let error): "\(error)"
            }
        }
    }

    /// Writes the record beside the picture, where both lie. One that could not be read becomes `.json.damaged`.
    package func rebuild(_ place: SpoolPlace, after damage: SpoolDamage, in store: SpoolStore) throws(Obstacle) -> SpoolRecord {
        switch damage {
        case .noRecord, .record: break
        case .noPicture: throw .noPicture
        case .size, .checksum: throw .nothingToRepair
        }
        let made: Result<SpoolRecord, Obstacle>
        do throws(SpoolError) { made = try rebuild(place, in: store) } catch { throw .disk(error) }
        return try made.get()
    }

    private func rebuild(_ place: SpoolPlace, in store: SpoolStore) throws(SpoolError) -> Result<SpoolRecord, Obstacle> {
        guard let fileExtension = try store.pictureExtension(place.name, place.area) else { return .failure(.noPicture) }
        let facts = try store.facts(store.layout.file(place.area, place.name, fileExtension))
        guard let camera = place.name.plainCamera.flatMap({ CameraUID($0) }) else { return .failure(.camera) }
        let type = ContentType(firstBytes: facts.first.span)
        guard type.fileExtension == fileExtension, facts.size > 0 else { return .failure(.content) }
        let record = record(place.name, camera, type, facts)
        try store.replaceRecord(place, record)
        return .success(record)
    }

    private func record(_ name: SpoolEntryName, _ camera: CameraUID, _ type: ContentType, _ facts: PictureFacts) -> SpoolRecord {
        var imageID = String(name.imageID)
        let mark = "-" + facts.sha256.prefix(8)
        if imageID.hasSuffix(mark), imageID.utf8.count > mark.utf8.count { imageID.removeLast(mark.count) }
        var picture = Picture(
            camera: camera, imageID: imageID, imageIDSource: Self.isUUID(imageID) ? .gateway : .camera,
            topic: filter.map { $0.split(separator: "+", omittingEmptySubsequences: false).joined(separator: camera.text) } ?? "",
            recordedAt: name.recordedAt, size: facts.size, chunks: 1, sha256: facts.sha256, contentType: type, bucket: bucket, key: ""
        )
        picture.key = template.key(for: picture)
        return SpoolRecord(picture)
    }

    /// Whether it is one of the names that the gateway gives: a version 4 UUID in lower case (RFC 9562, section 5.4).
    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12] && parts[2].first == "4"
            && parts.allSatisfy { $0.allSatisfy { $0.isHexDigit && !$0.isUppercase } }
    }
}

/// What a picture's file alone tells.
struct PictureFacts {
    let size: Int
    let sha256: String
    let first: [UInt8]
}

extension SpoolStore {
    func facts(_ path: String) throws(SpoolError) -> PictureFacts {
        var digest = makeDigest()
        var first: [UInt8] = []
        var size = 0
        try onDisk { () throws(SystemError) in
            try files.withFile(path, .read) { file throws(SystemError) in
                let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
                defer { unsafe room.deallocate() }
                while true {
                    let count = try unsafe files.read(file, at: size, into: room)
                    if count == 0 { break }
                    let piece = unsafe UnsafeRawBufferPointer(rebasing: room[..<count])
                    if size == 0 { first = unsafe Array(piece.prefix(ContentType.bytesNeeded)) }
                    unsafe digest.update(piece)
                    size += count
                }
            }
        }
        return PictureFacts(size: size, sha256: try onDisk { () throws(SystemError) in try digest.finish() }, first: first)
    }

    func replaceRecord(_ place: SpoolPlace, _ record: SpoolRecord) throws(SpoolError) {
        let path = layout.record(place.area, place.name)
        let temporary = layout.temporary(place.area, place.name, SpoolEntryName.recordExtension)
        let folder = layout.folder(place.area, place.name)
        try onDisk { () throws(SystemError) in
            try writeSynced(record.json, to: temporary)
            try unlessMissing { () throws(SystemError) in try files.rename(path, to: path + ".damaged") }
            try files.rename(temporary, to: path)
            try files.syncDirectory(folder)
        }
    }
}
