import Clients
import IngestCore
import Platform

/// What a capture is once its last chunk has come: its texts joined, its checksum taken, its name and moment fixed.
/// Used by the intake thread alone.
struct PictureFinisher: ~Copyable {
    enum Finish {
        /// `hasBadTime`: the camera's own time is none.
        case picture(Picture, distinctKey: String, PoolBytes, hasBadTime: Bool)
        /// The camera sent a picture again that is known.
        case repeated(Picture, distinctKey: String, PoolBytes)
        /// Its texts, joined, are no base64, or no picture is left of them.
        case abandoned(Abandonment)
    }

    private let memory: PoolMemory
    private let template: KeyTemplate
    private let bucket: String
    private let maxImage: Int
    private let members: Configuration.Intake.Members
    /// Whether something else knows which captures with an image id of the camera's were stored before.
    private let namedAreNew: @Sendable () -> Bool
    private var hash: SHA256

    init(
        memory: PoolMemory, template: KeyTemplate, bucket: String, maxImage: Int, members: Configuration.Intake.Members = .init(),
        namedAreNew: @escaping @Sendable () -> Bool = { false }
    ) throws(CryptoFailure) {
        hash = try SHA256()  // first: what throws comes before any field that must be destroyed (Swift 6.2)
        self.members = members
        self.memory = memory
        self.namedAreNew = namedAreNew
        self.template = template
        self.bucket = bucket
        self.maxImage = maxImage
    }

    /// - Parameters:
    ///   - topic: for the row's metadata.
    ///   - noted: what was noted while its chunks came.
    ///   - known: the picture as it was finished before the gateway started again; it must be the same.
    mutating func finish(
        _ capture: CompleteCapture, _ layout: PictureLayout, topic: String, at reading: ClockReading, noted: CaptureNotes? = nil,
        known: JournaledPicture? = nil, assembler: inout Assembler
    ) throws(CryptoFailure) -> Finish {
        let extents: [Extent]
        do throws(Refusal) {
            extents = try joined(layout)
        } catch {
            return .abandoned(.base64)
        }
        let bytes = PoolBytes(extents, of: memory)
        guard bytes.count <= maxImage else { return .abandoned(.tooLarge) }
        let type = contentType(of: bytes)
        var walk = IntactWalk(type)
        for extent in extents {
            memory.withSpan(of: extent.range) { span in
                hash.update(span)
                walk.update(span)
            }
        }
        let digest = try hash.finish()
        if let known {
            return known.checksum == digest
                ? .picture(known.picture, distinctKey: known.distinctKey, bytes, hasBadTime: false) : .abandoned(.evicted)
        }
        var picture = Picture(
            camera: capture.camera, imageID: capture.imageID, imageIDSource: capture.source, topic: topic, recordedAt: reading.moment,
            size: bytes.count, chunks: capture.chunks, sha256: Hex.lower(digest), contentType: type, bucket: bucket,
            key: ""
        )
        picture.key = template.key(for: picture)
        let capturedAt = noted?.capturedAt(members.capturedAt)
        picture.notes.firstChunkAt = noted?.firstChunkAt
        picture.notes.capturedAt = capturedAt ?? nil
        picture.notes.camera = noted?.camera(members.kept)
        picture.notes.intact = walk.isIntact
        picture.notes.clock = reading.clock
        picture.notes.completed = reading.completed
        let verdict = assembler.verdict(
            on: capture.handle, checksum: Checksum(digest.span), namedAreNew: capture.source == .camera && namedAreNew())
        let distinctKey = template.distinctKey(for: picture)
        guard verdict == .new else { return .repeated(picture, distinctKey: distinctKey, bytes) }
        return .picture(picture, distinctKey: distinctKey, bytes, hasBadTime: capturedAt == .some(nil))
    }

    /// The picture's bytes, with the seams between chunks put right where they lie. Where every chunk begins a group of four, which
    /// is the rule, nothing is touched.
    private func joined(_ layout: PictureLayout) throws(Refusal) -> [Extent] {
        var joiner = PictureJoiner()
        var cursor = ExtentCursor(layout.extents)
        var extents: [Extent] = []
        for shape in layout.shapes {
            let stored = cursor.take(shape.storedBytes)
            var region = PoolRegion(stored, of: PoolSlabs(memory: memory))
            var left = try joiner.join(shape, in: &region)
            for extent in stored where left > 0 {
                let count = min(left, extent.count)
                if let last = extents.last, last.range.upperBound == extent.offset {
                    extents[extents.count - 1] = Extent(offset: last.offset, count: last.count + count)
                } else {
                    extents.append(Extent(offset: extent.offset, count: count))
                }
                left -= count
            }
        }
        try joiner.finish()
        return extents
    }

    private func contentType(of bytes: PoolBytes) -> ContentType {
        var first = [UInt8](repeating: 0, count: min(ContentType.bytesNeeded, bytes.count))
        var room = first.mutableSpan
        _ = bytes.fill(&room, from: 0)
        return ContentType(firstBytes: first.span)
    }
}

/// Walks a list of extents from front to back.
struct ExtentCursor {
    private let extents: [Extent]
    private var index = 0
    private var used = 0

    init(_ extents: [Extent]) { self.extents = extents }

    mutating func take(_ count: Int) -> [Extent] {
        var taken: [Extent] = []
        var left = count
        while left > 0, index < extents.count {
            let extent = extents[index]
            let length = min(left, extent.count - used)
            taken.append(Extent(offset: extent.offset + used, count: length))
            used += length
            left -= length
            if used == extent.count {
                index += 1
                used = 0
            }
        }
        return taken
    }
}
