import Clients
import Glibc
import IngestCore
import Logging
import Platform

/// The thread between the broker and the pool: reads what the socket has, assembles it, makes it durable, and only then lets the
/// acknowledgements go and hands whole pictures on.
final class IntakeWorker {
    /// Messages of one opening of the gate.
    private let batch: Int
    private var taken = 0
    /// Whether the broker waits for acknowledgements of the batch, where chunks go to Redis.
    private var isAwaited = false
    var when: Configuration.Journal
    var window: BrokerWindow
    var toldNeeded: Bool?
    /// The pool is short of room, and has not eased since.
    var isShort = false

    let link: BrokerLink
    let line: IntakePipeline
    private let inbox: IntakeInbox
    private let entryTallies: EntryTallies
    let delivery: Delivery
    private let published: PublishedIntake
    let cameras: PublishedCameras
    private let health: PublishedHealth
    let log: Logger
    private let channel: WorkerChannel
    /// How long the broker may be left unread before the connection is put down: far below keepalive.
    var patience: Duration { link.keepalive / 4 }
    private var unreadSince: Instant?
    /// To be counted once the journal is read.
    private var lost: [PictureEnd] = []

    init(
        _ configuration: Configuration, link: BrokerLink, line: IntakePipeline, inbox: IntakeInbox, entryTallies: EntryTallies,
        delivery: Delivery, published: PublishedIntake, cameras: PublishedCameras, health: PublishedHealth, log: Logger,
        channel: WorkerChannel = WorkerChannel("intake")
    ) {
        when = configuration.journal
        // Without a word for it, what brokers send unacknowledged by default.
        window = BrokerWindow(size: configuration.mqtt.version == .v5 ? configuration.mqtt.receiveMaximum : 20)
        self.link = link
        self.line = line
        self.inbox = inbox
        self.entryTallies = entryTallies
        self.delivery = delivery
        self.published = published
        self.cameras = cameras
        self.health = health
        self.log = log
        self.channel = channel
        // The broker sends no more than `receive_maximum` ahead of their acknowledgement: half of them while the others go to the disk.
        batch = max(1, min(256, link.client.settings.receiveMaximum / 2))
    }

    var intake: ChunkIntake { line.intake }

    func run() {
        recover()
        tellReplay()
        while true {
            channel.turn(adopt)
            link.tend(now: .current)
            waitForNews()
            let mail = inbox.take()
            conclude(mail)
            if mail.isStopping { break }
            recover()
            if !hasToldReplay { tellReplay() }
            if let reason = mail.heldBecause, !link.isPaused { pause(because: reason, now: .current) }
            intake.shared?.add(found: mail.whole)
            if link.isPaused {
                link.introduce()
                finishWaiting(mayResume: mail.heldBecause == nil)
            } else {
                takeIn()
            }
            noticeChanges()
        }
        end()
    }

    /// Lets go of what is stored, and counts it.
    private func conclude(_ mail: IntakeInbox.Mail) {
        let now = Instant.current
        for (capture, end) in mail.released { line.release(capture, as: end, now: now) }
        lost += mail.lost
        // What was counted before is not known yet.
        guard line.isReplayed else { return }
        for end in lost { intake.tally(end.fate, of: end.camera, at: end.moment, now: now) }
        lost = []
        line.count(entryTallies.takeQuestions(), now: now)
        entryTallies.answer(line.takeCounted())
    }

    /// Which pictures the journal holds, once it was read: the spool finishes anew what a crash left of them.
    private func tellReplay() {
        hasToldReplay = line.isReplayed
        published.replayed(line.isReplayed ? Set(line.replayed.map(\.sha256)) : nil)
    }

    private func adopt(_ configuration: Configuration) {
        when = configuration.journal
        link.client.logIn(as: MosquittoSettings(configuration.mqtt))
        intake.assembler.adoptTimes(of: Assembler.Limits(configuration))
        if let redis = configuration.redis { intake.shared?.adopt(RedisSettings(redis)) }
    }

    /// Until the socket or the inbox has something, or something is due.
    private func waitForNews() {
        let now = Instant.current
        var until = link.deadline(now: now)
        if let deadline = line.deadline { until = min(until, deadline) }
        let socket = link.client.socket
        let mayRead = link.isIntroducing || line.canTakeMore && !(line.isSettling && isBatchFull)
        var events = mayRead ? Int16(POLLIN) : 0
        if link.wantsWrite { events |= Int16(POLLOUT) }
        var watched = [
            pollfd(fd: inbox.waker.descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: socket, events: events, revents: 0),
        ]
        let pause = link.client.hasBufferedInput && mayRead ? .zero : until - now
        unsafe poll(&watched, socket >= 0 ? 2 : 1, pause.pollMilliseconds)
    }

    /// One batch, everything the socket has, up to a bound: once the disk has it, the gate opens. Behind a full one there is more,
    /// which is taken in while the disk works.
    private func takeIn() {
        let now = Instant.current
        intake.moment = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        intake.trace = log.logLevel <= .debug ? log : nil
        line.expire(now: now)
        if let shared = intake.shared {
            guard shared.isReady(now: now) else { return pauseForRedis(now: now) }
            let isFull = read(now: now) == .noRoom
            return settle(shared, isFull: isFull, isAwaited: endBatch(), since: now)
        }
        do throws(JournalFailure) {
            line.adopt(policy, now: now)
            admit(try line.settle(now: now))
            acknowledge()
            var reading = read(now: now)
            writeDue(now: now)
            if reading == .enough, line.mayLaunch {
                try line.launch(now: now)
                _ = endBatch()
                acknowledge()
                reading = read(now: now)
                writeDue(now: now)
            }
            // What came meanwhile waits for the disk, or for more of its kind.
            if line.isSettling, reading != .noRoom { return acknowledge() }
            try commit(isFull: reading == .noRoom, now: now)
        } catch {
            pause(because: "\(error)", now: now)
        }
    }

    private func commit(isFull: Bool, now: Instant) throws(JournalFailure) {
        let pictures = try line.commit(isAwaited: false, now: now)
        _ = endBatch()
        // The others may begin while the acknowledgements are written.
        admit(pictures)
        acknowledge()
        if isFull { pauseForRoom(now: now) }
    }

    /// What is behind it waits for the next batch.
    private var isBatchFull: Bool { taken >= batch || line.isBatchFull || intake.shared?.isFull == true }

    /// - Returns: whether its acknowledgements are awaited.
    private func endBatch() -> Bool {
        defer { (taken, isAwaited) = (0, false) }
        return isAwaited
    }

    private enum Reading {
        /// There is nothing more at the moment, or no room for the next message that may come.
        case done
        /// The batch is full.
        case enough
        /// The disk is done with the batch before: its acknowledgements should go first.
        case interrupted
        /// A message came for which there was no room, so nothing read may be acknowledged.
        case noRoom
    }

    private func read(now: Instant) -> Reading {
        guard mayRead(now: now) else { return .done }
        guard !isBatchFull else { return .enough }
        var reading = Reading.done
        let before = line.held
        defer { if line.held > before { window.came(now: now) } }
        _ = link.client.read { topic, payload, delivery in
            if link.take(topic: topic, payload: payload, now: now) { return .next }
            if delivery.qos > 0 { isAwaited = true }
            var fate =
                delivery.retained
                ? line.takeRetained(topic: topic, payload: payload, packet: delivery.identifier, now: now)
                : line.take(topic: topic, payload: payload, packet: delivery.identifier, now: now)
            if fate == .full {
                // Pictures that came again hold memory until they are known for that; without this, what is refused here comes
                // again with all before it, and is refused again.
                line.finishWhole(now: now)
                // Nor can captures leave the pool as long as the journal has not got them.
                line.writeForRoom(now: now)
                fate = line.take(topic: topic, payload: payload, packet: delivery.identifier, now: now)
            }
            guard case .settled = fate else {
                reading = .noRoom
                return .pause
            }
            taken += 1
            if isBatchFull { reading = .enough } else if taken % 16 == 0, line.hasSettled { reading = .interrupted }
            return reading == .done && line.canTakeMore ? .next : .pause
        }
        line.finishWhole(now: now)
        return reading
    }

    /// While the pool is full of pictures on their way, nothing is read; before the broker misses us, the connection is put down.
    private func mayRead(now: Instant) -> Bool {
        guard !line.canTakeMore else {
            unreadSince = nil
            return true
        }
        let since = unreadSince ?? now
        unreadSince = since
        if now - since > patience { pauseForRoom(now: now) }
        return false
    }

    func admit(_ pictures: [IntakePipeline.Ready]) {
        for it in pictures {
            cameras.completed(it.picture)
            log.step("Complete: \(it.picture.key), \(it.picture.size) bytes, SHA-256 \(it.picture.sha256)", of: it.picture)
            delivery.admit(it.picture, alternateKey: it.distinctKey, lane: .live, bytes: it.bytes, capture: it.capture)
        }
    }

    func pauseForRoom(now: Instant) {
        let pool = StatusText.whole(intake.assembler.slabCount << 12)
        pause(because: "the pool of \(pool) is full of pictures that cannot be stored yet", now: now)
    }

    func pause(because reason: String, now: Instant) {
        unreadSince = nil
        _ = endBatch()
        intake.shared?.forget()
        link.pause(because: reason, now: now)
        line.connectionLost()
        intake.assembler.paused(now: now)
    }

    /// Tries again what the disk refused, when it is time.
    private func recover() {
        let now = Instant.current
        let isGood = line.recover(now: now) { [published, channel] done, all in
            published.replay = (done, all)
            channel.step()
        }
        if let failure = line.failure, !isGood {
            if !link.isPaused { pause(because: "\(failure)", now: now) }
            health.failed(.spool, "\(failure) It is tried again by itself.", of: "journal")
            wasFailing = true
        } else if wasFailing {
            if let news = health.succeeded(.spool, of: "journal") {
                log.event(.spoolBack, .notice, "\(news.line("The journal can be \(line.isReplayed ? "written" : "read") again"))")
            }
            wasFailing = false
        }
    }

    private var wasFailing = false
    private var hasToldReplay = false

    /// Goes on with what is whole, and connects again when nothing is in the way.
    private func finishWaiting(mayResume: Bool) {
        guard line.failure == nil else { return }
        let now = Instant.current
        line.finishWhole(now: now)
        do throws(JournalFailure) { admit(try line.commit(isAwaited: false, now: now)) } catch { return }
        guard mayResume, intake.assembler.hasRoomAgain, intake.shared?.isReady(now: now) != false else { return }
        link.resume(now: now)
    }

    /// Nothing that was taken is left in memory alone. Then only pictures on their way matter, until the last has ended.
    private func end() {
        do throws(JournalFailure) {
            line.writeAll(.stop, now: .current)
            admit(try line.commit(isAwaited: true, now: .current))
            link.end()
        } catch {
            link.client.dropConnection()
        }
        intake.assembler.paused(now: .current)
        published.stopped()
        var isClosing = false
        while !isClosing {
            var watched = pollfd(fd: inbox.waker.descriptor, events: Int16(POLLIN), revents: 0)
            unsafe poll(&watched, 1, 1000)
            let mail = inbox.take()
            isClosing = mail.isClosing
            conclude(mail)
            do throws(JournalFailure) {
                _ = try line.commit(isAwaited: false, now: .current)
                if isClosing { try line.close(now: .current) }
            } catch {
                log.warning("\(error) What was stored in these last moments will be found stored after the next start.")
            }
        }
    }

    /// What happened beside the messages: captures given up, connections begun and lost, figures.
    private func noticeChanges() {
        let now = Instant.current
        let wasOpen = link.isOpen
        if let session = link.takeEvents(now: now) { line.connectionBegan(isResumed: session.present, now: now) }
        if wasOpen && !link.isOpen {
            intake.assembler.paused(now: now)
            line.connectionLost()
        }
        intake.noteEvents(now: now)
        for capture in intake.abandoned { tell(capture) }
        intake.abandoned.removeAll(keepingCapacity: true)
        intake.tellSessions(now: now)
        intake.tellSuppressed(now: now)
        intake.moment = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        line.tend(now: now)

        intake.figures.open = intake.assembler.capturesInProgress
        intake.figures.inDoubt = intake.assembler.capturesInDoubt
        intake.figures.memory = intake.assembler.bytesInUse
        intake.figures.unacknowledged = link.client.unacknowledged
        intake.figures.brokerDropped = link.dropped
        intake.figures.sessionsLost = link.sessionsLost
        if let journal = intake.journal { intake.figures.journal = journal.figures }
        intake.figures.writes = line.writes
        published.publish(intake.figures)
        if cameras.images.isSnapshotDue(now: now) {
            cameras.images.show(intake.assembler.openCaptures(atMost: PublishedImages.mostOpen), now: now)
        }
    }

    private struct GaveUp: Hashable {
        let camera: CameraUID
        let reason: Abandonment
    }

    /// A camera that loses a chunk of every picture must not fill the log; the figures have them all.
    private var gaveUp = LogLimiter<GaveUp>(burst: 20)

    /// - Returns: how many were not logged, in words; nil where this one is not to be logged either.
    func logsGivenUp(_ camera: CameraUID, _ reason: Abandonment) -> String? {
        gaveUp.note(GaveUp(camera: camera, reason: reason), now: .current)
    }

    private func tell(_ capture: AbandonedCapture) {
        guard capture.counts else { return }
        intake.figures.abandoned(capture.reason)
        cameras.gaveUp(capture)
        guard let more = logsGivenUp(capture.camera, capture.reason) else { return }
        log.event(
            .imageIncomplete, .warning,
            "Gave up image \(capture.imageID) of camera \(capture.camera): \(capture.reason.explanation). It had \(capture.received) of \(capture.total) chunks; missing: \(capture.missing)\(more)",
            camera: capture.camera, image: capture.imageID, fields: ["reason": "\(capture.reason.rawValue)"]
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
