import IngestCore
import Platform

/// What is known of single pictures: those being assembled, as the intake thread last showed them, and the newest that left the assembly.
/// Any thread reads and reports.
///
/// What stays simple because of what it refuses:
/// - It remembers `mostEnds` pictures, and forgets the one that ended first. Older ones are in the table, or in the spool.
/// - Open captures are shown, not followed: a snapshot a few times a second, of the `mostOpen` most recently touched.
final class PublishedImages: Sendable {
    static let mostEnds = 4096
    static let mostOpen = 1000
    static let betweenSnapshots = Duration.milliseconds(250)

    /// Where a picture stands. The raw value is its `state` in `/images`.
    enum State: String, Sendable {
        case assembling, delivering, spooled, stored, abandoned, quarantined
    }

    /// Where something is known of it. The raw value is its `found_in` in `/images`.
    enum Place: String, Sendable {
        /// What the journal holds is in memory too: it is read into it at the start.
        case memory
        case spool, redis, table
    }

    struct Image: Equatable, Sendable {
        let camera: CameraUID
        let imageID: String
        var state: State
        var received: Int
        var total: Int
        var missing = IndexRanges()
        var objectName: String?
        var rowID: String?
        var recordedAt: Timestamp?
        /// In bytes.
        var size: Int?
        var contentType: ContentType?
        /// Whether it ends as its format says; nil where that cannot be told.
        var intact: Bool?
        /// Why it was given up.
        var reason: String?
        var foundIn = Place.memory
        /// Some of its chunks may be an older one's, told again.
        var isInDoubt = false
    }

    private struct Key: Hashable {
        let camera: CameraUID
        let imageID: String
    }

    private struct End {
        var image: Image
        let notedAt: Instant
        /// Of an earlier capture with the same name, that this one may turn out to repeat.
        var before: Image?
    }

    private struct Boards {
        /// A ring; nil where a capture's end was replaced by that of a later one with the same name.
        var ends: [End?] = []
        var next = 0
        var places: [Key: Int] = [:]
        var open: [OpenCapture] = []
        var openAt = Instant(sinceBoot: .zero)

        mutating func note(_ image: Image, at now: Instant) {
            let key = Key(camera: image.camera, imageID: image.imageID)
            var before: Image?
            if let place = places[key] {
                before = ends[place]?.image
                ends[place] = nil
            }
            if ends.count < PublishedImages.mostEnds {
                next = ends.count
                ends.append(nil)
            } else if let oldest = ends[next]?.image {
                places[Key(camera: oldest.camera, imageID: oldest.imageID)] = nil
            }
            ends[next] = End(image: image, notedAt: now, before: image.state == .delivering ? before : nil)
            places[key] = next
            next = (next + 1) % PublishedImages.mostEnds
        }

        mutating func forget(_ key: Key) {
            if let place = places.removeValue(forKey: key) { ends[place] = nil }
        }

        /// A snapshot does not know what ended after it.
        func isOpen(_ capture: OpenCapture) -> Bool {
            guard let place = places[Key(camera: capture.camera, imageID: capture.imageID)], let end = ends[place] else { return true }
            return end.notedAt < openAt
        }
    }

    private let boards = Monitor(Boards())

    // MARK: - What the threads report

    /// The picture is whole and on its way.
    func delivering(_ picture: Picture, now: Instant = .current) {
        boards.update { $0.note(Image(picture, .delivering), at: now) }
    }

    func abandoned(_ capture: AbandonedCapture, now: Instant = .current) {
        var image = Image(
            camera: capture.camera, imageID: capture.imageID, state: .abandoned, received: capture.received, total: capture.total,
            missing: capture.missing
        )
        image.reason = capture.reason.rawValue
        boards.update { $0.note(image, at: now) }
    }

    func abandoned(_ capture: SupersededCapture, _ reason: Abandonment, now: Instant = .current) {
        var image = Image(
            camera: capture.place.camera, imageID: capture.place.imageID, state: .abandoned, received: capture.received.count,
            total: capture.total, missing: capture.missing
        )
        image.reason = reason.rawValue
        boards.update { $0.note(image, at: now) }
    }

    /// The picture left for a store, the spool, the quarantine, or for good.
    /// - Parameter arrived: what it was called while it was `delivering`, where it has another name now.
    func left(
        _ picture: Picture, arrived: CaptureIdentity? = nil, as state: State, rowID: String? = nil, reason: String? = nil,
        now: Instant = .current
    ) {
        let arrived = arrived ?? picture.identity
        var image = Image(picture, state)
        image.rowID = rowID
        image.reason = reason
        boards.update { boards in
            let key = Key(camera: picture.camera, imageID: picture.imageID)
            if arrived.imageID != picture.imageID { boards.forget(Key(camera: picture.camera, imageID: arrived.imageID)) }
            // In its place, unless another capture took the name meanwhile.
            if let place = boards.places[key], let end = boards.ends[place] {
                guard end.image.state != .abandoned, end.image.recordedAt.map({ $0 <= max(arrived.recordedAt, picture.recordedAt) }) ?? true
                else { return }
                if image.rowID == nil, end.image.objectName == image.objectName { image.rowID = end.image.rowID }
                if image.rowID == nil, end.before?.objectName == image.objectName { image.rowID = end.before?.rowID }
                boards.ends[place]?.image = image
            } else {
                boards.note(image, at: now)
            }
        }
    }

    /// A picture on its way turned out to be stored already, nobody knows as what: it stands as it stood before.
    func repeated(_ picture: Picture) {
        boards.update { boards in
            let key = Key(camera: picture.camera, imageID: picture.imageID)
            guard let place = boards.places[key], let end = boards.ends[place], end.image.recordedAt == picture.recordedAt else { return }
            if let before = end.before { boards.ends[place]?.image = before } else { boards.forget(key) }
        }
    }

    func isSnapshotDue(now: Instant) -> Bool { boards.read { $0.openAt + Self.betweenSnapshots <= now } }

    func show(_ open: [OpenCapture], now: Instant) {
        boards.update { boards in
            boards.open = open
            boards.openAt = now
        }
    }

    // MARK: - What people ask

    /// All that is known under an image id, of one camera or of any, sorted by camera.
    func find(_ imageID: String, camera: CameraUID? = nil) -> [Image] {
        let found = boards.read { boards in
            var found: [CameraUID: Image] = [:]
            if let camera {
                if let place = boards.places[Key(camera: camera, imageID: imageID)], let end = boards.ends[place] {
                    found[camera] = end.image
                }
            } else {
                for case let end? in boards.ends where end.image.imageID == imageID { found[end.image.camera] = end.image }
            }
            for capture in boards.open where capture.imageID == imageID && (camera ?? capture.camera) == capture.camera {
                if boards.isOpen(capture) { found[capture.camera] = Image(capture) }
            }
            return found
        }
        return found.values.sorted { $0.camera.text < $1.camera.text }
    }

    /// Of each camera the open capture that was most recently touched.
    var current: [CameraUID: OpenCapture] {
        boards.read { boards in
            var current: [CameraUID: OpenCapture] = [:]
            for capture in boards.open where current[capture.camera] == nil && boards.isOpen(capture) { current[capture.camera] = capture }
            return current
        }
    }
}

extension PublishedImages.Image {
    init(_ picture: Picture, _ state: PublishedImages.State) {
        self.init(
            camera: picture.camera, imageID: picture.imageID, state: state, received: picture.chunks, total: picture.chunks,
            objectName: picture.key, recordedAt: picture.recordedAt, size: picture.size, contentType: picture.contentType,
            intact: picture.notes.intact
        )
    }

    init(_ capture: OpenCapture) {
        self.init(
            camera: capture.camera, imageID: capture.imageID, state: .assembling, received: capture.received, total: capture.total,
            missing: capture.missing, isInDoubt: capture.isInDoubt
        )
    }
}
