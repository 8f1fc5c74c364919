import Testing

@testable import IngestCore

@Suite("The delivery machine, while gateways agree")
struct DeliveryStateMachineLookAheadTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var random = Seeded(1)
    private var machine: DeliveryStateMachine

    private let away = DeliveryFailure(.retry(after: nil), "refused")

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.coordinates = true
        machine = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
    }

    @Test("asks the table meanwhile, and uploads when both have answered, whichever comes last", arguments: [false, true])
    mutating func bothAnswers(tableIsLast: Bool) {
        let id = admit("a")
        #expect(machine.takeAgreements(most: 9, now: start).map(\.id) == [id])
        let asked = machine.takeRecordWork(now: start)
        #expect(asked.locate.map(\.id) == [id])
        #expect(machine.takeRecordWork(now: start).isEmpty, "once is enough")
        if tableIsLast { agree(id) } else { answer(asked, .again(.sample("7", key: "old"))) }
        #expect(!machine.hasUploads(now: start))
        #expect(machine.takeUploads(now: start).isEmpty, "one answer is not enough")
        if tableIsLast { answer(asked, .again(.sample("7", key: "old"))) } else { agree(id) }
        #expect(machine.hasUploads(now: start))
        #expect(machine.takeUploads(now: start).map(\.picture.key) == ["old"])
        #expect(machine.takeRecordWork(now: start).isEmpty)
    }

    @Test("asks the table when it has not yet, once it is agreed")
    mutating func agreedFirst() {
        let id = admit("a")
        agree(id)
        #expect(machine.takeRecordWork(now: start).locate.map(\.id) == [id])
        #expect(machine.takeRecordWork(now: start).isEmpty)
    }

    @Test("asks again for a picture that got another name meanwhile", arguments: [false, true])
    mutating func renamed(tableIsLast: Bool) {
        let id = admit("a")
        let asked = machine.takeRecordWork(now: start)
        if tableIsLast {
            agree(id, as: "theirs")
            answer(asked, .keyTaken(sameBytes: nil))
        } else {
            answer(asked, .keyTaken(sameBytes: nil))
            agree(id, as: "theirs")
        }
        #expect(machine.takeUploads(now: start).isEmpty)
        let again = machine.takeRecordWork(now: start)
        #expect(again.locate.map(\.picture.key) == ["theirs"])
        answer(again, .new)
        #expect(machine.takeUploads(now: start).map(\.picture.key) == ["theirs"])
    }

    @Test("asks again when another gateway was at it: the row may be there by now", arguments: [false, true])
    mutating func rested(tableIsLast: Bool) {
        let id = admit("a")
        #expect(machine.takeAgreements(most: 9, now: start).map(\.id) == [id])
        let asked = machine.takeRecordWork(now: start)
        if !tableIsLast { answer(asked, .new) }
        let later = start + .seconds(1)
        machine.rests(id, as: .sample(key: "a"), alternateKey: "a-alternate", until: later, now: start)
        #expect(!machine.hasCoordinationWork(now: start))
        #expect(machine.hasCoordinationWork(now: later))
        #expect(machine.takeAgreements(most: 9, now: later).map(\.id) == [id])
        agree(id)
        if tableIsLast { answer(asked, .new) }
        #expect(machine.takeUploads(now: later).isEmpty)
        answer(machine.takeRecordWork(now: later), .again(.sample("7", key: "old")))
        #expect(machine.takeUploads(now: later).map(\.picture.key) == ["old"])
    }

    @Test("uploads without the table's answer when it went away meanwhile, and asks nothing ahead while it is", arguments: [false, true])
    mutating func tableAway(tableIsLast: Bool) {
        let id = admit("a")
        let asked = machine.takeRecordWork(now: start)
        if tableIsLast { agree(id) }
        machine.tableFailed(asked, away, now: start, using: &random)
        if !tableIsLast { agree(id) }
        #expect(machine.takeUploads(now: start).map(\.id) == [id])
        let next = admit("b")
        #expect(!machine.hasRecordWork(now: start))
        #expect(machine.takeRecordWork(now: start + .seconds(70)).isEmpty)
        agree(next)
        #expect(machine.takeRecordWork(now: start + .seconds(70)).locate.map(\.id) == [next], "as the table's probe")
    }

    @Test("asks nothing for a picture that left, and takes an answer that comes too late for nothing")
    mutating func left() {
        let first = admit("a")
        let second = admit("b")
        #expect(machine.storedBefore(first) != nil)
        let asked = machine.takeRecordWork(now: start)
        #expect(asked.locate.map(\.id) == [second])
        #expect(machine.storedBefore(second) != nil)
        answer(asked, .new)
        #expect(machine.count == 0)
        #expect(!machine.hasRecordWork(now: start) && !machine.hasUploads(now: start))
    }

    @Test("does not ask the table about what is uploaded already")
    mutating func uploaded() {
        let id = machine.admit(.sample(key: "a"), alternateKey: "a-alternate", lane: .backlog, isUploaded: true, now: start)
        #expect(machine.takeRecordWork(now: start).isEmpty)
        agree(id)
        #expect(machine.takeRecordWork(now: start).write.map(\.id) == [id])
    }

    @Test("brings every picture to its end once, under any schedule, and has work exactly when it gives some", arguments: UInt64(0)..<150)
    func schedules(seed: UInt64) throws {
        var world = AgreeingWorld(seed: seed)
        try world.run(pictures: 40, rounds: 4000)
        #expect(world.ended.sorted() == Array(0..<40), "seed \(seed)")
        #expect(world.machine.count == 0, "seed \(seed)")
    }

    // MARK: Steps

    private mutating func admit(_ key: String) -> ParcelID {
        machine.admit(.sample(key: key), alternateKey: key + "-alternate", lane: .live, now: start)
    }

    private mutating func agree(_ id: ParcelID, as key: String? = nil) {
        guard var picture = machine.parcels[id]?.picture else { return }
        if let key { picture.key = key }
        machine.agreed(id, as: picture, alternateKey: picture.key + "-alternate", now: start)
    }

    private mutating func answer(_ work: DeliveryStateMachine.RecordWork, _ location: DeliveryStateMachine.Location) {
        machine.tableAnswered(work, now: start, using: &random)
        for parcel in work.locate { machine.located(parcel.id, location, now: start) }
    }
}

/// The workers around a machine, each at its own pace: what one took it may answer much later.
private struct AgreeingWorld {
    var machine: DeliveryStateMachine
    var ended: [Int] = []
    private let seed: UInt64
    private var random: Seeded
    private var now = Instant(sinceBoot: .seconds(1000))
    private var names: [ParcelID: Int] = [:]
    private var agreeing: [Parcel] = []
    private var recording: [DeliveryStateMachine.RecordWork] = []
    private var uploading: [Parcel] = []
    /// Those that may be uploaded: agreed about.
    private var agreed: Set<ParcelID> = []
    private var works = true

    init(seed: UInt64) {
        self.seed = seed
        random = Seeded(seed)
        var limits = DeliveryStateMachine.Limits()
        limits.coordinates = true
        limits.mustLocate = seed.isMultiple(of: 3)
        limits.hasShelf = seed.isMultiple(of: 2)
        machine = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
    }

    mutating func run(pictures: Int, rounds: Int) throws {
        for name in 0..<pictures { admit(.sample(key: "\(name)"), name, isUploaded: false, refusals: 0, .live) }
        for round in 0..<rounds where machine.count > 0 {
            works = round > rounds / 2 || chance(60)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: takeAll()
            case 1: if let parcel = pick(&agreeing, &random) { agree(parcel) }
            case 2: if let work = pick(&recording, &random) { try answer(work) }
            case 3: if let parcel = pick(&uploading, &random) { upload(parcel) }
            default: try shelveAndMark()
            }
            now = now + .milliseconds(Int.random(in: 1...2000, using: &random))
        }
    }

    private mutating func admit(_ picture: Picture, _ name: Int, isUploaded: Bool, refusals: Int, _ lane: Lane) {
        let id = machine.admit(
            picture, alternateKey: "alternate-\(name)", lane: lane, isUploaded: isUploaded, refusals: refusals, now: now)
        names[id] = name
    }

    private mutating func takeAll() {
        let (hasAgreements, hasRecords, hasUploads) = (
            machine.hasCoordinationWork(now: now), machine.hasRecordWork(now: now), machine.hasUploads(now: now)
        )
        let agreements = machine.takeAgreements(most: 3, now: now)
        #expect(hasAgreements || agreements.isEmpty, "seed \(seed)")
        agreeing += agreements
        let records = machine.takeRecordWork(now: now)
        #expect(hasRecords || records.isEmpty, "seed \(seed)")
        if !records.isEmpty { recording.append(records) }
        let uploads = machine.takeUploads(now: now)
        #expect(hasUploads || uploads.isEmpty, "seed \(seed)")
        for parcel in uploads { #expect(agreed.contains(parcel.id), "seed \(seed): nothing is uploaded that is not agreed about") }
        uploading += uploads
    }

    private mutating func agree(_ parcel: Parcel) {
        var picture = parcel.picture
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where !works:
            machine.rests(parcel.id, as: picture, alternateKey: parcel.alternateKey, until: now + .milliseconds(30), now: now)
            return
        case 1 where !works && !parcel.isUploaded:
            picture.key = "adopted-\(names[parcel.id] ?? 0)"
        default: break
        }
        agreed.insert(parcel.id)
        machine.agreed(parcel.id, as: picture, alternateKey: parcel.alternateKey, now: now)
    }

    private mutating func answer(_ work: DeliveryStateMachine.RecordWork) throws {
        guard works || chance(70) else {
            machine.tableFailed(work, DeliveryFailure(.retry(after: nil), "no"), now: now, using: &random)
            return
        }
        machine.tableAnswered(work, now: now, using: &random)
        for parcel in work.locate { machine.located(parcel.id, .new, now: now) }
        for parcel in work.write {
            #expect(parcel.isUploaded, "seed \(seed)")
            #expect(machine.recorded(parcel.id, .inserted(rowID: "1"), now: now) == nil, "it is to be marked first")
        }
    }

    private mutating func upload(_ parcel: Parcel) {
        let kind: FailureClass = [.retry(after: nil), .operatorNeeded, .picture].randomElement(using: &random)!
        let result: Result<String?, DeliveryFailure> = works ? .success(nil) : .failure(DeliveryFailure(kind, "no"))
        machine.uploadEnded(parcel.id, result, now: now, using: &random)
    }

    private mutating func shelveAndMark() throws {
        for parcel in machine.takeMarks(most: 5) {
            #expect(machine.marked(parcel.id) != nil)
            ended.append(try #require(names[parcel.id]))
        }
        for parcel in machine.takeShelving(most: 5) {  // a spool that gives everything straight back
            let name = try #require(names[parcel.id])
            // A worker may still be at it, as for one that was agreed about after a stop; it must not come to anything.
            machine.shelved(parcel.id)
            admit(parcel.picture, name, isUploaded: parcel.isUploaded, refusals: parcel.refusals, .backlog)
        }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
}

private func pick<T>(_ list: inout [T], _ random: inout Seeded) -> T? {
    list.isEmpty ? nil : list.remove(at: Int.random(in: 0..<list.count, using: &random))
}
