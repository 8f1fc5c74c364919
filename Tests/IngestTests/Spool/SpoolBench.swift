import Clients
import Foundation
import IngestCore
import Logging
import Platform
import TestFiles

@testable import Ingest

/// A spool worker over files in memory, and the stores' answers given by hand.
final class SpoolBench {
    let files = ModelFiles(seed: 5)
    let delivery: Delivery
    let health = PublishedHealth(checks: HealthCheck.allCases)
    let published = PublishedSpool()
    let held = Monitor<[String?]>([])
    let ended = Monitor<[Delivery.End]>([])
    let minute = Monitor(0)
    let worker: SpoolWorker
    var random = SplitMix(seed: 1)

    /// What the log said, from info on.
    let lines = Monitor<[String]>([])

    /// What surrounds the worker from the beginning.
    struct Surroundings {
        var fault: (ModelFiles.Operation, String) -> CInt? = { _, _ in nil }
        var holdsCapture: @Sendable (String) -> Bool? = { _ in false }
    }

    init(_ surroundings: Surroundings = Surroundings(), _ change: (inout Configuration) -> Void = { _ in }) {
        files.fault = surroundings.fault
        var configuration = Configuration()
        configuration.spool.directory = "/spool"
        configuration.spool.keepFree = 0
        configuration.drain.backoffMax = .milliseconds(20)
        change(&configuration)
        var limits = DeliveryStateMachine.Limits()
        limits.hasShelf = true
        limits.attempts = configuration.drain.maxAttempts
        delivery = Delivery(limits: limits, backoff: Backoff(initial: .milliseconds(10), longest: .milliseconds(20))) { [ended] end in
            ended.update { $0.append(end) }
        }
        var settings = SpoolWorker.Settings(configuration)
        settings.holdsCapture = surroundings.holdsCapture
        settings.localMinute = { [minute] in minute.read { $0 } }
        let files = files
        worker = SpoolWorker(
            settings: settings, delivery: delivery, store: .forTests(files) { files.now + 10_000 }, health: health, published: published,
            log: Self.log(into: lines), hold: { [held] reason in held.update { $0.append(reason) } }
        )
        worker.turn()
    }

    private struct Collector: LogWriter {
        let lines: Monitor<[String]>
        func write(_ record: LogRecord) { lines.update { $0.append(record.message) } }
    }

    private static func log(into lines: Monitor<[String]>) -> Logger {
        Logger(label: "test") { ThresholdLogHandler(label: $0, threshold: LogThreshold(.info), writer: Collector(lines: lines)) }
    }

    func turn(_ count: Int = 4) { for _ in 0..<count { worker.turn() } }

    var names: [SpoolEntryName] { worker.store.all() }
    var quarantined: [SpoolEntryName] { worker.store.all(.quarantine) }
    var inDelivery: [Parcel] { delivery.state.read { Array($0.machine.parcels.values) }.sorted { $0.id.number < $1.id.number } }

    /// Image ids of what was stored, in the order in which it was.
    var delivered: [String] {
        ended.read { $0.filter { if case .stored = $0.fate { true } else { false } }.map(\.parcel.picture.imageID) }
    }

    /// Walk and scan begin anew, as they do after a while.
    /// - Parameter forgetting: also what was set aside, as on request.
    func lookAnew(forgetting: Bool = true) {
        if forgetting { worker.queue.startOver() } else { worker.queue.resume() }
        worker.nextScan = .current
        worker.nextFigures = .current
    }

    @discardableResult
    func arrives(_ imageID: String, size: Int = 3, at moment: String = "2026-11-22T08:31:05Z") -> ParcelID {
        let bytes = [UInt8](repeating: 7, count: size)
        let picture = testRecord(bytes, imageID: imageID, at: moment).picture
        return delivery.admit(picture, alternateKey: "alt", lane: .live, bytes: HeldBytes(bytes))
    }

    func spool(_ imageID: String, at moment: String = "2026-11-22T08:31:05Z", _ change: (inout SpoolRecord) -> Void = { _ in }) throws {
        var record = testRecord([1, 2, 3], imageID: imageID, at: moment)
        change(&record)
        try worker.store.store(record, [1, 2, 3])
    }

    /// What both stores do with whatever is in delivery, until nothing is left to do for them.
    /// - Parameter concerned: whose upload fails.
    func storesAnswer(upload: DeliveryFailure? = nil, row: DeliveryFailure? = nil, of concerned: (Parcel) -> Bool = { _ in true }) {
        for _ in 0..<8 {
            let now = Instant.current
            var done: [(Parcel, rowID: String)] = []
            delivery.state.update { state in
                for parcel in state.machine.takeUploads(now: now) {
                    let failure = concerned(parcel) ? upload : nil
                    let result: Result<String?, DeliveryFailure> = failure.map { .failure($0) } ?? .success("v")
                    state.machine.uploadEnded(parcel.id, result, now: now, using: &random)
                }
                let work = state.machine.takeRecordWork(now: now)
                if work.isEmpty { return }
                if let row {
                    state.machine.tableFailed(work, row, now: now, using: &random)
                    return
                }
                state.machine.tableAnswered(work, now: now, using: &random)
                for parcel in work.locate { state.machine.located(parcel.id, .new, now: now) }
                for parcel in work.write {
                    if let end = state.machine.recorded(parcel.id, .inserted(rowID: "1"), now: now) { done.append(end) }
                }
            }
            for (parcel, rowID) in done { delivery.leave(parcel, rowID: rowID) }
        }
    }

    /// Rounds of worker and stores until `condition` holds.
    func rounds(upload: DeliveryFailure? = nil, row: DeliveryFailure? = nil, until condition: () -> Bool) -> Bool {
        let deadline = Instant.current + .seconds(10)
        while Instant.current < deadline {
            worker.turn()
            storesAnswer(upload: upload, row: row)
            // As the intake thread does.
            worker.settings.entryTallies.answer(worker.settings.entryTallies.takeQuestions().asked.map(\.name))
            if condition() { return true }
        }
        return false
    }

    func read(_ name: SpoolEntryName, _ area: SpoolLayout.Area = .pending) throws -> SpoolRecord {
        try worker.store.load(name, in: area).record
    }
}
