import TestFiles
import Testing

@testable import IngestCore

/// A store that will not have a picture: for the picture's sake, or its own.
@Suite("The delivery machine, where a store refuses")
struct DeliveryStateMachineRefusalTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var now = Instant(sinceBoot: .seconds(1000))
    private var random = SplitMix(seed: 3)
    private var machine: DeliveryStateMachine
    private let refusal = DeliveryFailure(.picture, "413 too large")

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.hasShelf = true
        machine = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
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
        #expect(machine.parcels[bad]?.refusals == 1 && machine.objects.isClosed)
    }

    @Test("holds nothing against anybody where the store refuses all, and says so")
    mutating func all() throws {
        let ids = (0..<6).map { ready("p\($0)") }
        let kinds = upload(refusing: Set(ids))
        #expect(kinds.suffix(4) == [.operatorNeeded, .operatorNeeded, .operatorNeeded, .operatorNeeded])
        #expect(ids.map { machine.parcels[$0]?.refusals } == [0, 0, 0, 0, 0, 0])
        #expect(machine.objects.refusesAll && machine.parcels[ids[5]]?.lastError?.contains("413") == true)
        #expect(Set(shelved()) == Set(ids))
    }

    @Test("tries another each time while the store refuses, live and backlog in turn, and is well when one is taken")
    mutating func probes() throws {
        _ = upload(refusing: Set((0..<4).map { ready("p\($0)") }))
        _ = machine.takeShelving(most: 99).map { machine.shelved($0.id) }
        var lanes: [Lane] = []
        for n in 0..<6 {
            // One of either waits for its turn; the rest goes to the shelf.
            for m in 0..<3 { _ = ready("live\(n)-\(m)") }
            #expect(machine.takeUploads(now: now).isEmpty)
            if machine.backlogRoom(now: now) > 0 { _ = ready("old\(n)", lane: .backlog) }
            #expect(machine.backlogRoom(now: now) == 0)
            now = try #require(machine.objects.heldUntil)
            let tried = machine.takeUploads(now: now)
            #expect(tried.count == 1)
            lanes += tried.map(\.lane)
            for parcel in tried {
                let judged = machine.uploadEnded(parcel.id, .failure(refusal), now: now, using: &random)
                #expect(judged?.kind == .operatorNeeded && machine.parcels[parcel.id]?.standsBack == true)
            }
            for parcel in machine.takeShelving(most: 99) { machine.shelved(parcel.id) }
        }
        #expect(Set(zip(lanes, lanes.dropFirst()).map { $0 == $1 }) == [false])
        now = try #require(machine.objects.heldUntil)
        _ = ready("good")
        let taken = try #require(machine.takeUploads(now: now).first)
        #expect(machine.uploadEnded(taken.id, .success(nil), now: now, using: &random) == nil)
        #expect(machine.objects.isClosed && !machine.objects.refusesAll)
    }

    @Test("judges a batch of rows by whether any was taken")
    mutating func batch() throws {
        for (refused, kind) in [(5, FailureClass.picture), (6, .operatorNeeded)] {
            let ids = (0..<6).map { ready("r\(refused)-\($0)") }
            _ = upload(refusing: [])
            let work = machine.takeRecordWork(now: now)
            var answers = DeliveryStateMachine.RecordAnswers()
            answers.written = ids.indices.map { $0 < refused ? .failure(refusal) : .success(.inserted(rowID: "7")) }
            let outcome = machine.tableAnswered(work, answers, now: now, using: &random)
            #expect(outcome.ended.count == 6 - refused && outcome.refused.map(\.failure.kind) == Array(repeating: kind, count: refused))
            #expect(outcome.hasTaken == (refused < 6))
            #expect(ids.compactMap { machine.parcels[$0]?.refusals } == Array(repeating: kind == .picture ? 1 : 0, count: refused))
            for parcel in machine.takeShelving(most: 99) { machine.shelved(parcel.id) }
        }
        #expect(machine.rows.refusesAll)
    }

    @Test("does not take an answer to a question for a sign that the table takes rows again")
    mutating func questions() throws {
        machine.limits.mustLocate = true
        let ids = (0..<3).map { ready("r\($0)") }
        _ = upload(refusing: [])
        var answers = DeliveryStateMachine.RecordAnswers()
        answers.written = ids.map { _ in .failure(refusal) }
        machine.tableAnswered(machine.takeRecordWork(now: now), answers, now: now, using: &random)
        now = try #require(machine.rows.heldUntil)
        let asked = admit("new")
        let work = machine.takeRecordWork(now: now)
        #expect(work.locate.map(\.id) == [asked])
        var located = DeliveryStateMachine.RecordAnswers()
        located.located = [.new]
        #expect(!machine.tableAnswered(work, located, now: now, using: &random).hasTaken)
        #expect(machine.rows.refusesAll && !machine.rows.isClosed)
        _ = upload(refusing: [])
        #expect(machine.takeRecordWork(now: now).write.map(\.id) == [asked], "its row is the next try")
    }

    @Test("puts aside, and blames on no store, what cannot be read")
    mutating func unsendable() throws {
        for n in 0..<5 {
            let id = ready("u\(n)")
            for parcel in machine.takeUploads(now: now) {
                let failure = DeliveryFailure(.unsendable, "its bytes cannot be read")
                #expect(machine.uploadEnded(parcel.id, .failure(failure), now: now, using: &random) == failure)
            }
            #expect(machine.parcels[id]?.refusals == 1)
        }
        #expect(machine.objects.isClosed && !machine.objects.refusesAll)
    }

    @Test(
        "never puts back what has gone to the shelf at a stop that waits no longer", arguments: [FailureClass.retry(after: nil), .picture])
    mutating func late(kind: FailureClass) throws {
        let id = ready("a")
        let upload = machine.takeUploads(now: now)
        let other = ready("b")
        _ = machine.takeUploads(now: now)
        machine.uploadEnded(other, .success(nil), now: now, using: &random)
        let work = machine.takeRecordWork(now: now)
        machine.giveUp()
        #expect(Set(shelved()) == [id, other])
        machine.shelved(id)
        machine.shelved(other)
        machine.tableFailed(work, DeliveryFailure(kind, "late"), now: now, using: &random)
        machine.uploadEnded(upload[0].id, .failure(DeliveryFailure(kind, "late")), now: now, using: &random)
        #expect(machine.count == 0 && machine.takeShelving(most: 9).isEmpty)
    }

    // MARK: Steps

    private mutating func admit(_ key: String, lane: Lane = .live) -> ParcelID {
        machine.admit(.sample(key: key), alternateKey: key + "-alternate", lane: lane, now: now)
    }

    private mutating func ready(_ key: String, lane: Lane = .live) -> ParcelID {
        let id = admit(key, lane: lane)
        if machine.limits.mustLocate || machine.rows.isClosed { _ = machine.takeRecordWork(now: now) }
        machine.located(id, .new, now: now)
        return id
    }

    /// All uploads that may go.
    private mutating func upload(refusing bad: Set<ParcelID>) -> [FailureClass] {
        machine.takeUploads(now: now).compactMap { parcel in
            let result: Result<String?, DeliveryFailure> = bad.contains(parcel.id) ? .failure(refusal) : .success(nil)
            return machine.uploadEnded(parcel.id, result, now: now, using: &random)?.kind
        }
    }

    private mutating func shelved() -> [ParcelID] { machine.takeShelving(most: 99).map(\.id) }
}
