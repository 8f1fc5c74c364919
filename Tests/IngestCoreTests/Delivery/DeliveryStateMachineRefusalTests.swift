import TestFiles
import Testing

@testable import IngestCore

/// A store that will not have a picture: for the picture's sake, or its own.
@Suite("The delivery board, where a store refuses")
struct DeliveryStateMachineRefusalTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var now = Instant(sinceBoot: .seconds(1000))
    private var random = SplitMix(seed: 3)
    private var board: DeliveryStateMachine
    private let refusal = DeliveryFailure(.picture, "413 too large")

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.hasShelf = true
        board = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
    }

    @Test("holds a refusal against the picture while the store takes others")
    mutating func own() throws {
        let bad = ready("bad")
        #expect(upload(refusing: [bad]) == [.picture])
        for n in 0..<9 {
            _ = ready("good\(n)")
            _ = upload(refusing: [])
        }
        #expect(shelved() == [bad])
        #expect(board.parcels[bad]?.refusals == 1 && board.objects.isClosed)
    }

    @Test("holds nothing against anybody where the store refuses all, and says so")
    mutating func all() throws {
        let ids = (0..<6).map { ready("p\($0)") }
        let kinds = upload(refusing: Set(ids))
        #expect(kinds.suffix(4) == [.operatorNeeded, .operatorNeeded, .operatorNeeded, .operatorNeeded])
        #expect(ids.map { board.parcels[$0]?.refusals } == [0, 0, 0, 0, 0, 0])
        #expect(board.objects.refusesAll && board.parcels[ids[5]]?.lastError?.contains("413") == true)
        #expect(Set(shelved()) == Set(ids))
    }

    @Test("tries another each time while the store refuses, live and backlog in turn, and is well when one is taken")
    mutating func probes() throws {
        _ = upload(refusing: Set((0..<4).map { ready("p\($0)") }))
        _ = board.takeShelving(most: 99).map { board.shelved($0.id) }
        var lanes: [Lane] = []
        for n in 0..<6 {
            // One of either waits for its turn; the rest goes to the shelf.
            for m in 0..<3 { _ = ready("live\(n)-\(m)") }
            #expect(board.takeUploads(now: now).isEmpty)
            if board.backlogRoom(now: now) > 0 { _ = ready("old\(n)", lane: .backlog) }
            #expect(board.backlogRoom(now: now) == 0)
            now = try #require(board.objects.heldUntil)
            let tried = board.takeUploads(now: now)
            #expect(tried.count == 1)
            lanes += tried.map(\.lane)
            for parcel in tried {
                let judged = board.uploadEnded(parcel.id, .failure(refusal), now: now, using: &random)
                #expect(judged?.kind == .operatorNeeded && board.parcels[parcel.id]?.standsBack == true)
            }
            for parcel in board.takeShelving(most: 99) { board.shelved(parcel.id) }
        }
        #expect(Set(zip(lanes, lanes.dropFirst()).map { $0 == $1 }) == [false])
        now = try #require(board.objects.heldUntil)
        _ = ready("good")
        let taken = try #require(board.takeUploads(now: now).first)
        #expect(board.uploadEnded(taken.id, .success(nil), now: now, using: &random) == nil)
        #expect(board.objects.isClosed && !board.objects.refusesAll)
    }

    @Test("judges a batch of rows by whether any was taken")
    mutating func batch() throws {
        for (refused, kind) in [(5, FailureClass.picture), (6, .operatorNeeded)] {
            let ids = (0..<6).map { ready("r\(refused)-\($0)") }
            _ = upload(refusing: [])
            let work = board.takeRecordWork(now: now)
            var answers = DeliveryStateMachine.RecordAnswers()
            answers.written = ids.indices.map { $0 < refused ? .failure(refusal) : .success(.inserted(rowID: "7")) }
            let outcome = board.tableAnswered(work, answers, now: now, using: &random)
            #expect(outcome.ended.count == 6 - refused && outcome.refused.map(\.failure.kind) == Array(repeating: kind, count: refused))
            #expect(outcome.hasTaken == (refused < 6))
            #expect(ids.compactMap { board.parcels[$0]?.refusals } == Array(repeating: kind == .picture ? 1 : 0, count: refused))
            for parcel in board.takeShelving(most: 99) { board.shelved(parcel.id) }
        }
        #expect(board.rows.refusesAll)
    }

    @Test("does not take an answer to a question for a sign that the table takes rows again")
    mutating func questions() throws {
        board.limits.mustLocate = true
        let ids = (0..<3).map { ready("r\($0)") }
        _ = upload(refusing: [])
        var answers = DeliveryStateMachine.RecordAnswers()
        answers.written = ids.map { _ in .failure(refusal) }
        board.tableAnswered(board.takeRecordWork(now: now), answers, now: now, using: &random)
        now = try #require(board.rows.heldUntil)
        let asked = admit("new")
        let work = board.takeRecordWork(now: now)
        #expect(work.locate.map(\.id) == [asked])
        var located = DeliveryStateMachine.RecordAnswers()
        located.located = [.new]
        #expect(!board.tableAnswered(work, located, now: now, using: &random).hasTaken)
        #expect(board.rows.refusesAll && !board.rows.isClosed)
        _ = upload(refusing: [])
        #expect(board.takeRecordWork(now: now).write.map(\.id) == [asked], "its row is the next try")
    }

    @Test("puts aside, and blames on no store, what cannot be read")
    mutating func unsendable() throws {
        for n in 0..<5 {
            let id = ready("u\(n)")
            for parcel in board.takeUploads(now: now) {
                let failure = DeliveryFailure(.unsendable, "its bytes cannot be read")
                #expect(board.uploadEnded(parcel.id, .failure(failure), now: now, using: &random) == failure)
            }
            #expect(board.parcels[id]?.refusals == 1)
        }
        #expect(board.objects.isClosed && !board.objects.refusesAll)
    }

    @Test(
        "never puts back what has gone to the shelf at a stop that waits no longer", arguments: [FailureClass.retry(after: nil), .picture])
    mutating func late(kind: FailureClass) throws {
        let id = ready("a")
        let upload = board.takeUploads(now: now)
        let other = ready("b")
        _ = board.takeUploads(now: now)
        board.uploadEnded(other, .success(nil), now: now, using: &random)
        let work = board.takeRecordWork(now: now)
        board.giveUp()
        #expect(Set(shelved()) == [id, other])
        board.shelved(id)
        board.shelved(other)
        board.tableFailed(work, DeliveryFailure(kind, "late"), now: now, using: &random)
        board.uploadEnded(upload[0].id, .failure(DeliveryFailure(kind, "late")), now: now, using: &random)
        #expect(board.count == 0 && board.takeShelving(most: 9).isEmpty)
    }

    // MARK: Steps

    private mutating func admit(_ key: String, lane: Lane = .live) -> ParcelID {
        board.admit(.sample(key: key), alternateKey: key + "-alternate", lane: lane, now: now)
    }

    private mutating func ready(_ key: String, lane: Lane = .live) -> ParcelID {
        let id = admit(key, lane: lane)
        if board.limits.mustLocate || board.rows.isClosed { _ = board.takeRecordWork(now: now) }
        board.located(id, .new, now: now)
        return id
    }

    /// All uploads that may go.
    private mutating func upload(refusing bad: Set<ParcelID>) -> [FailureClass] {
        board.takeUploads(now: now).compactMap { parcel in
            let result: Result<String?, DeliveryFailure> = bad.contains(parcel.id) ? .failure(refusal) : .success(nil)
            return board.uploadEnded(parcel.id, result, now: now, using: &random)?.kind
        }
    }

    private mutating func shelved() -> [ParcelID] { board.takeShelving(most: 99).map(\.id) }
}
