import Clients
import Foundation
import IngestCore
import Logging
import Platform
import Synchronization
import TestFiles
import Testing

@testable import Ingest

@Suite("The spool worker")
struct SpoolWorkerTests {
    private let away = DeliveryFailure(.retry(after: nil), "connection refused")
    private let tooLarge = DeliveryFailure(.picture, "too large")

    @Test("writes down what cannot be uploaded, says why, lets its memory go, and delivers it when the store is back")
    func wholeWay() throws {
        let bench = SpoolBench()
        bench.arrives("a")
        bench.storesAnswer(upload: away)
        bench.turn(1)
        let name = try #require(bench.names.first)
        let record = try bench.read(name)
        #expect(!record.uploaded && record.lastError == "connection refused" && record.nextAttempt != nil)
        #expect(bench.ended.read { $0.map(\.fate) } == [.spooled])

        #expect(bench.rounds { bench.ended.read { $0.count } == 2 && bench.names.isEmpty })
        #expect(bench.ended.read { $0.last?.fate } == .stored(rowID: "1"))
        #expect(bench.inDelivery.isEmpty && bench.worker.queue.held.isEmpty)
    }

    @Test(
        "drains from the start, with no traffic, oldest or newest first", arguments: [Configuration.Drain.Order.oldestFirst, .newestFirst])
    func drains(order: Configuration.Drain.Order) throws {
        let bench = SpoolBench { $0.drain.order = order }
        for hour in 10..<20 { try bench.spool("i\(hour)", at: "2026-11-22T\(hour):00:00Z") }
        bench.worker.queue.startOver()
        #expect(bench.rounds { bench.names.isEmpty })
        let ids = bench.ended.read { $0.map(\.parcel.picture.imageID) }
        #expect(ids == (order == .oldestFirst ? ids.sorted() : ids.sorted().reversed()) && ids.count == 10)
    }

    @Test("sends an entry that is uploaded straight to the table")
    func uploaded() throws {
        let bench = SpoolBench()
        try bench.spool("a") {
            $0.uploaded = true
            $0.objectVersion = "v7"
        }
        bench.worker.queue.startOver()
        bench.turn(2)
        #expect(bench.inDelivery.map(\.stage) == [.record] && bench.inDelivery.map(\.objectVersion) == ["v7"])
        #expect(bench.rounds(upload: away) { bench.names.isEmpty })
    }

    @Test("remembers over a restart that a picture is uploaded")
    func remembersUpload() throws {
        let bench = SpoolBench()
        try bench.spool("a")
        bench.worker.queue.startOver()
        #expect(bench.rounds(row: away) { (try? bench.read(bench.names[0]).uploaded) == true })
        #expect(try bench.read(bench.names[0]).objectVersion == "v")
    }

    @Test("writes a record anew only when something has changed that must last")
    func sparesTheCard() throws {
        let bench = SpoolBench()
        try bench.spool("a")
        bench.worker.queue.startOver()
        bench.turn(2)
        let before = bench.files.operations
        for _ in 0..<5 {
            #expect(bench.rounds(upload: away) { bench.inDelivery.isEmpty })
            bench.turn(1)
        }
        #expect(bench.files.operations == before)
    }

    @Test("never has an entry on the board twice, though it looks at the files again and again")
    func onlyOnce() throws {
        let bench = SpoolBench()
        for index in 0..<5 { try bench.spool("i\(index)") }
        for _ in 0..<5 {
            bench.worker.queue.startOver()
            bench.turn(2)
        }
        #expect(bench.inDelivery.count == 5 && Set(bench.inDelivery.map(\.picture.imageID)).count == 5)
    }

    @Test("keeps what is delivered from being delivered again while its files cannot be removed")
    func readOnlyAfterDelivery() throws {
        let bench = SpoolBench()
        try bench.spool("a")
        bench.worker.queue.startOver()
        bench.turn(2)
        bench.files.fault = { operation, _ in operation == .rename || operation == .write ? SpoolErrorCodes.readOnly : nil }
        bench.storesAnswer()
        bench.turn(5)
        bench.storesAnswer()
        #expect(bench.ended.read { $0.count } == 1 && bench.names.count == 1)
        #expect(bench.health.failures[.spool] != nil)
        bench.files.fault = { _, _ in nil }
        #expect(bench.rounds { bench.names.isEmpty })
        #expect(bench.ended.read { $0.count } == 1)
    }

    @Test("quarantines a picture refused for its own sake after max_attempts, with the reason, and lets others pass meanwhile")
    func unrestorable() throws {
        let bench = SpoolBench { $0.drain.maxAttempts = 3 }
        bench.arrives("bad")
        let deadline = Instant.current + .seconds(20)
        while bench.quarantined.isEmpty, Instant.current < deadline {
            bench.arrives("good")
            bench.worker.turn()
            bench.storesAnswer(upload: tooLarge) { $0.picture.imageID == "bad" }
        }
        let record = try bench.read(try #require(bench.quarantined.first), .quarantine)
        #expect(record.attempts == 3 && record.lastError == "too large" && record.nextAttempt == nil)
        #expect(bench.names.isEmpty && bench.inDelivery.isEmpty)
    }

    @Test("never quarantines what a store refuses that takes nothing, and tries one after the other")
    func refusesAll() throws {
        let bench = SpoolBench { $0.drain.maxAttempts = 3 }
        for name in ["a", "b", "c", "d", "e"] { bench.arrives(name) }
        var tried: [String] = []
        _ = bench.rounds(upload: tooLarge) {
            tried += bench.inDelivery.map(\.picture.imageID)
            return tried.count > 60
        }
        #expect(bench.quarantined.isEmpty && bench.names.count == 5 && Set(tried).count == 5)
        for name in bench.names { #expect(try bench.read(name).attempts == 0) }
        #expect(bench.rounds { bench.names.isEmpty })
        #expect(bench.ended.read { $0.count { $0.fate == .stored(rowID: "1") } } == 5)
    }

    @Test("never quarantines for a store's fault, however often")
    func patient() throws {
        let bench = SpoolBench { $0.drain.maxAttempts = 1 }
        bench.arrives("a")
        var tries = 0
        _ = bench.rounds(upload: DeliveryFailure(.operatorNeeded, "403")) {
            tries += 1
            return tries > 50
        }
        #expect(bench.quarantined.isEmpty && bench.names.count == 1)
        #expect(try bench.read(bench.names[0]).attempts == 0)
    }

    @Test("quarantines what is damaged, counts it, and never delivers it")
    func damage() throws {
        let bench = SpoolBench()
        try bench.spool("a")
        try bench.spool("b")
        let name = bench.names[0]
        let path = bench.worker.store.layout.file(.pending, name, "jpg")
        try bench.files.withFile(path, .create) { file throws(SystemError) in try bench.files.write([1, 2, 4], to: file) }
        bench.worker.queue.startOver()
        #expect(bench.rounds { bench.names.isEmpty })
        #expect(bench.quarantined == [name] && bench.worker.figures.corrupt == 1)
        #expect(bench.ended.read { $0.map(\.parcel.picture.imageID) } == ["b"])
        #expect(try bench.read(name, .quarantine).lastError?.contains("SHA-256") == true)
    }

    @Test("finds entries that are copied in by hand while it runs")
    func copiedIn() throws {
        let bench = SpoolBench()
        bench.turn()
        try bench.spool("hand")
        #expect(bench.rounds { bench.names.isEmpty })
    }

    @Test("leaves the backlog alone outside its window, and live pictures not")
    func window() throws {
        let bench = SpoolBench { $0.drain.window = DailyWindow(from: 22 * 60, to: 6 * 60) }
        bench.minute.update { $0 = 12 * 60 }
        try bench.spool("old")
        bench.worker.queue.startOver()
        bench.arrives("live")
        #expect(bench.rounds { bench.ended.read { $0.count } == 1 })
        bench.turn(3)
        #expect(bench.inDelivery.isEmpty && bench.names.count == 1)
        bench.minute.update { $0 = 23 * 60 }
        #expect(bench.rounds { bench.names.isEmpty })
    }

    @Test("keeps pictures in the pool and stops the intake while the disk fails, says so, and recovers by itself")
    func diskFails() throws {
        let bench = SpoolBench()
        bench.files.fault = { operation, _ in operation == .sync ? SpoolErrorCodes.inputOutput : nil }
        for index in 0..<3 { bench.arrives("i\(index)") }
        bench.storesAnswer(upload: away)
        bench.turn(3)
        #expect(bench.inDelivery.count == 3 && bench.names.isEmpty)
        #expect(bench.held.read { $0.last }??.isEmpty == false)
        #expect(bench.health.failures[.spool]?.error.contains("disk fails") == true)
        #expect(!bench.health.obstacles.isEmpty)
        bench.files.fault = { _, _ in nil }
        #expect(bench.rounds(upload: away) { bench.names.count == 3 })
        bench.turn(1)
        #expect(bench.held.read { $0.last } == .some(nil) && bench.health.failures[.spool] == nil)
    }

    @Test("rests while the disk fails, however much there is to deliver")
    func rest() throws {
        let bench = SpoolBench()
        for number in 0..<5 { try bench.spool("i\(number)") }
        bench.files.fault = { _, _ in SpoolErrorCodes.inputOutput }
        #expect(bench.rounds { bench.health.failures[.spool] != nil })
        let began = Instant.current
        bench.turn(3)
        #expect(Instant.current - began > .milliseconds(300))
    }

    @Test("does without the spool at the start when it cannot be used, and says so")
    func badStart() throws {
        let bench = SpoolBench()
        let files = ModelFiles()
        files.fault = { operation, _ in operation == .makeDirectory ? SpoolErrorCodes.access : nil }
        let delivery = bench.delivery
        let worker = SpoolWorker(
            settings: .init(Configuration()), delivery: delivery, store: .forTests(files) { 0 }, health: bench.health,
            published: bench.published,
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, hold: { _ in }
        )
        worker.turn()
        #expect(bench.health.failures[.spool]?.error.contains("no permission") == true)
        bench.arrives("a")
        bench.storesAnswer()
        #expect(bench.ended.read { $0.map(\.fate) } == [.stored(rowID: "1")], "what can be delivered is")
    }

    @Test("pauses the intake when it is full, and takes pictures again when it has drained")
    func full() throws {
        let bench = SpoolBench { $0.spool.maxSize = 100 << 10 }
        for index in 0..<8 { bench.arrives("i\(index)", size: 30_000) }
        #expect(bench.rounds(upload: away) { bench.held.read { $0.last ?? nil } != nil })
        let spooled = bench.names.count
        #expect(spooled > 0 && spooled < 8 && bench.inDelivery.count { $0.lane == .live } == 8 - spooled)
        #expect(bench.health.failures[.spool]?.error.contains("[spool] max_size is 100 KiB") == true)
        #expect(bench.rounds { bench.ended.read { $0.count { $0.fate == .stored(rowID: "1") } } == 8 })
        #expect(bench.rounds { bench.health.failures[.spool] == nil })
        #expect(bench.held.read { $0.last } == .some(nil))
    }

    @Test("goes on when a reload gives it more room")
    func moreRoom() {
        let bench = SpoolBench { $0.spool.maxSize = 100 << 10 }
        for index in 0..<8 { bench.arrives("i\(index)", size: 30_000) }
        #expect(bench.rounds(upload: away) { bench.held.read { $0.last ?? nil } != nil })
        var larger = Configuration()
        larger.spool.keepFree = 0
        bench.worker.channel.hand(larger)
        #expect(bench.rounds(upload: away) { bench.names.count == 8 && bench.held.read { $0.last } == .some(nil) })
    }

    @Test("gives up the oldest where it is told to, counts and says it")
    func dropOldest() throws {
        let bench = SpoolBench {
            $0.spool.maxSize = 100 << 10
            $0.spool.whenFull = .dropOldest
        }
        for index in 0..<8 { bench.arrives("i\(index)", size: 30_000) }
        #expect(
            bench.rounds(upload: away) {
                bench.inDelivery.allSatisfy { $0.lane == .backlog } && bench.worker.figures.dropped[.dropOldest] != nil
            })
        #expect(bench.names.count + (bench.worker.figures.dropped[.dropOldest] ?? 0) == 8)
        #expect(bench.held.read { $0.allSatisfy { $0 == nil } })
        #expect(bench.health.failures[.spool]?.error.contains("drop_oldest") == true)
    }

    @Test("gives up the newest where it is told to, counts and says it")
    func dropNewest() throws {
        let bench = SpoolBench {
            $0.spool.maxSize = 100 << 10
            $0.spool.whenFull = .dropNewest
        }
        for index in 0..<8 { bench.arrives("i\(index)", size: 30_000) }
        #expect(bench.rounds(upload: away) { bench.inDelivery.allSatisfy { $0.lane == .backlog } })
        let dropped = bench.worker.figures.dropped[.dropNewest] ?? 0
        #expect(dropped > 0 && bench.names.count + dropped == 8)
        #expect(bench.ended.read { $0.count { $0.fate == .dropped } } == dropped)
    }

    @Test("has everything on the disk when the gateway stops")
    func stop() throws {
        let bench = SpoolBench()
        for index in 0..<40 { bench.arrives("i\(index)") }
        try bench.spool("old")
        bench.delivery.stop()
        for _ in 0..<20 where !bench.worker.isStopped { bench.worker.turn() }
        #expect(bench.worker.isStopped && bench.names.count == 41)
    }

    @Test("stops with the picture at hand when there is no time for more")
    func abandoned() throws {
        let bench = SpoolBench()
        for index in 0..<400 { bench.arrives("i\(index)") }
        bench.delivery.stop()
        bench.worker.turn()
        let spooled = bench.names.count
        bench.delivery.abandon()
        bench.worker.turn()
        #expect(bench.worker.isStopped && bench.names.count == spooled && spooled < 400)
    }

    @Test("tells what there is")
    func figures() throws {
        let bench = SpoolBench()
        bench.arrives("a")
        bench.storesAnswer(upload: away)
        #expect(bench.rounds(upload: away) { bench.published.current.pending == 1 && bench.published.current.isCounted })
        let figures = bench.published.current
        #expect(figures.oldest == Timestamp(rfc3339: "2026-11-22T08:31:05Z") && figures.nextAttempt != nil && figures.bytes > 0)
        #expect(figures.capacity == 4 << 30)
    }

    @Test("keeps refused payloads for people to look at, as many as there is room for")
    func refused() throws {
        let bench = SpoolBench()
        for index in 0..<5 {
            bench.delivery.keep(
                RefusedPayload(camera: CameraUID("c"), reason: .json, at: Timestamp(milliseconds: Int64(index)), bytes: [1, 2]))
        }
        bench.turn(2)
        #expect(bench.worker.rejected.count == 5)
    }
}

private enum SpoolErrorCodes {
    static let readOnly = EROFS
    static let inputOutput = EIO
    static let access = EACCES
}
