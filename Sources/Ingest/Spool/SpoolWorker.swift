import Clients
import IngestCore
import Logging
import Platform

/// The thread of the spool: writes what delivery shelves, feeds it what the files hold, takes away what is delivered, and counts.
///
/// What stays simple because of what it refuses:
/// - It knows no store. Whether and when a picture may go is delivery's to say; this only keeps the head of the queue on it.
/// - The files are the queue. In memory are the entries in delivery, those that came back from it, and a few that rest.
/// - Nothing is removed that both stores have not confirmed, and what cannot be written stays in the pool.
final class SpoolWorker {
    struct Settings {
        var spool: Configuration.Spool
        var drain: Configuration.Drain
        var keepRejected: Int
        /// The key to use when another picture has the entry's.
        var alternateKey: @Sendable (Picture) -> String = { $0.key }
        /// Whether the journal held all chunks of the picture with this SHA-256 at the start; nil while it could not be read.
        var holdsCapture: @Sendable (String) -> Bool? = { _ in false }
        /// Told of the newest entry of each camera, soon after the start.
        var found: @Sendable (Picture) -> Void = { _ in }
        /// What the journal takes on the disk, in bytes.
        var journalBytes: @Sendable () -> Int = { 0 }
        /// Has entries counted that leave it otherwise than by being stored.
        var entryTallies = EntryTallies()
        var sharesCameras: Bool
        /// Asks the kernel whether the time is known, and writes down what is new.
        var lookAtClock: @Sendable () -> Void = {}
        /// Minutes after midnight, local time.
        var localMinute: @Sendable () -> Int = { LocalTime.minuteOfDay() }

        init(_ configuration: Configuration) {
            spool = configuration.spool
            drain = configuration.drain
            keepRejected = configuration.intake.keepRejected
            sharesCameras = configuration.redis != nil
        }
    }

    private(set) var settings: Settings
    let delivery: Delivery
    let store: SpoolStore
    let rejected: RejectedPayloads
    let health: PublishedHealth
    let published: PublishedSpool
    let log: Logger
    let channel: WorkerChannel
    /// Tells the intake to take nothing more, and why; nil lets it go on.
    let hold: @Sendable (String?) -> Void

    var figures = SpoolFigures()
    var queue: DrainQueue
    var room: SpoolRoom
    /// Entries in delivery.
    var underWay: [ParcelID: SpoolEntry] = [:]
    /// Delivered, and not yet removed because the disk would not.
    var pendingRemovals: [(entry: SpoolEntry, departure: SpoolDeparture)] = []
    /// Of entries that the disk would not let go, those that were stored before.
    var repeatedAside: Set<SpoolEntryName> = []
    /// Whether it is known which marks there are.
    var hasSeenMarks = false
    /// Pictures whose place in the spool cannot be written, though others can be, until they are tried again.
    var misplaced: [Misplaced] = []
    var rehearsedAt: Instant?
    /// What the scan under way could not read or change, and what the last one could not; whether it is a folder.
    var unreadablePaths: [String: Bool] = [:]
    var toldPaths: [String: Bool] = [:]
    var scan: SpoolScan?
    var nextScan = Instant.current
    var nextFigures = Instant.current
    var heldBecause: String?
    /// Folders in which cameras' newest entries are still to be looked for, the newest last; nil before they are known.
    var unseenHours: [String]?
    var seenCameras: Set<Substring> = []
    var oldestFound: (name: SpoolEntryName, foundAt: Instant)?
    var isStopped = false
    var drops = LogLimiter<String>(burst: 20)
    var quarantines = LogLimiter<String>(interval: .seconds(60), burst: 100)
    /// Of refused payloads.
    var keeping = LesserTrouble()
    enum ScanLine { case leftover, finished, broughtHome, temporary }
    var scanLines = LogLimiter<ScanLine>(interval: .seconds(60), burst: 20)
    var passedOver = LogLimiter<String>(interval: SetAside.pause, burst: 20)

    init(
        settings: Settings, delivery: Delivery, store: SpoolStore, health: PublishedHealth, published: PublishedSpool, log: Logger,
        channel: WorkerChannel = WorkerChannel("spool"), hold: @escaping @Sendable (String?) -> Void
    ) {
        self.settings = settings
        self.delivery = delivery
        self.store = store
        rejected = RejectedPayloads(store.layout.rejected, limit: settings.keepRejected, files: store.files)
        self.health = health
        self.published = published
        self.log = log
        self.channel = channel
        self.hold = hold
        queue = DrainQueue(store: store, order: settings.drain.order)
        room = SpoolRoom(SpoolLimits(settings.spool), now: .current)
        delivery.setShelf(open: false)
    }

    /// Until the gateway stops and everything that waited is on the disk or delivered.
    func run() {
        while !isStopped { turn() }
    }

    /// One round: what there is to do, or a short wait for it.
    func turn() {
        channel.turn(adopt)
        tendRoom()
        let wantsMore = queue.mayHaveMore && isDrainTime && pendingRemovals.isEmpty && !room.isBroken
        let work = delivery.awaitSpoolWork(wantsMore: wantsMore, atMost: pause)
        let shelved = shelve(atMost: Self.together)
        giveBackMisplaced(all: work.isStopping)
        for end in work.mail.delivered { finish(end) }
        removeDelivered()
        for payload in work.mail.refused { keep(payload) }
        // Also when `work` had no room: it may be there now.
        if !work.isStopping { feed() }
        holdIntakeIfNeeded()
        lookAround()
        guard shelved < Self.together else { return }
        tidyUp()
        if work.isStopping { stopIfDone() }
    }

    private func adopt(_ configuration: Configuration) {
        settings.spool = configuration.spool
        settings.drain = configuration.drain
        settings.keepRejected = configuration.intake.keepRejected
        room.limits = SpoolLimits(configuration.spool)
        rejected.limit = configuration.intake.keepRejected
        queue.adopt(configuration.drain.order)
        nextFigures = .current
    }

    // MARK: Waiting

    /// How long it may sleep when nobody wakes it.
    private var pause: Duration {
        let now = Instant.current
        var until = min(nextFigures, now + .seconds(1))
        if room.isBroken {
            // Whatever else is due, it needs the disk.
            until = min(until, room.retryAt)
        } else {
            if scan != nil || unseenHours?.isEmpty == false { return .zero }
            until = min(until, nextScan)
            if let move = delivery.spoolView.nextMove { until = min(until, move) }
            if let due = queue.nextDue { until = min(until, due) }
            if let due = misplaced.map(\.until).min() { until = min(until, due) }
        }
        return min(max(until - now, .milliseconds(1)), .seconds(1))
    }

    // MARK: Shelving

    /// Pictures shelved in one turn.
    private static let together = 16

    /// - Returns: how many there were.
    private func shelve(atMost most: Int) -> Int {
        for count in 0..<most {
            guard let duty = delivery.nextShelving() else { return count }
            shelve(duty)
            channel.step()
        }
        return most
    }

    private func shelve(_ duty: consuming Duty<Delivery.Shelving>) {
        let item = duty.content
        let parcel = item.parcel
        if let entry = underWay[parcel.id] { return putBack(entry, duty) }
        guard let bytes = item.bytes else { return delivery.unshelvable(duty, closesShelf: false) }
        guard makeRoom(for: parcel.picture.size) else {
            if settings.spool.whenFull == .dropNewest, !room.isBroken { return drop(duty) }
            return delivery.unshelvable(duty, closesShelf: true)
        }
        var record = SpoolRecord(parcel.picture)
        note(item, in: &record)
        do throws(SpoolError) {
            let name = try write(record, bytes)
            room.wrote()
            if item.isOutOfAttempts {
                try quarantine(name, record)
            } else {
                queue.stored(name, restingUntil: rest(parcel))
                if parcel.standsBack { queue.putLast(name) }
                log.step("Spooled as \(name)", of: parcel.picture)
            }
            delivery.shelved(duty, as: .spooled)
        } catch {
            if case .full = error {
                if settings.spool.whenFull == .dropNewest { return drop(duty) }
            } else if takesNewFiles() {
                // Its hour's folder may be closed: others have another.
                room.refused(error.advice)
                return misplaced.append(Misplaced(duty, until: .current + .seconds(5)))
            }
            failed(error, adding: parcel.picture.size)
            delivery.unshelvable(duty, closesShelf: true)
        }
    }

    /// A disk that has room by its figures may take no more files all the same. Then others are given up for this one, where they may be.
    private func write(_ record: SpoolRecord, _ bytes: any PictureBytes) throws(SpoolError) -> SpoolEntryName {
        var tries = 0
        while true {
            do throws(SpoolError) {
                return try store.store(record, contents: bytes)
            } catch {
                tries += 1
                guard case .full = error, settings.spool.whenFull == .dropOldest, tries < 4 else { throw error }
                guard try drop(record.picture.size) else { throw error }
                room.isDropping = true
            }
        }
    }

    private func giveBackMisplaced(all: Bool) {
        for item in misplaced where all || item.until <= .current {
            if let duty = item.duty.take() { delivery.unshelvable(duty, closesShelf: false) }
        }
        misplaced.removeAll { all || $0.until <= .current }
    }

    private func drop(_ duty: consuming Duty<Delivery.Shelving>) {
        figures.dropped[.dropNewest, default: 0] += 1
        let picture = duty.content.parcel.picture
        tellDropped(
            .dropNewest, "the newest picture, image \(picture.imageID) of camera \(picture.camera)", camera: picture.camera,
            image: picture.imageID)
        delivery.shelved(duty, as: .dropped)
    }

    /// A picture of the backlog comes back: its files are there. They are written anew only where something has changed that must
    /// outlive a restart.
    private func putBack(_ entry: SpoolEntry, _ duty: consuming Duty<Delivery.Shelving>) {
        let item = duty.content
        let parcel = item.parcel
        underWay[parcel.id] = nil
        var record = entry.record
        note(item, in: &record)
        let isNews = record.uploaded != entry.record.uploaded || record.attempts != entry.record.attempts
        do throws(SpoolError) {
            if item.isOutOfAttempts {
                try quarantine(entry.name, record)
                queue.finished(entry.name)
            } else {
                if isNews { try store.update(entry.name, record) }
                if parcel.standsBack {
                    queue.putLast(entry.name)
                } else {
                    queue.putBack(entry.name, restingUntil: rest(parcel), recordChanged: store.changed(entry.name))
                }
            }
        } catch {
            // The old record stands: what it does not know is found out again.
            if let cause = error.system {
                if !passOver(entry.name, cause) { queue.putBack(entry.name, restingUntil: .current + .seconds(1), recordChanged: nil) }
            } else {
                queue.finished(entry.name)
            }
        }
        delivery.shelved(duty, as: .spooled)
    }

    private func note(_ item: Delivery.Shelving, in record: inout SpoolRecord) {
        let parcel = item.parcel
        record.picture = parcel.picture
        record.uploaded = parcel.isUploaded
        record.objectVersion = parcel.objectVersion
        record.attempts = parcel.refusals
        record.lastError = parcel.lastError
        record.nextAttempt = stamp(rest(parcel) ?? item.nextMove)
    }

    private func quarantine(_ name: SpoolEntryName, _ record: SpoolRecord) throws(SpoolError) {
        var record = record
        record.nextAttempt = nil
        try store.quarantine(name, record)
        guard case .write(let suppressed) = quarantines.decide("refused", now: .current) else { return }
        log.event(
            .imageQuarantined, .error,
            "Quarantined image \(record.picture.imageID) of camera \(record.picture.camera) after \(record.attempts) refusals: \(record.lastError ?? "no reason given"). When the cause is gone: thermo-ingest spool retry \(name)\(Self.more(suppressed))",
            camera: record.picture.camera, image: record.picture.imageID
        )
    }

    /// Of very many at once, some are told of one by one; `spool list` has them all.
    static func more(_ suppressed: Int) -> String {
        suppressed > 0 ? ". \(suppressed) more were quarantined and not logged: thermo-ingest spool list has them all" : ""
    }

    /// How long a picture that was refused for its own sake, or its camera's, lets the others pass; nil for one that was not.
    private func rest(_ parcel: Parcel) -> Instant? {
        guard let refusedAt = parcel.refusedAt else { return parcel.withheldUntil }
        return refusedAt + min(.seconds(1) * (1 << min(parcel.refusals, 6)), settings.drain.backoffMax)
    }

    func stamp(_ moment: Instant?) -> Timestamp? {
        moment.map { Timestamp(milliseconds: MonotonicClock.wallMilliseconds() + ($0 - .current).wholeMilliseconds) }
    }

    // MARK: Refused payloads

    private func keep(_ payload: RefusedPayload) {
        do throws(SpoolError) {
            try rejected.keep(payload.bytes.span, camera: payload.camera?.text, reason: payload.reason, at: payload.at)
        } catch {
            // They are kept for curiosity alone; that the disk fails is told by those who need it.
            log.debug("A refused payload could not be kept: \(error)")
        }
    }

    private func stopIfDone() {
        guard delivery.spoolView.mayEnd else { return }
        store.finishRemovals()
        for error in store.takeRemovalErrors() { log.debug("A removal is finished at the next start: \(error)") }
        publishFigures()
        isStopped = true
    }
}

extension SpoolWorker {
    /// A picture whose answer is put off.
    final class Misplaced {
        var duty: Duty<Delivery.Shelving>?
        let until: Instant

        init(_ duty: consuming Duty<Delivery.Shelving>, until: Instant) {
            self.duty = consume duty
            self.until = until
        }

        deinit { if let duty = duty.take() { duty.forsake() } }
    }
}

extension SpoolStore {
    /// Stores a picture from wherever its bytes lie, in pieces of 64 KiB.
    func store(_ record: SpoolRecord, contents bytes: any PictureBytes) throws(SpoolError) -> SpoolEntryName {
        try unsafe store(record) { write throws(SystemError) in
            var piece = [UInt8](repeating: 0, count: min(64 << 10, max(1, bytes.count)))
            var offset = 0
            while offset < bytes.count {
                var room = piece.mutableSpan
                let count: Int
                do throws(BodyFailure) { count = try bytes.fill(&room, from: offset) } catch {
                    throw SystemError("read", DiskCode.inputOutput, on: "the picture's bytes")
                }
                guard count > 0 else { throw SystemError("read", DiskCode.inputOutput, on: "the picture's bytes") }
                try unsafe piece.span.extracting(first: count).withUnsafeBytes { (raw: UnsafeRawBufferPointer) throws(SystemError) in
                    try unsafe write(raw)
                }
                offset += count
            }
        }
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
