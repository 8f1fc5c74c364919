import IngestCore

/// The body of `/overview`: all that the page shows, in one answer of bounded size.
struct OverviewAnswer: Encodable {
    /// Beyond so many cameras the page asks for those whose uid contains what its reader typed.
    static let mostCameras = 200
    /// Gaps in a capture that are drawn.
    static let mostGaps = 64

    struct Camera: Encodable {
        let uid: String
        let images: Int
        let incomplete: Int
        /// When the last picture was whole (RFC 3339).
        let lastImageAt: String?
        /// The picture that `/cameras/{uid}/latest` shows now, and whether it still waits in the spool.
        let shownAt: String?
        let shownID: String?
        let isSpooled: Bool
        /// It does not end as its format says.
        let isSuspect: Bool
        let current: Current?

        enum CodingKeys: String, CodingKey {
            case uid, images, incomplete, current
            case lastImageAt = "last_image_at"
            case shownAt = "shown_at"
            case shownID = "shown_id"
            case isSpooled = "spooled"
            case isSuspect = "suspect"
        }
    }

    struct Current: Encodable {
        let imageID: String
        let received: Int
        let total: Int
        /// The first and last index of each gap.
        let missing: [[Int]]

        enum CodingKeys: String, CodingKey {
            case imageID = "image_id"
            case received, total, missing
        }
    }

    struct Counts: Encodable {
        let chunks, pictures, stored, incomplete, refused: Int
    }

    /// Whole minutes, oldest first, at most sixty.
    struct Minutes: Encodable {
        let pictures, stored, incomplete: [Int]
    }

    let name: String
    let version: String
    /// By the gateway's clock, which all other moments are of: a phone's may be wrong.
    let now: String
    let health: HealthAnswer
    let spool: SpoolAnswer
    let capacity: Int
    let available: Int
    /// Since the start.
    let totals: Counts
    let minutes: Minutes
    /// Whether the kernel says that the machine's clock is kept right.
    let isClockSynchronised: Bool
    let cameras: [Camera]
    /// How many there are, shown or not.
    let cameraCount: Int

    enum CodingKeys: String, CodingKey {
        case name, version, now, health, spool, capacity, available, totals, minutes, cameras
        case cameraCount = "camera_count"
        case isClockSynchronised = "clock_synchronised"
    }
}

extension OverviewAnswer.Camera {
    init(_ camera: PublishedCameras.Camera, _ capture: OpenCapture?) {
        self.init(
            uid: camera.uid.text, images: camera.images, incomplete: camera.incomplete, lastImageAt: camera.lastImage?.rfc3339,
            shownAt: camera.newest?.picture.recordedAt.rfc3339, shownID: camera.newest?.picture.imageID,
            isSpooled: camera.newest?.isSpooled ?? false, isSuspect: camera.newest?.picture.notes.intact == false,
            current: capture.map { capture in
                OverviewAnswer.Current(
                    imageID: capture.imageID, received: capture.received, total: capture.total,
                    missing: capture.missing.ranges.prefix(OverviewAnswer.mostGaps).map { [$0.lowerBound, $0.upperBound] }
                )
            }
        )
    }
}
