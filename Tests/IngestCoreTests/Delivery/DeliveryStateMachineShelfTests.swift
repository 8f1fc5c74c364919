import Testing

@testable import IngestCore

@Suite("The delivery board and the spool")
struct DeliveryStateMachineShelfTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var random = Seeded(1)
    private var board: DeliveryStateMachine
    private let away = DeliveryFailure(.retry(after: nil), "refused")

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.hasShelf = true
        limits.uploads = 1
        limits.backlogUploads = 2
        limits.rows = 4
        board = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
    }

    private mutating func ready(_ key: String, _ lane: Lane = .live, now: Instant? = nil) -> ParcelID {
        let now = now ?? start
        let id = board.admit(.sample(key: key), alternateKey: key + "-alternate", lane: lane, now: now)
        let work = board.takeRecordWork(now: now)
        board.tableAnswered(work, now: now, using: &random)
        board.located(id, .new, now: now)
        return id
    }

    /// The object store fails the upload of a picture that goes to the shelf.
    private mutating func breakStore() {
        let id = ready("x")
        _ = board.takeUploads(now: start)
        board.uploadEnded(id, .failure(away), now: start, using: &random)
        for parcel in board.takeShelving(most: 9) { board.shelved(parcel.id) }
    }

    @Test("has room for a few of the spool's pictures while both stores work")
    mutating func room() {
        let all = board.backlogRoom(now: start)
        #expect(all >= 4)
        let id = ready("a", .backlog)
        #expect(board.backlogRoom(now: start) == all - 1)
        _ = board.takeUploads(now: start)
        board.uploadEnded(id, .success(nil), now: start, using: &random)
        let work = board.takeRecordWork(now: start)
        board.tableAnswered(work, now: start, using: &random)
        _ = board.recorded(id, .inserted(rowID: "1"), now: start)
        #expect(board.backlogRoom(now: start) == all)
    }

    @Test("has none while a store is away, and room for one, the probe, when the store may be tried")
    mutating func probe() throws {
        breakStore()
        #expect(board.backlogRoom(now: start) == 0)
        let later = try #require(board.nextMove)
        #expect(board.nextMove(after: later) == nil, "a moment that is over wakes nobody again and again")
        #expect(board.backlogRoom(now: later) == 1)
        let id = ready("old", .backlog, now: later)
        #expect(board.backlogRoom(now: later) == 0)
        #expect(board.takeUploads(now: later).map(\.id) == [id])
        board.uploadEnded(id, .failure(away), now: later, using: &random)
        #expect(board.takeShelving(most: 9).map(\.id) == [id], "it goes back to its files")
        board.shelved(id)
        #expect(board.backlogRoom(now: later) == 0 && board.count == 0)
    }

    @Test("leaves live pictures in the pool while the spool takes none, without asking it again and again")
    mutating func closedShelf() throws {
        let first = ready("a")
        let second = ready("b")
        _ = board.takeUploads(now: start)
        board.uploadEnded(first, .failure(away), now: start, using: &random)
        #expect(!board.takeShelving(most: 9).isEmpty)
        board.shelfIsOpen = false
        board.unshelvable(first)
        for _ in 0..<3 {
            #expect(board.takeUploads(now: start).isEmpty)
            for parcel in board.takeShelving(most: 9) { board.unshelvable(parcel.id) }
        }
        #expect(board.takeShelving(most: 9).isEmpty)
        #expect(board.isStuck && board.count == 2)
        board.shelfIsOpen = true
        _ = board.takeUploads(now: start)
        #expect(Set(board.takeShelving(most: 9).map(\.id)) == [first, second])
    }

    @Test("delivers from the pool when the store is back before the spool is")
    mutating func backFirst() throws {
        board.shelfIsOpen = false
        let id = ready("a")
        _ = board.takeUploads(now: start)
        board.uploadEnded(id, .failure(away), now: start, using: &random)
        let later = try #require(board.nextMove)
        #expect(board.takeUploads(now: later).map(\.id) == [id])
        board.uploadEnded(id, .success(nil), now: later, using: &random)
        #expect(!board.isStuck)
    }

    @Test("keeps the backlog below its rate, and live pictures out of it")
    mutating func rate() throws {
        var limits = board.limits
        limits.uploads = 8
        limits.backlogRate = 3  // a picture is three bytes
        board = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
        let old = [ready("o1", .backlog), ready("o2", .backlog)]
        let new = ready("n1")
        let taken = board.takeUploads(now: start)
        #expect(Set(taken.map(\.id)) == [old[0], new])
        #expect(taken.first { $0.lane == .backlog }?.rate == 3 && taken.first { $0.lane == .live }?.rate == nil)
        board.uploadEnded(old[0], .success(nil), now: start, using: &random)
        #expect(board.takeUploads(now: start).isEmpty)
        #expect(board.nextMove(after: start) == start + .seconds(1))
        #expect(board.takeUploads(now: start + .seconds(1)).map(\.id) == [old[1]])
    }

    @Test("gives the backlog back when its hours are over")
    mutating func recall() {
        let old = ready("old", .backlog)
        let new = ready("new")
        let waiting = board.admit(.sample(key: "w"), alternateKey: "w2", lane: .backlog, now: start)
        board.recallBacklog()
        #expect(Set(board.takeShelving(most: 9).map(\.id)) == [old, waiting])
        #expect(board.takeUploads(now: start).map(\.id) == [new])
    }

    @Test("sends what waits to the spool when the gateway stops, and what is under way too if that takes too long")
    mutating func stop() {
        let under = ready("a")
        let waiting = ready("b")
        _ = board.takeUploads(now: start)
        board.close()
        #expect(board.takeUploads(now: start).isEmpty)
        #expect(board.takeShelving(most: 9).map(\.id) == [waiting])
        board.shelved(waiting)
        board.giveUp()
        #expect(board.takeShelving(most: 9).map(\.id) == [under])
        board.uploadEnded(under, .success(nil), now: start, using: &random)
        #expect(board.takeRecordWork(now: start).isEmpty, "nothing begins any more")
        board.shelved(under)
        #expect(board.count == 0)
    }

    @Test("still writes the rows of what is uploaded when the gateway stops")
    mutating func stopRecords() {
        let id = ready("a")
        _ = board.takeUploads(now: start)
        board.close()
        board.uploadEnded(id, .success(nil), now: start, using: &random)
        #expect(board.takeRecordWork(now: start).write.map(\.id) == [id])
    }
}
