import Clients
import Foundation
import IngestCore
import Logging
import Platform
import TestServices

@testable import Ingest

/// A gateway's delivery with the thread that talks to Redis; the other threads' parts are the test's to play.
final class CoordinatingGateway {
    let delivery: Delivery
    let health = PublishedHealth(checks: [.redis])
    let notes = SessionNotes()
    /// What left, and how.
    let ended = Monitor<[(imageID: String, fate: Delivery.End.Fate)]>([])
    private let thread: NamedThread

    init(_ name: String, redis port: Int, timeout: Duration = .seconds(5), repeatWindow: Duration = .seconds(10)) throws {
        var limits = DeliveryStateMachine.Limits()
        limits.coordinates = true
        let ended = self.ended
        let delivery = Delivery(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(1))) { end in
            ended.update { $0.append((end.parcel.picture.imageID, end.fate)) }
        }
        var redis = RedisSettings(host: "127.0.0.1", port: port)
        redis.timeout = timeout
        let log = Logger(label: name) { _ in SwiftLogNoOpLogHandler() }
        let worker = CoordinationWorker(
            delivery: delivery,
            link: RedisLink(
                redis, backoff: Backoff(initial: .milliseconds(100), longest: .milliseconds(200)), health: RedisHealth(health), log: log),
            agreement: Agreement(owner: name, repeatWindow: repeatWindow, processedTTL: .seconds(3600)), processedTTL: .seconds(3600),
            notes: notes, log: log
        ) { $0.key + "-distinct" }
        self.delivery = delivery
        let parcel = Handover(worker)
        thread = try NamedThread("redis") { parcel.take().run() }
    }

    deinit { stop() }

    private var isStopped = false

    func stop() {
        guard !isStopped else { return }
        isStopped = true
        delivery.stop()
        delivery.abandon()
        thread.join()
    }

    @discardableResult
    func admit(_ picture: Picture) -> ParcelID {
        delivery.admit(picture, alternateKey: picture.key + "-distinct", lane: .live, bytes: NoBytes())
    }

    /// Waits until the picture may be looked up and uploaded; as what.
    func waitUntilMine(_ id: ParcelID) throws -> Picture {
        try eventually("the picture to be this gateway's", within: 20) { () -> Picture? in
            delivery.state.read { state in state.machine.parcels[id].flatMap { $0.stage == .agree ? nil : $0.picture } }
        }
    }

    func isResting(_ id: ParcelID) -> Bool { delivery.state.read { $0.machine.parcels[id]?.stage == .agree } }

    /// The upload's and the table's part for everything that is this gateway's.
    func deliverAll() {
        delivery.change { state in
            var random = SystemRandomNumberGenerator()
            let asked = state.machine.takeRecordWork(now: .current)
            state.machine.tableAnswered(asked, now: .current, using: &random)
            for parcel in asked.locate { state.machine.located(parcel.id, .new, now: .current) }
            for parcel in state.machine.takeUploads(now: .current) {
                state.machine.uploadEnded(parcel.id, .success(nil), now: .current, using: &random)
            }
            let written = state.machine.takeRecordWork(now: .current)
            state.machine.tableAnswered(written, now: .current, using: &random)
            for parcel in written.write { _ = state.machine.recorded(parcel.id, .inserted(rowID: "1"), now: .current) }
        }
    }

    func waitForEnd(_ count: Int = 1) throws -> [Delivery.End.Fate] {
        try eventually("\(count) pictures to leave", within: 20) { () -> [Delivery.End.Fate]? in
            let fates = ended.read { $0.map(\.fate) }
            return fates.count >= count ? fates : nil
        }
    }
}

/// The test's own hands upload nothing.
final class NoBytes: BodySource, Sendable {
    let count = 3
    func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) -> Int { room.count }
}

/// What is left of a key's life, in milliseconds.
func life(of key: String, in redis: inout RedisConnection) throws -> Int { try redis.send(RedisCommand("PTTL", key)).integer ?? 0 }
