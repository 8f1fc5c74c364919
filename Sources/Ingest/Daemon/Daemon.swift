import Clients
package import IngestCore
import Logging
import Platform

/// The gateway: makes its parts, lets each run on a thread of its own, and ends them in order.
///
/// ```
/// main      signals, service manager, supervision
/// intake    MQTT, assembly, acknowledgements
/// upload    object store
/// record    table
/// http      health and status
/// ```
package final class Daemon {
    /// How long a stop may take to finish what is complete; systemd allows ten seconds.
    private static let grace = Duration.seconds(8)

    private let configuration: Configuration
    private let log: Logger
    private let health: HealthBoard
    private let services = ServiceManager()
    private let inbox: IntakeInbox
    private let intakeBoard = IntakeBoard()
    private let delivery: Delivery

    /// Logging must have been started.
    package init(_ configuration: Configuration) throws {
        self.configuration = configuration
        let log = Logger(label: "thermo-ingest")
        self.log = log
        health = HealthBoard(checks: HealthCheck.allCases.filter { $0 != .redis || configuration.redis != nil })
        inbox = try IntakeInbox()
        var limits = DeliveryBoard.Limits()
        limits.backlogUploads = configuration.drain.concurrency
        limits.attempts = configuration.drain.maxAttempts
        limits.mustLocate = !KeyTemplate.tellsCapturesApart(configuration.s3.key)
        delivery = Delivery(
            limits: limits, backoff: Backoff(initial: configuration.drain.backoffInitial, longest: configuration.drain.backoffMax)
        ) { [inbox] end in
            let picture = end.parcel.picture
            log.info(
                "Saved image object \(picture.key) for camera \(picture.camera) (db image_id=\(end.rowID), original image_id=\(picture.imageID))",
                metadata: ["camera_uid": "\(picture.camera)", "image_id": "\(picture.imageID)"]
            )
            if let capture = end.capture { inbox.release(capture) }
        }
    }

    /// Runs until a signal ends it.
    package func run() throws {
        var signals = try Signals()
        log.notice("thermo-ingest \(Version.current) starts")
        let workers = try startWorkers()
        let server = try startServer()
        if awaitReplay(&signals) {
            tell(.ready)
            supervise(&signals)
        }
        tell(.stopping)
        log.notice("Stopping: what is complete is finished first")
        stop(workers)
        server?.stop()
        log.notice("Stopped")
    }

    private struct Workers {
        let intake, upload, record: NamedThread
    }

    private func startWorkers() throws -> Workers {
        let clock = ClockWatch(health: health, log: log)
        let bucket = try ObjectBucket(configuration.s3, concurrency: DeliveryBoard.Limits().uploads + 1, clock: clock)
        let upload = UploadWorker(
            delivery: delivery, store: bucket, reporter: BackendReporter(check: .minio, board: health, log: log)
        )
        let table = RecordTable(try RecordStore.Settings(configuration, gateway: configuration.mqtt.clientID))
        let record = RecordWorker(
            delivery: delivery, table: table, reporter: BackendReporter(check: .postgres, board: health, log: log)
        )
        let intake = try makeIntake()
        let uploadThread = try run("upload", upload) { $0.run() }
        let recordThread = try run("record", record) { $0.run() }
        let intakeThread = try run("intake", intake) { $0.run() }
        return Workers(intake: intakeThread, upload: uploadThread, record: recordThread)
    }

    private func makeIntake() throws -> sending IntakeWorker {
        let memory = try PoolMemory(bytes: configuration.intake.pool)
        let filters = try configuration.mqtt.topics.map { try TopicFilter($0) }
        let refusals = RefusalDesk(log: log) { _ in }
        let journal = configuration.journal.enabled
            ? Journal(folder: SpoolLayout(configuration.spool.directory).journal, segment: configuration.journal.segment, files: LocalFiles())
            : nil
        let finisher = try PictureFinisher(
            memory: memory, template: try KeyTemplate(configuration.s3.key), bucket: configuration.s3.bucket,
            maxImage: configuration.intake.maxImage
        )
        let intake = try ChunkIntake(configuration, filters: filters, memory: memory, refusals: refusals, journal: journal)
        return IntakeWorker(
            link: BrokerLink(client: try MosquittoClient(MosquittoSettings(configuration.mqtt)), health: health, log: log),
            line: IntakeLine(intake, finisher: finisher, memory: memory, receiveMaximum: configuration.mqtt.receiveMaximum, log: log),
            inbox: inbox, delivery: delivery, board: intakeBoard, health: health, keepalive: configuration.mqtt.keepalive, log: log
        )
    }

    /// Until the journal is read.
    /// - Returns: false when a signal came first.
    private func awaitReplay(_ signals: inout Signals) -> Bool {
        while !intakeBoard.isReplayed {
            switch signals.wait(atMost: .milliseconds(20)) {
            case .terminate, .interrupt: return false
            default: break
            }
            let replay = intakeBoard.replay
            guard replay.all > 0 else { continue }
            tell(.extendTimeout(.seconds(30)), .status("Reading the journal, \(replay.done >> 20) of \(replay.all >> 20) MiB"))
        }
        return true
    }

    /// Hands a worker over to a thread of its own.
    private func run<Worker>(_ name: String, _ worker: sending Worker, _ body: @escaping @Sendable (Worker) -> Void) throws -> NamedThread {
        let parcel = Handover(worker)
        return try NamedThread(name) { body(parcel.take()) }
    }

    private func startServer() throws -> HTTPServer? {
        guard !configuration.http.listen.isEmpty, let address = ListenAddress(configuration.http.listen) else { return nil }
        let routes = Routes(health: health, bucket: configuration.s3.bucket)
        return try HTTPServer(address) { .now(routes.answer($0)) }
    }

    private func supervise(_ signals: inout Signals) {
        while true {
            switch signals.wait(atMost: .seconds(1)) {
            case .terminate, .interrupt: return
            default: tell(.status(statusLine))
            }
        }
    }

    private var statusLine: String {
        let figures = intakeBoard.current
        let failed = health.failures.keys.map(\.rawValue).sorted()
        return "\(figures.completed) pictures received, \(delivery.count) on their way, \(figures.open) incomplete"
            + (failed.isEmpty ? "" : "; failing: \(failed.joined(separator: ", "))")
    }

    private func stop(_ workers: Workers) {
        inbox.stop()
        intakeBoard.awaitStop(atMost: .seconds(2))
        let everythingIsStored: Void? = delivery.state.wait(atMost: Self.grace) { $0.board.count == 0 ? () : nil }
        if everythingIsStored == nil { log.warning("\(delivery.count) complete pictures could not be stored before the stop") }
        delivery.stop()
        workers.upload.join()
        workers.record.join()
        inbox.close()
        workers.intake.join()
    }

    private func tell(_ notice: ServiceManager.Notice, _ status: ServiceManager.Notice? = nil) {
        do throws(SystemError) {
            if let status { try services.notify(notice, status) } else { try services.notify(notice) }
        } catch {
            log.warning("The service manager cannot be told how things stand: \(error)")
        }
    }
}
