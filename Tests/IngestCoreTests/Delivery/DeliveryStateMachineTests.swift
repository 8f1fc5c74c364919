import Testing

@testable import IngestCore

@Suite("The delivery machine")
struct DeliveryStateMachineTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var random = Seeded(1)
    private var machine = DeliveryStateMachine(limits: .init(), backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))

    private let away = DeliveryFailure(.retry(after: nil), "refused")

    @Test("takes a picture to the table's answer, to the bucket, into the table, and lets it go")
    mutating func wholeWay() throws {
        let id = admit("a")
        #expect(machine.takeUploads(now: start).isEmpty, "not before the table was asked")

        let asked = machine.takeRecordWork(now: start)
        #expect(asked.locate.map(\.id) == [id])
        machine.tableAnswered(asked, now: start, using: &random)
        machine.located(id, .new, now: start)

        #expect(machine.takeUploads(now: start).map(\.id) == [id])
        #expect(machine.takeRecordWork(now: start).isEmpty, "no row before the object")
        machine.uploadEnded(id, .success("v1"), now: start, using: &random)

        let written = machine.takeRecordWork(now: start)
        #expect(written.write.map(\.objectVersion) == ["v1"])
        machine.tableAnswered(written, now: start, using: &random)
        #expect(machine.recorded(id, .inserted(rowID: "7"), now: start)?.rowID == "7")
        #expect(machine.count == 0)
    }

    @Test("gives a capture that has a row the row's key and moment")
    mutating func again() {
        let id = admit("a")
        _ = machine.takeRecordWork(now: start)
        machine.located(id, .again(.sample("1", key: "old")), now: start)
        let parcel = machine.takeUploads(now: start).first
        #expect(parcel?.picture.key == "old")
        #expect(parcel?.picture.recordedAt == Timestamp(milliseconds: 5))
    }

    @Test("gives way where other bytes own the key")
    mutating func keyTaken() {
        let id = admit("a")
        _ = machine.takeRecordWork(now: start)
        machine.located(id, .keyTaken(sameBytes: nil), now: start)
        _ = machine.takeRecordWork(now: start)
        machine.located(id, .new, now: start)
        #expect(machine.takeUploads(now: start).first?.picture.key == "a-alternate")
    }

    @Test("holds two pictures apart that want one key at the same time")
    mutating func sameKey() {
        let first = admit("a")
        let other = machine.admit(.sample(key: "a", sha256: "other"), alternateKey: "a-other", lane: .live, now: start)
        #expect(machine.parcels[first]?.picture.key == "a")
        #expect(machine.parcels[other]?.picture.key == "a-other")
    }

    @Test("keeps a picture whose upload failed, and tries it first when the pause is over")
    mutating func uploadFails() throws {
        let first = ready("a")
        let second = ready("b")
        machine.limits.uploads = 1
        #expect(machine.takeUploads(now: start).map(\.id) == [first])
        machine.uploadEnded(first, .failure(away), now: start, using: &random)
        #expect(machine.takeUploads(now: start).isEmpty)
        let later = try #require(machine.nextMove)
        #expect(machine.takeUploads(now: later).map(\.id) == [first], "one probe, and it is the oldest")
        machine.uploadEnded(first, .success(nil), now: later, using: &random)
        #expect(machine.takeUploads(now: later).map(\.id) == [second])
    }

    @Test("uploads without asking while the table is away, and writes the row when it is back")
    mutating func tableAway() throws {
        let first = admit("a")
        let work = machine.takeRecordWork(now: start)
        machine.tableFailed(work, away, now: start, using: &random)
        #expect(machine.takeUploads(now: start).map(\.id) == [first])
        machine.uploadEnded(first, .success(nil), now: start, using: &random)
        #expect(machine.takeRecordWork(now: start).isEmpty)
        let later = try #require(machine.nextMove)
        #expect(machine.takeRecordWork(now: later).write.map(\.id) == [first])
    }

    @Test("waits for the table where keys may repeat")
    mutating func mustLocate() throws {
        machine.limits.mustLocate = true
        let first = admit("a")
        let work = machine.takeRecordWork(now: start)
        machine.tableFailed(work, away, now: start, using: &random)
        #expect(machine.takeUploads(now: start).isEmpty)
        let later = try #require(machine.nextMove)
        #expect(machine.takeRecordWork(now: later).locate.map(\.id) == [first])
    }

    @Test("lets the others pass a picture that is refused for its own sake")
    mutating func picture() {
        let bad = ready("a")
        let good = ready("b")
        machine.limits.uploads = 1
        #expect(machine.takeUploads(now: start).map(\.id) == [bad])
        machine.uploadEnded(bad, .failure(DeliveryFailure(.picture, "too large")), now: start, using: &random)
        #expect(machine.takeUploads(now: start).map(\.id) == [good])
        machine.uploadEnded(good, .success(nil), now: start, using: &random)
        #expect(machine.takeUploads(now: start + .seconds(61)).map(\.id) == [bad], "it is tried again, and never dropped")
        #expect(machine.parcels[bad]?.refusals == 1)
    }

    @Test("takes turns between live pictures and the backlog, one to one")
    mutating func turns() {
        for n in 0..<6 { _ = ready("live\(n)") }
        for n in 0..<6 { _ = ready("old\(n)", lane: .backlog) }
        machine.limits.uploads = 1
        var lanes: [Lane] = []
        for _ in 0..<8 {
            for parcel in machine.takeUploads(now: start) {
                lanes.append(parcel.lane)
                machine.uploadEnded(parcel.id, .success(nil), now: start, using: &random)
            }
        }
        #expect(lanes == [.live, .backlog, .live, .backlog, .live, .backlog, .live, .backlog])
    }

    @Test("shelves what may not go, and what fails, when there is a spool")
    mutating func shelf() {
        machine.limits.hasShelf = true
        machine.limits.uploads = 1
        let first = ready("a")
        let second = ready("b")
        _ = machine.takeUploads(now: start)
        machine.uploadEnded(first, .failure(away), now: start, using: &random)
        #expect(machine.takeUploads(now: start).isEmpty)
        #expect(Set(machine.takeShelving(most: 9).map(\.id)) == [first, second])
        machine.shelved(first)
        machine.unshelvable(second)
        #expect(machine.count == 1)
    }

    @Test("sends a picture whose row names another key to see which object is there")
    mutating func reconcile() throws {
        let here = uploaded("a")
        let gone = uploaded("b")
        _ = machine.takeRecordWork(now: start)
        #expect(machine.recorded(here, .again(.sample("1", key: "old-a")), now: start) == nil)
        #expect(machine.recorded(gone, .again(.sample("2", key: "old-b")), now: start) == nil)
        #expect(
            machine.takeUploads(now: start).map(\.stage) == [
                .reconcile(.sample("1", key: "old-a")), .reconcile(.sample("2", key: "old-b")),
            ])

        let done = machine.reconciled(here, .success(true), now: start, using: &random).done
        #expect(done?.0.picture.key == "old-a")
        #expect(machine.reconciled(gone, .success(false), now: start, using: &random).done == nil)
        #expect(machine.takeRecordWork(now: start).move.map(\.stage) == [.moveRow(.sample("2", key: "old-b"))])
        #expect(machine.moved(gone, done: true, now: start)?.0.picture.key == "b")
        #expect(machine.count == 0)
    }

    @Test("loses nothing and doubles nothing under any schedule of failures", arguments: UInt64(0)..<100)
    func schedules(seed: UInt64) throws {
        var random = Seeded(seed)
        var machine = DeliveryStateMachine(limits: .init(), backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
        machine.limits.mustLocate = seed.isMultiple(of: 3)
        machine.limits.hasShelf = seed.isMultiple(of: 2)
        var now = start
        var waiting = Set(0..<40)
        var names: [ParcelID: Int] = [:]
        var done: [Int] = []
        for name in 0..<40 { names[machine.admit(.sample(key: "\(name)"), alternateKey: "alt", lane: .live, now: now)] = name }
        for round in 0..<3000 where !waiting.isEmpty {
            // For the last rounds everything works, so all must come to an end.
            let works = round > 2000 || Bool.random(using: &random)
            let failure = DeliveryFailure([.retry(after: nil), .operatorNeeded, .picture].randomElement(using: &random)!, "no")
            for parcel in machine.takeUploads(now: now) {
                machine.uploadEnded(parcel.id, works ? .success(nil) : .failure(failure), now: now, using: &random)
            }
            let work = machine.takeRecordWork(now: now)
            if !work.isEmpty {
                if works {
                    machine.tableAnswered(work, now: now, using: &random)
                    for parcel in work.locate { machine.located(parcel.id, .new, now: now) }
                    for parcel in work.write {
                        #expect(parcel.isUploaded, "seed \(seed)")
                        let name = try #require(names[parcel.id])
                        if machine.recorded(parcel.id, .inserted(rowID: "1"), now: now) != nil {
                            done.append(name)
                            waiting.remove(name)
                        }
                    }
                } else {
                    machine.tableFailed(work, DeliveryFailure(.retry(after: nil), "no"), now: now, using: &random)
                }
            }
            for parcel in machine.takeShelving(most: 5) {  // a spool that gives everything straight back
                let name = try #require(names[parcel.id])
                machine.shelved(parcel.id)
                let id = machine.admit(
                    parcel.picture, alternateKey: "alt", lane: .backlog, isUploaded: parcel.isUploaded, refusals: parcel.refusals, now: now
                )
                names[id] = name
            }
            now = now + .milliseconds(Int.random(in: 1...5000, using: &random))
        }
        #expect(done.sorted() == Array(0..<40), "seed \(seed)")
        #expect(machine.count == 0, "seed \(seed)")
    }

    private mutating func admit(_ key: String, lane: Lane = .live) -> ParcelID {
        machine.admit(.sample(key: key), alternateKey: key + "-alternate", lane: lane, now: start)
    }

    private mutating func ready(_ key: String, lane: Lane = .live) -> ParcelID {
        let id = admit(key, lane: lane)
        _ = machine.takeRecordWork(now: start)
        machine.located(id, .new, now: start)
        return id
    }

    private mutating func uploaded(_ key: String) -> ParcelID {
        let id = ready(key)
        _ = machine.takeUploads(now: start)
        machine.uploadEnded(id, .success(nil), now: start, using: &random)
        return id
    }
}

extension Picture {
    static func sample(key: String, sha256: String = String(repeating: "0", count: 64)) -> Picture {
        Picture(
            camera: CameraUID("cam")!, imageID: "i", imageIDSource: .gateway, topic: "camera/cam/image_json",
            recordedAt: Timestamp(milliseconds: 1_800_000_000_000), size: 3, chunks: 1, sha256: sha256,
            contentType: .jpeg, bucket: "bucket", key: key
        )
    }
}

extension RecordedPicture {
    static func sample(_ id: String, key: String) -> RecordedPicture {
        RecordedPicture(id: id, bucket: "bucket", key: key, recordedAt: Timestamp(milliseconds: 5))
    }
}
