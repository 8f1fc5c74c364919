import Testing

@testable import IngestCore

@Suite("The delivery machine and the spool")
struct DeliveryStateMachineShelfTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var random = Seeded(1)
    private var machine: DeliveryStateMachine
    private let away = DeliveryFailure(.retry(after: nil), "refused")

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.hasShelf = true
        limits.uploads = 1
        limits.backlogUploads = 2
        limits.rows = 4
        machine = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
    }

    private mutating func ready(_ key: String, _ lane: Lane = .live, now: Instant? = nil) -> ParcelID {
        let now = now ?? start
        let id = machine.admit(.sample(key: key), alternateKey: key + "-alternate", lane: lane, now: now)
        let work = machine.takeRecordWork(now: now)
        machine.tableAnswered(work, now: now, using: &random)
        machine.located(id, .new, now: now)
        return id
    }

    /// The object store fails the upload of a picture that goes to the shelf.
    private mutating func breakStore() {
        let id = ready("x")
        _ = machine.takeUploads(now: start)
        machine.uploadEnded(id, .failure(away), now: start, using: &random)
        for parcel in machine.takeShelving(most: 9) { machine.shelved(parcel.id) }
    }

    @Test("has room for a few of the spool's pictures while both stores work")
    mutating func room() {
        let all = machine.backlogRoom(now: start)
        #expect(all >= 4)
        let id = ready("a", .backlog)
        #expect(machine.backlogRoom(now: start) == all - 1)
        _ = machine.takeUploads(now: start)
        machine.uploadEnded(id, .success(nil), now: start, using: &random)
        let work = machine.takeRecordWork(now: start)
        machine.tableAnswered(work, now: start, using: &random)
        _ = machine.recorded(id, .inserted(rowID: "1"), now: start)
        #expect(machine.backlogRoom(now: start) == all)
    }

    @Test("has none while a store is away, and room for one, the probe, when the store may be tried")
    mutating func probe() throws {
        breakStore()
        #expect(machine.backlogRoom(now: start) == 0)
        let later = try #require(machine.nextMove)
        #expect(machine.nextMove(after: later) == nil, "a moment that is over wakes nobody again and again")
        #expect(machine.backlogRoom(now: later) == 1)
        let id = ready("old", .backlog, now: later)
        #expect(machine.backlogRoom(now: later) == 0)
        #expect(machine.takeUploads(now: later).map(\.id) == [id])
        machine.uploadEnded(id, .failure(away), now: later, using: &random)
        #expect(machine.takeShelving(most: 9).map(\.id) == [id], "it goes back to its files")
        machine.shelved(id)
        #expect(machine.backlogRoom(now: later) == 0 && machine.count == 0)
    }

    @Test("leaves live pictures in the pool while the spool takes none, without asking it again and again")
    mutating func closedShelf() throws {
        let first = ready("a")
        let second = ready("b")
        _ = machine.takeUploads(now: start)
        machine.uploadEnded(first, .failure(away), now: start, using: &random)
        #expect(!machine.takeShelving(most: 9).isEmpty)
        machine.shelfIsOpen = false
        machine.unshelvable(first)
        for _ in 0..<3 {
            #expect(machine.takeUploads(now: start).isEmpty)
            for parcel in machine.takeShelving(most: 9) { machine.unshelvable(parcel.id) }
        }
        #expect(machine.takeShelving(most: 9).isEmpty)
        #expect(machine.isStuck && machine.count == 2)
        machine.shelfIsOpen = true
        _ = machine.takeUploads(now: start)
        #expect(Set(machine.takeShelving(most: 9).map(\.id)) == [first, second])
    }

    @Test("delivers from the pool when the store is back before the spool is")
    mutating func backFirst() throws {
        machine.shelfIsOpen = false
        let id = ready("a")
        _ = machine.takeUploads(now: start)
        machine.uploadEnded(id, .failure(away), now: start, using: &random)
        let later = try #require(machine.nextMove)
        #expect(machine.takeUploads(now: later).map(\.id) == [id])
        machine.uploadEnded(id, .success(nil), now: later, using: &random)
        #expect(!machine.isStuck)
    }

    @Test("keeps the backlog below its rate, and live pictures out of it")
    mutating func rate() throws {
        var limits = machine.limits
        limits.uploads = 8
        limits.backlogRate = 3  // a picture is three bytes
        machine = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
        let old = [ready("o1", .backlog), ready("o2", .backlog)]
        let new = ready("n1")
        let taken = machine.takeUploads(now: start)
        #expect(Set(taken.map(\.id)) == [old[0], new])
        #expect(taken.first { $0.lane == .backlog }?.rate == 3 && taken.first { $0.lane == .live }?.rate == nil)
        machine.uploadEnded(old[0], .success(nil), now: start, using: &random)
        #expect(machine.takeUploads(now: start).isEmpty)
        #expect(machine.nextMove(after: start) == start + .seconds(1))
        #expect(machine.takeUploads(now: start + .seconds(1)).map(\.id) == [old[1]])
    }

    @Test("gives the backlog back when its hours are over")
    mutating func recall() {
        let old = ready("old", .backlog)
        let new = ready("new")
        let waiting = machine.admit(.sample(key: "w"), alternateKey: "w2", lane: .backlog, now: start)
        machine.recallBacklog()
        #expect(Set(machine.takeShelving(most: 9).map(\.id)) == [old, waiting])
        #expect(machine.takeUploads(now: start).map(\.id) == [new])
    }

    @Test("sends what waits to the spool when the gateway stops, and what is under way too if that takes too long")
    mutating func stop() {
        let under = ready("a")
        let waiting = ready("b")
        _ = machine.takeUploads(now: start)
        machine.close()
        #expect(machine.takeUploads(now: start).isEmpty)
        #expect(machine.takeShelving(most: 9).map(\.id) == [waiting])
        machine.shelved(waiting)
        machine.giveUp()
        #expect(machine.takeShelving(most: 9).map(\.id) == [under])
        machine.uploadEnded(under, .success(nil), now: start, using: &random)
        #expect(machine.takeRecordWork(now: start).isEmpty, "nothing begins any more")
        machine.shelved(under)
        #expect(machine.count == 0)
    }

    @Test("still writes the rows of what is uploaded when the gateway stops")
    mutating func stopRecords() {
        let id = ready("a")
        _ = machine.takeUploads(now: start)
        machine.close()
        machine.uploadEnded(id, .success(nil), now: start, using: &random)
        #expect(machine.takeRecordWork(now: start).write.map(\.id) == [id])
    }
}
