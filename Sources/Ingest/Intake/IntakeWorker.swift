import Clients
import Glibc
import IngestCore
import Logging
import Platform

/// The thread between the broker and the pool: reads what the socket has, assembles it, hands whole pictures on, and only then lets
/// the acknowledgements go.
final class IntakeWorker {
    /// Messages between two openings of the gate. The broker sends no more than `receive_maximum` ahead of their acknowledgement.
    private static let batch = 256

    private let link: BrokerLink
    private let intake: ChunkIntake
    private var finisher: PictureFinisher
    private let inbox: IntakeInbox
    private let delivery: Delivery
    private let board: IntakeBoard
    private let cameras: CameraBoard
    private let log: Logger

    init(
        link: BrokerLink, intake: ChunkIntake, finisher: consuming PictureFinisher, inbox: IntakeInbox, delivery: Delivery,
        board: IntakeBoard, cameras: CameraBoard, log: Logger
    ) {
        self.link = link
        self.intake = intake
        self.finisher = finisher
        self.inbox = inbox
        self.delivery = delivery
        self.board = board
        self.cameras = cameras
        self.log = log
    }

    func run() {
        while true {
            link.tend(now: .current)
            waitForNews()
            let mail = inbox.take()
            for capture in mail.released { intake.assembler.release(capture) }
            if mail.isStopping { break }
            if let reason = mail.heldBecause, !link.isPaused { pause(because: reason) }
            if link.isPaused {
                if mail.heldBecause == nil { resumeWhenThereIsRoom() }
            } else {
                takeIn()
            }
            noticeChanges()
        }
        link.client.disconnectKeepingSession()
        intake.assembler.paused(now: .current)
    }

    /// Until the socket or the inbox has something, or something is due.
    private func waitForNews() {
        let now = Instant.current
        var until = link.deadline(now: now)
        if let expiry = intake.assembler.nextDeadline { until = min(until, expiry) }
        let socket = link.client.socket
        var events = Int16(POLLIN)
        if link.client.wantsWrite { events |= Int16(POLLOUT) }
        var watched = [
            pollfd(fd: inbox.waker.descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: socket, events: events, revents: 0),
        ]
        let pause = link.client.hasBufferedInput ? .zero : until - now
        unsafe poll(&watched, socket >= 0 ? 2 : 1, pause.pollMilliseconds)
    }

    /// One batch: everything the socket has, up to a bound; then the gate opens, if there was room for all of it.
    private func takeIn() {
        var taken = 0
        var isFull = false
        let now = Instant.current
        _ = link.client.read { topic, payload, _ in
            switch intake.take(topic: topic, payload: payload, now: now) {
            case .full:
                isFull = true
                return .pause
            case .settled(let completed):
                if let completed { finish(completed, topic: topic, now: now) }
                taken += 1
                return taken < Self.batch ? .next : .pause
            }
        }
        if isFull {
            pause(because: "the pool of \(intake.assembler.slabCount / 256) MiB is full of pictures that cannot be stored yet")
        } else {
            link.client.flush()
        }
    }

    /// Whole captures become pictures with a name and a moment that never change, and go on their way.
    private func finish(_ handle: CaptureHandle, topic: Span<UInt8>, now: Instant) {
        guard let capture = intake.assembler.complete(handle), let layout = capture.layout else { return }
        do throws(CryptoFailure) {
            let moment = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
            let name = String(decoding: Array(topic), as: UTF8.self)
            switch try finisher.finish(capture, layout, topic: name, at: moment, assembler: &intake.assembler) {
            case .picture(let picture, let distinctKey, let bytes):
                intake.figures.completed += 1
                cameras.completed(picture)
                delivery.admit(picture, alternateKey: distinctKey, lane: .live, bytes: bytes, capture: handle)
            case .repeated(let picture):
                intake.figures.repeated += 1
                log.info(
                    "Camera \(picture.camera) sent a picture again that is known: \(picture.chunks) chunks, \(picture.size) bytes; counted as a repeat",
                    metadata: ["camera_uid": "\(picture.camera)"]
                )
                intake.assembler.release(handle)
            case .abandoned(let reason):
                intake.assembler.abandon(handle, reason, now: now)
            }
        } catch {
            // Only for want of memory: the picture is not lost but incomplete, and said to be.
            log.critical("\(error) while taking a picture's checksum")
            intake.assembler.abandon(handle, .evicted, now: now)
        }
    }

    private func pause(because reason: String) {
        link.pause(because: reason)
        intake.assembler.paused(now: .current)
    }

    private func resumeWhenThereIsRoom() {
        guard intake.assembler.freeSlabs * 4 >= intake.assembler.slabCount else { return }
        link.resume(now: .current)
    }

    /// What happened beside the messages: captures given up, connections begun and lost, figures.
    private func noticeChanges() {
        let now = Instant.current
        let wasOpen = link.isOpen
        if link.takeEvents(now: now) { intake.assembler.connectionBegan(now: now) }
        if wasOpen && !link.isOpen { intake.assembler.paused(now: now) }
        intake.assembler.expire(now: now)
        for case .abandoned(let capture) in intake.assembler.events { tell(capture) }
        intake.assembler.events.removeAll(keepingCapacity: true)

        intake.figures.open = intake.assembler.capturesInProgress
        intake.figures.memory = intake.assembler.bytesInUse
        intake.figures.unacknowledged = link.client.unacknowledged
        board.publish(intake.figures)
        if cameras.images.isSnapshotDue(now: now) {
            cameras.images.show(intake.assembler.openCaptures(atMost: ImageBoard.mostOpen), now: now)
        }
    }

    private func tell(_ capture: AbandonedCapture) {
        guard capture.counts else { return }
        intake.figures.abandoned(capture.reason)
        cameras.gaveUp(capture)
        log.warning(
            "Gave up image \(capture.imageID) of camera \(capture.camera): \(capture.reason.explanation). It had \(capture.received) of \(capture.total) chunks; missing: \(capture.missing)",
            metadata: ["camera_uid": "\(capture.camera)", "image_id": "\(capture.imageID)", "reason": "\(capture.reason.rawValue)"]
        )
    }
}

extension Abandonment {
    var explanation: String {
        switch self {
        case .superseded: "superseded, the camera began another capture"
        case .timeout: "timeout, no chunk came for too long"
        case .evicted: "evicted, others needed its place"
        case .tooLarge: "too_large, it outgrew [intake] max_image"
        case .base64: "base64, its chunks joined are no base64"
        }
    }
}
