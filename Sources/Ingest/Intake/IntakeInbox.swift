import IngestCore
import Platform

/// What became of a picture, and where it is counted.
struct PictureEnd: Sendable {
    let fate: Account.Fate
    let camera: CameraUID
    /// Its `recordedAt` when it was complete.
    let moment: Timestamp

    init(_ fate: Account.Fate, _ camera: CameraUID, _ moment: Timestamp) {
        self.fate = fate
        self.camera = camera
        self.moment = moment
    }

    /// Nil where nothing is to be counted: a picture that is stored out of the spool was counted when it went there.
    init?(_ end: Delivery.End, sharesCameras: Bool) {
        let (parcel, isLive) = (end.parcel, end.capture != nil)
        // A row of another moment was there before: of a capture that came again, or of another gateway's.
        let isOld = parcel.picture.recordedAt != parcel.arrived.recordedAt
        let fate: Account.Fate
        switch end.fate {
        case .stored where isOld && !sharesCameras, .repeated: fate = isLive ? .repeated : .repeatedFromSpool
        case .stored where isOld, .storedElsewhere:
            guard isLive else { return nil }
            fate = .storedElsewhere
        case .stored, .spooled:
            guard isLive else { return nil }
            fate = end.fate == .spooled ? .spooled : .stored
        case .dropped: fate = isLive ? .dropped : .droppedFromSpool
        }
        self.init(fate, parcel.picture.camera, parcel.arrived.recordedAt)
    }
}

/// What other threads have to say to the intake thread, which waits in poll(2). Bounded by the captures there are.
final class IntakeInbox: Sendable {
    struct Mail: Sendable {
        /// Pictures whose bytes are needed no more, and why.
        var released: [(capture: CaptureHandle, end: PictureEnd)] = []
        /// Captures that nobody here had, and that were given up.
        var lost: [PictureEnd] = []
        /// Why nothing may be taken in now; nil while it may.
        var heldBecause: String?
        /// Captures that were found whole in Redis, and that nobody made pictures of.
        var whole: [SharedCapture] = []
        /// Take nothing in any more.
        var isStopping = false
        /// Nor will anything more be released.
        var isClosing = false
    }

    let waker: Waker
    private let mail = Monitor(Mail())

    init() throws(SystemError) { waker = try Waker() }

    func release(_ capture: CaptureHandle, as end: PictureEnd) {
        mail.update { $0.released.append((capture, end)) }
        waker.wake()
    }

    /// Without waking anybody: it is counted with what comes next.
    func count(_ end: PictureEnd) { mail.update { $0.lost.append(end) } }

    /// Nothing may be taken in, for `reason`; nil: it may again.
    func hold(because reason: String?) {
        mail.update { $0.heldBecause = reason }
        waker.wake()
    }

    /// - Parameter captures: whole in Redis. Beyond a bound they are left for the next time they are found.
    func foundWhole(_ captures: [SharedCapture]) {
        mail.update { $0.whole += captures.prefix(max(0, Self.mostFound - $0.whole.count)) }
        waker.wake()
    }

    private static let mostFound = 256

    func stop() {
        mail.update { $0.isStopping = true }
        waker.wake()
    }

    func close() {
        mail.update { $0.isClosing = true }
        waker.wake()
    }

    func take() -> Mail {
        waker.clear()
        return mail.update { mail in
            defer {
                mail.released.removeAll(keepingCapacity: true)
                mail.whole = []
                mail.lost = []
            }
            return mail
        }
    }
}
