import Clients
import IngestCore
import Logging
import Platform

/// The gateway: makes its parts, lets each run on a thread of its own, and ends them in order.
///
/// ```
/// main      signals, service manager, supervision
/// intake    MQTT, assembly, acknowledgements
/// upload    object store
/// record    table
/// redis     agreement with other gateways, where [redis] is configured
/// spool     pictures that cannot be delivered yet
/// http      health and status
/// ```
package final class Daemon {
    /// How long a stop may take to finish what is complete; systemd allows ten seconds.
    private static let grace = Duration.seconds(6)
    /// How long of it pictures may still take to be stored, before they go to the spool.
    private static let patience = Duration.seconds(3)
    /// How much longer what would be lost may take to be spooled; systemd ends the gateway after twenty seconds (TimeoutStopSec).
    private static let lastRespite = Duration.seconds(8)

    /// As it was at the start.
    let configuration: Configuration
    /// As it is now; the main thread's own.
    var running: Configuration
    let logging: LogControl
    let reread: () throws(Settings.Failure) -> Settings
    let log: Logger
    let health: PublishedHealth
    let services = ServiceManager()
    let rates = PublishedRates()
    let redisHealth: RedisHealth
    private var telling = LesserTrouble()
    /// As last known.
    var counts = (underWay: 0, stored: 0)
    /// A reload was asked for before there was anything to reload.
    private(set) var mustReload = false
    let channels: WorkerChannels
    /// `[drain] max_attempts` as it is now.
    let maxAttempts: Monitor<Int>
    let inbox: IntakeInbox
    let entryTallies = EntryTallies()
    let publishedIntake = PublishedIntake()
    let cameras = PublishedCameras()
    private let clock: ClockWatch
    let delivery: Delivery
    /// Nil without `[redis]`.
    let sessions: SessionNotes?
    let publishedSpool = PublishedSpool()
    /// Nil where nobody is told of stored pictures.
    let mailbox: NoticeMailbox?
    /// The main thread's own, like all that follows.
    private(set) var notices: NoticePublisher?
    /// When the gateway started.
    let begun = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
    /// What others were last told, and since when it is so.
    var status: (health: String, since: Timestamp)
    var nextState = Instant.current

    /// - Parameters:
    ///   - logging: started already.
    ///   - reread: reads the configuration again, for a reload.
    init(
        _ configuration: Configuration, logging: LogControl, reread: @escaping () throws(Settings.Failure) -> Settings
    ) throws {
        self.configuration = configuration
        running = configuration
        self.logging = logging
        self.reread = reread
        channels = WorkerChannels(configuration)
        maxAttempts = Monitor(configuration.drain.maxAttempts)
        let log = Logger(label: "thermo-ingest")
        self.log = log
        health = PublishedHealth(checks: HealthCheck.allCases.filter { $0 != .redis || configuration.redis != nil })
        redisHealth = RedisHealth(health)
        // Until the broker is subscribed to, nothing can be accepted.
        health.starts(.mqtt, "not connected to the broker yet")
        clock = ClockWatch(
            health: health, history: ClockHistory(SpoolLayout(configuration.spool.directory).clocks), log: log)
        inbox = try IntakeInbox()
        var limits = DeliveryStateMachine.Limits()
        limits.backlogUploads = configuration.drain.concurrency
        limits.attempts = configuration.drain.maxAttempts
        limits.backlogRate = configuration.drain.maxRate
        limits.hasShelf = true
        limits.mustLocate = !KeyTemplate.tellsCapturesApart(configuration.s3.key)
        limits.coordinates = configuration.redis != nil
        sessions = configuration.redis == nil ? nil : SessionNotes()
        status = ("", begun)
        let tellsStored = !configuration.mqtt.storedTopic.isEmpty
        mailbox = tellsStored || !configuration.mqtt.statusTopic.isEmpty ? try NoticeMailbox() : nil
        delivery = Delivery(
            limits: limits, backoff: Backoff(configuration.drain)
        ) { [inbox, cameras, maxAttempts, mailbox, sharesCameras = configuration.redis != nil] end in
            let picture = end.parcel.picture
            cameras.left(end, maxAttempts: maxAttempts.read { $0 })
            if case .stored(let rowID) = end.fate {
                if tellsStored { mailbox?.put(picture, rowID: rowID) }
                log.event(
                    .imageStored, .info,
                    "Saved image object \(picture.key) for camera \(picture.camera) (db image_id=\(rowID), original image_id=\(picture.imageID))",
                    camera: picture.camera, image: picture.imageID
                )
            }
            if let notice = end.fate.notice(of: picture) {
                log.event(.imageRepeated, .info, notice, camera: picture.camera, image: picture.imageID)
            }
            let counted = PictureEnd(end, sharesCameras: sharesCameras)
            // Of one out of the spool, its mark there tells.
            if let capture = end.capture {
                inbox.release(capture, as: counted ?? PictureEnd(.stored, picture.camera, end.parcel.arrived.recordedAt))
            }
        }
    }

    /// Runs until a signal ends it.
    func run() throws {
        var signals = try Signals()
        log.event(.started, .notice, "thermo-ingest \(Version.current) starts, with \(Libraries.all.line)")
        for concern in Libraries.all.concerns { log.warning("\(concern.sentence)") }
        let lock = try lockSpool()
        defer { _ = lock }
        // First what may fail while no thread is at work yet.
        notices = try mailbox.flatMap { try NoticePublisher(configuration.mqtt, mailbox: $0, log: log) }
        var web = makeServer()
        web.tend(now: .current)
        let workers: Workers
        do {
            workers = try startWorkers()
        } catch {
            web.stop()
            throw error
        }
        if awaitReplay(&signals) {
            tell(.ready, .status(statusLine))
            supervise(&signals, &web)
        }
        tell(.stopping, .status("Stopping: finishing what is complete"))
        log.event(.stopping, .notice, "Stopping: what is complete is finished first")
        stop(workers)
        notices?.finish(within: .seconds(1))
        web.stop()
        log.event(.stopped, .notice, "Stopped")
    }

    private struct Workers {
        let intake, upload, record, spool: NamedThread
        let redis, journal: NamedThread?
        let sync: JournalSyncThread?
    }

    private func startWorkers() throws -> Workers {
        let bucket = try ObjectBucket(
            configuration.s3, gateway: configuration.mqtt.clientID,
            concurrency: DeliveryStateMachine.Limits().uploads + 1 + ObjectFetch.together,
            clock: clock)
        let upload = UploadWorker(
            delivery: delivery, store: bucket, reporter: BackendReporter(check: .minio, health: health, log: log), channel: channels.upload
        )
        let table = try RecordStore(configuration, history: clock.history) { [channel = channels.record] in
            channel.step()
        } found: { [cameras] pictures in
            for picture in pictures { cameras.found(picture, isSpooled: false) }
        }
        let record = RecordWorker(
            delivery: delivery, table: table, reporter: BackendReporter(check: .postgres, health: health, log: log),
            channel: channels.record
        )
        let coordination = try makeCoordination()
        let spool = try makeSpool()
        let sync =
            configuration.journal.enabled ? JournalSyncThread(files: LocalFiles(), waker: inbox.waker, channel: channels.journal) : nil
        let intake = try makeIntake(sync)
        let journalThread = try sync.map { sync in try NamedThread("journal") { sync.run() } }
        let spoolThread = try run("spool", spool) { $0.run() }
        let uploadThread = try run("upload", upload) { $0.run() }
        let recordThread = try run("record", record) { $0.run() }
        var redisThread: NamedThread?
        if let coordination { redisThread = try run("redis", coordination) { $0.run() } }
        let intakeThread = try run("intake", intake) { $0.run() }
        return Workers(
            intake: intakeThread, upload: uploadThread, record: recordThread, spool: spoolThread, redis: redisThread,
            journal: journalThread, sync: sync)
    }

    private func makeIntake(_ sync: JournalSyncThread?) throws -> sending IntakeWorker {
        let memory = try PoolMemory(bytes: configuration.intake.pool)
        let filters = try configuration.mqtt.topics.map { try TopicFilter($0) }
        let refusals = RefusalReporter(log: log, filters: filters, sharesChunks: configuration.redis?.shareChunks == true) { [delivery] in
            delivery.keep($0)
        }
        // What is finished goes with its whole segment only: in large ones it would fill a small spool by itself.
        let segment = min(configuration.journal.segment, max(configuration.spool.maxSize / 16, 64 << 10))
        let folder = SpoolLayout(configuration.spool.directory).journal
        let book = AccountBook(SpoolLayout(configuration.spool.directory).account, files: LocalFiles(), log: log)
        let journal = sync == nil ? nil : Journal(folder: folder, segment: segment, files: LocalFiles(), background: sync, book: book)
        let finisher = try PictureFinisher(
            memory: memory, template: try KeyTemplate(configuration.s3.key), bucket: configuration.s3.bucket,
            maxImage: configuration.intake.maxImage, members: configuration.intake.members, namedAreNew: namedAreNew
        )
        let intake = try ChunkIntake(
            configuration, filters: filters, memory: memory, refusals: refusals, journal: journal, book: book, sessions: sessions,
            shared: try makeSharing()
        )
        return IntakeWorker(
            configuration,
            link: try BrokerLink(
                configuration.mqtt, memory: SessionFile(SpoolLayout(configuration.spool.directory).brokerSession, files: LocalFiles()),
                health: health, log: log),
            line: IntakePipeline(intake, finisher: finisher, memory: memory, receiveMaximum: configuration.mqtt.receiveMaximum, log: log),
            inbox: inbox, entryTallies: entryTallies, delivery: delivery, published: publishedIntake, cameras: cameras, health: health,
            log: log,
            channel: channels.intake
        )
    }

    /// Until the journal is read.
    /// - Returns: false when a signal came first.
    private func awaitReplay(_ signals: inout Signals) -> Bool {
        var nextWord = Instant.current
        var steps: UInt64 = 0
        while !publishedIntake.isReplayed {
            switch signals.wait(atMost: .milliseconds(20)) {
            case .terminate, .interrupt: return false
            case .hangUp: mustReload = true
            default: break
            }
            let replay = publishedIntake.replay
            // More time is for a replay that gets on, not for one that hangs.
            guard replay.all > 0, nextWord <= .current, channels.intake.steps != steps else { continue }
            (nextWord, steps) = (.current + .seconds(1), channels.intake.steps)
            let read = "\(StatusText.whole(replay.done)) of \(StatusText.whole(replay.all))"
            tell(.extendTimeout(.seconds(30)), .status("Reading the journal, \(read)"))
        }
        return true
    }

    private func makeSpool() throws -> sending SpoolWorker {
        var settings = SpoolWorker.Settings(configuration)
        let template = try KeyTemplate(configuration.s3.key)
        settings.alternateKey = { template.distinctKey(for: $0) }
        settings.holdsCapture = { [publishedIntake] in publishedIntake.wasReplayed($0) }
        settings.found = { [cameras] in cameras.found($0, isSpooled: true) }
        settings.entryTallies = entryTallies
        settings.lookAtClock = { [clock] in clock.history.look() }
        settings.journalBytes = { [publishedIntake] in publishedIntake.current.journal.bytes }
        return SpoolWorker(
            settings: settings, delivery: delivery, store: .local(configuration.spool.directory), health: health, published: publishedSpool,
            log: log, channel: channels.spool, hold: { [inbox] in inbox.hold(because: $0) }
        )
    }

    /// Hands a worker over to a thread of its own.
    private func run<Worker>(_ name: String, _ worker: sending Worker, _ body: @escaping @Sendable (Worker) -> Void) throws -> NamedThread {
        let parcel = Handover(worker)
        return try NamedThread(name) { body(parcel.take()) }
    }

    private func makeServer() -> WebServer {
        guard !configuration.http.listen.isEmpty, let address = ListenAddress(configuration.http.listen) else {
            return WebServer(log: log, channel: channels.http, start: nil)
        }
        let routes = Routes(
            health: health, intake: publishedIntake, delivery: delivery, cameras: cameras, clock: clock, spool: publishedSpool,
            rates: rates, redis: redisHealth, mailbox: mailbox, configuration: configuration,
            search: SpoolSearch(configuration.spool.directory, backends: BackendSearch(configuration))
        )
        return WebServer(log: log, channel: channels.http) { [channel = channels.http] () throws(HTTPServerFailure) in
            try HTTPServer(address, turned: { channel.step() }) { routes.answer($0) }
        }
    }

    private func stop(_ workers: Workers) {
        inbox.stop()
        publishedIntake.awaitStop(atMost: .seconds(2))
        // What the stores take in time is stored; the rest goes to the spool.
        delivery.awaitLive(atMost: Self.patience)
        delivery.stop()
        if !delivery.awaitEmpty(atMost: .seconds(1)) { delivery.giveUp() }
        let isJournaled = configuration.journal.enabled
        if !delivery.awaitEmpty(atMost: Self.grace - Self.patience - .seconds(1) + (isJournaled ? .zero : Self.lastRespite)) {
            let next =
                isJournaled
                ? "The journal has them; they are delivered after the next start" : "They are lost, for [journal] enabled is false"
            log.error(
                "\(delivery.count) complete pictures could neither be stored nor spooled before the stop. \(next). See to the spool's disk"
            )
        }
        delivery.abandon()
        // The record worker may hang on its database for longer than a stop may take; nothing it could still tell is needed.
        workers.spool.join()
        workers.upload.join()
        inbox.close()
        workers.intake.join()
        workers.sync?.stop()
        workers.journal?.join()
        workers.redis?.join()
    }

    func tell(_ notices: ServiceManager.Notice...) {
        do throws(SystemError) {
            try services.notify(notices)
            telling.worked()
        } catch {
            telling.failed("systemd cannot be told how things stand, and may start the gateway again for it: \(error)", in: log)
        }
    }
}
