import Testing

@testable import IngestCore

@Suite("The delivery board")
struct DeliveryStateMachineTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var random = Seeded(1)
    private var board = DeliveryStateMachine(limits: .init(), backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))

    private let away = DeliveryFailure(.retry(after: nil), "refused")

    @Test("takes a picture to the table's answer, to the bucket, into the table, and lets it go")
    mutating func wholeWay() throws {
        let id = admit("a")
        #expect(board.takeUploads(now: start).isEmpty, "not before the table was asked")

        let asked = board.takeRecordWork(now: start)
        #expect(asked.locate.map(\.id) == [id])
        board.tableAnswered(asked, now: start, using: &random)
        board.located(id, .new, now: start)

        #expect(board.takeUploads(now: start).map(\.id) == [id])
        #expect(board.takeRecordWork(now: start).isEmpty, "no row before the object")
        board.uploadEnded(id, .success("v1"), now: start, using: &random)

        let written = board.takeRecordWork(now: start)
        #expect(written.write.map(\.objectVersion) == ["v1"])
        board.tableAnswered(written, now: start, using: &random)
        #expect(board.recorded(id, .inserted(rowID: "7"), now: start)?.rowID == "7")
        #expect(board.count == 0)
    }

    @Test("gives a capture that has a row the row's key and moment")
    mutating func again() {
        let id = admit("a")
        _ = board.takeRecordWork(now: start)
        board.located(id, .again(.sample("1", key: "old")), now: start)
        let parcel = board.takeUploads(now: start).first
        #expect(parcel?.picture.key == "old")
        #expect(parcel?.picture.recordedAt == Timestamp(milliseconds: 5))
    }

    @Test("gives way where other bytes own the key")
    mutating func keyTaken() {
        let id = admit("a")
        _ = board.takeRecordWork(now: start)
        board.located(id, .keyTaken(sameBytes: nil), now: start)
        _ = board.takeRecordWork(now: start)
        board.located(id, .new, now: start)
        #expect(board.takeUploads(now: start).first?.picture.key == "a-alternate")
    }

    @Test("holds two pictures apart that want one key at the same time")
    mutating func sameKey() {
        let first = admit("a")
        let other = board.admit(.sample(key: "a", sha256: "other"), alternateKey: "a-other", lane: .live, now: start)
        #expect(board.parcels[first]?.picture.key == "a")
        #expect(board.parcels[other]?.picture.key == "a-other")
    }

    @Test("keeps a picture whose upload failed, and tries it first when the pause is over")
    mutating func uploadFails() throws {
        let first = ready("a")
        let second = ready("b")
        board.limits.uploads = 1
        #expect(board.takeUploads(now: start).map(\.id) == [first])
        board.uploadEnded(first, .failure(away), now: start, using: &random)
        #expect(board.takeUploads(now: start).isEmpty)
        let later = try #require(board.nextMove)
        #expect(board.takeUploads(now: later).map(\.id) == [first], "one probe, and it is the oldest")
        board.uploadEnded(first, .success(nil), now: later, using: &random)
        #expect(board.takeUploads(now: later).map(\.id) == [second])
    }

    @Test("uploads without asking while the table is away, and writes the row when it is back")
    mutating func tableAway() throws {
        let first = admit("a")
        let work = board.takeRecordWork(now: start)
        board.tableFailed(work, away, now: start, using: &random)
        #expect(board.takeUploads(now: start).map(\.id) == [first])
        board.uploadEnded(first, .success(nil), now: start, using: &random)
        #expect(board.takeRecordWork(now: start).isEmpty)
        let later = try #require(board.nextMove)
        #expect(board.takeRecordWork(now: later).write.map(\.id) == [first])
    }

    @Test("waits for the table where keys may repeat")
    mutating func mustLocate() throws {
        board.limits.mustLocate = true
        let first = admit("a")
        let work = board.takeRecordWork(now: start)
        board.tableFailed(work, away, now: start, using: &random)
        #expect(board.takeUploads(now: start).isEmpty)
        let later = try #require(board.nextMove)
        #expect(board.takeRecordWork(now: later).locate.map(\.id) == [first])
    }

    @Test("lets the others pass a picture that is refused for its own sake")
    mutating func picture() {
        let bad = ready("a")
        let good = ready("b")
        board.limits.uploads = 1
        #expect(board.takeUploads(now: start).map(\.id) == [bad])
        board.uploadEnded(bad, .failure(DeliveryFailure(.picture, "too large")), now: start, using: &random)
        #expect(board.takeUploads(now: start).map(\.id) == [good])
        board.uploadEnded(good, .success(nil), now: start, using: &random)
        #expect(board.takeUploads(now: start + .seconds(61)).map(\.id) == [bad], "it is tried again, and never dropped")
        #expect(board.parcels[bad]?.refusals == 1)
    }

    @Test("takes turns between live pictures and the backlog, one to one")
    mutating func turns() {
        for n in 0..<6 { _ = ready("live\(n)") }
        for n in 0..<6 { _ = ready("old\(n)", lane: .backlog) }
        board.limits.uploads = 1
        var lanes: [Lane] = []
        for _ in 0..<8 {
            for parcel in board.takeUploads(now: start) {
                lanes.append(parcel.lane)
                board.uploadEnded(parcel.id, .success(nil), now: start, using: &random)
            }
        }
        #expect(lanes == [.live, .backlog, .live, .backlog, .live, .backlog, .live, .backlog])
    }

    @Test("shelves what may not go, and what fails, when there is a spool")
    mutating func shelf() {
        board.limits.hasShelf = true
        board.limits.uploads = 1
        let first = ready("a")
        let second = ready("b")
        _ = board.takeUploads(now: start)
        board.uploadEnded(first, .failure(away), now: start, using: &random)
        #expect(board.takeUploads(now: start).isEmpty)
        #expect(Set(board.takeShelving(most: 9).map(\.id)) == [first, second])
        board.shelved(first)
        board.unshelvable(second)
        #expect(board.count == 1)
    }

    @Test("sends a picture whose row names another key to see which object is there")
    mutating func reconcile() throws {
        let here = uploaded("a")
        let gone = uploaded("b")
        _ = board.takeRecordWork(now: start)
        #expect(board.recorded(here, .again(.sample("1", key: "old-a")), now: start) == nil)
        #expect(board.recorded(gone, .again(.sample("2", key: "old-b")), now: start) == nil)
        #expect(
            board.takeUploads(now: start).map(\.stage) == [.reconcile(.sample("1", key: "old-a")), .reconcile(.sample("2", key: "old-b"))])

        let done = board.reconciled(here, .success(true), now: start, using: &random).done
        #expect(done?.0.picture.key == "old-a")
        #expect(board.reconciled(gone, .success(false), now: start, using: &random).done == nil)
        #expect(board.takeRecordWork(now: start).move.map(\.stage) == [.moveRow(.sample("2", key: "old-b"))])
        #expect(board.moved(gone, done: true, now: start)?.0.picture.key == "b")
        #expect(board.count == 0)
    }

    @Test("loses nothing and doubles nothing under any schedule of failures", arguments: UInt64(0)..<100)
    func schedules(seed: UInt64) throws {
        var random = Seeded(seed)
        var board = DeliveryStateMachine(limits: .init(), backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
        board.limits.mustLocate = seed.isMultiple(of: 3)
        board.limits.hasShelf = seed.isMultiple(of: 2)
        var now = start
        var waiting = Set(0..<40)
        var names: [ParcelID: Int] = [:]
        var done: [Int] = []
        for name in 0..<40 { names[board.admit(.sample(key: "\(name)"), alternateKey: "alt", lane: .live, now: now)] = name }
        for round in 0..<3000 where !waiting.isEmpty {
            // For the last rounds everything works, so all must come to an end.
            let works = round > 2000 || Bool.random(using: &random)
            let failure = DeliveryFailure([.retry(after: nil), .operatorNeeded, .picture].randomElement(using: &random)!, "no")
            for parcel in board.takeUploads(now: now) {
                board.uploadEnded(parcel.id, works ? .success(nil) : .failure(failure), now: now, using: &random)
            }
            let work = board.takeRecordWork(now: now)
            if !work.isEmpty {
                if works {
                    board.tableAnswered(work, now: now, using: &random)
                    for parcel in work.locate { board.located(parcel.id, .new, now: now) }
                    for parcel in work.write {
                        #expect(parcel.isUploaded, "seed \(seed)")
                        let name = try #require(names[parcel.id])
                        if board.recorded(parcel.id, .inserted(rowID: "1"), now: now) != nil {
                            done.append(name)
                            waiting.remove(name)
                        }
                    }
                } else {
                    board.tableFailed(work, DeliveryFailure(.retry(after: nil), "no"), now: now, using: &random)
                }
            }
            for parcel in board.takeShelving(most: 5) {  // a spool that gives everything straight back
                let name = try #require(names[parcel.id])
                board.shelved(parcel.id)
                let id = board.admit(
                    parcel.picture, alternateKey: "alt", lane: .backlog, isUploaded: parcel.isUploaded, refusals: parcel.refusals, now: now
                )
                names[id] = name
            }
            now = now + .milliseconds(Int.random(in: 1...5000, using: &random))
        }
        #expect(done.sorted() == Array(0..<40), "seed \(seed)")
        #expect(board.count == 0, "seed \(seed)")
    }

    private mutating func admit(_ key: String, lane: Lane = .live) -> ParcelID {
        board.admit(.sample(key: key), alternateKey: key + "-alternate", lane: lane, now: start)
    }

    private mutating func ready(_ key: String, lane: Lane = .live) -> ParcelID {
        let id = admit(key, lane: lane)
        _ = board.takeRecordWork(now: start)
        board.located(id, .new, now: start)
        return id
    }

    private mutating func uploaded(_ key: String) -> ParcelID {
        let id = ready(key)
        _ = board.takeUploads(now: start)
        board.uploadEnded(id, .success(nil), now: start, using: &random)
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
