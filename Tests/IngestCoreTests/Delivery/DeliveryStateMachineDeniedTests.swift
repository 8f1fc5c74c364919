import TestFiles
import Testing

@testable import IngestCore

/// A store that does not let some in: one camera's place in the bucket, one camera's rows, or anybody.
@Suite("The delivery machine, where a store lets some not in")
struct DeliveryStateMachineDeniedTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var now = Instant(sinceBoot: .seconds(1000))
    private var random = SplitMix(seed: 5)
    private var machine: DeliveryStateMachine

    enum Place: String, CaseIterable, Sendable { case bucket, table }

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.hasShelf = true
        machine = DeliveryStateMachine(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
    }

    @Test(
        "never keeps the others waiting, holds nothing against anybody, and tries that camera ever more rarely", arguments: Place.allCases)
    mutating func oneCamera(place: Place) throws {
        var tries = 0
        var number = 0
        for second in 0..<600 {
            now = start + .seconds(second)
            // A whole volley of the one, and then the others.
            for camera in ["bad", "bad", "bad", "bad", "good", "other"] {
                number += 1
                admit(camera, number)
            }
            let ends = round(place) { $0 == "bad" }
            tries += ends.count { $0.camera == "bad" && $0.failure == .denied }
            #expect(ends.count { $0.camera != "bad" && $0.failure == nil } == 2, "second \(second)")
            #expect(machine.objects.isClosed && machine.rows.isClosed)
            let shelved = machine.takeShelving(most: 99)
            #expect(shelved.map(\.picture.camera.text) == ["bad", "bad", "bad", "bad"])
            #expect(shelved.allSatisfy { $0.refusals == 0 && $0.withheldUntil ?? now > now })
            for parcel in shelved { machine.shelved(parcel.id) }
        }
        #expect((10...20).contains(tries), "\(tries)")
        #expect(machine.count == 0)
        // It is let in again: the next try finds that, and no other waits for one.
        now = now + .seconds(61)
        for number in 0..<4 { admit("bad", number) }
        #expect(round(place) { _ in false }.count { $0.failure == nil } >= 1)
        for parcel in machine.takeShelving(most: 99) { machine.shelved(parcel.id) }
        for number in 4..<8 { admit("bad", number) }
        #expect(round(place) { _ in false }.count { $0.failure == nil } == 4)
    }

    @Test("blames the store that lets nobody in, and forgets whom it would not have when it does again", arguments: Place.allCases)
    mutating func everyCamera(place: Place) throws {
        for number in 0..<6 { admit("cam\(number)", number) }
        let kinds = round(place) { _ in true }.compactMap(\.failure)
        #expect(kinds.contains(.operatorNeeded))
        let breaker = place == .bucket ? machine.objects : machine.rows
        #expect(breaker.refusesAll && !breaker.isClosed)
        #expect(machine.withheldByObjects.count == 0 && machine.withheldByRows.count == 0)
        for parcel in machine.takeShelving(most: 99) {
            #expect(parcel.refusals == 0)
            machine.shelved(parcel.id)
        }
        now = try #require(breaker.heldUntil)
        admit("cam0", 10)
        let ends = round(place) { _ in false }
        #expect(!ends.isEmpty && ends.allSatisfy { $0.failure == nil })
        for number in 11..<17 { admit("cam\(number % 6)", number) }
        #expect(round(place) { _ in false }.count { $0.failure == nil } == 6)
    }

    @Test("lets a camera that is alone wait without a failure of the store, and at an operator's word no longer", arguments: Place.allCases)
    mutating func alone(place: Place) {
        for number in 0..<5 {
            admit("only", number)
            _ = round(place) { _ in true }
        }
        #expect(machine.objects.isClosed && machine.rows.isClosed)
        let shelved = machine.takeShelving(most: 99)
        #expect(shelved.count == 5 && shelved.allSatisfy { $0.refusals == 0 })
        for parcel in shelved { machine.shelved(parcel.id) }
        machine.tryNow(now: now)
        admit("only", 9)
        #expect(round(place) { _ in false }.map(\.failure) == [nil])
        #expect(machine.count == 0)
    }

    @Test("goes on while many cameras are not let in, and more than can be told apart")
    mutating func many() {
        for number in 0..<(2 * WithheldCameras.most) {
            admit("bad\(number)", number)
            admit("good", number)
            let ends = round(.bucket) { $0 != "good" }
            #expect(ends.contains { $0.camera == "good" && $0.failure == nil }, "\(number)")
            for parcel in machine.takeShelving(most: 99) { machine.shelved(parcel.id) }
        }
        #expect(machine.withheldByObjects.count == WithheldCameras.most && machine.objects.isClosed)
    }

    @Test("waits in the pool where there is no shelf")
    mutating func noShelf() throws {
        machine.limits.hasShelf = false
        admit("bad", 1)
        _ = round(.bucket) { _ in true }
        #expect(machine.count == 1 && !machine.hasUploads(now: now))
        now = try #require(machine.nextMove)
        #expect(round(.bucket) { _ in false }.map(\.failure) == [nil])
        #expect(machine.count == 0)
    }

    // MARK: Steps

    private mutating func admit(_ camera: String, _ number: Int) {
        var picture = Picture.sample(key: "\(camera)/\(number)")
        picture = Picture(
            camera: CameraUID(camera)!, imageID: picture.imageID, imageIDSource: picture.imageIDSource, topic: picture.topic,
            recordedAt: picture.recordedAt, size: picture.size, chunks: picture.chunks, sha256: picture.sha256,
            contentType: picture.contentType, bucket: picture.bucket, key: picture.key)
        _ = machine.admit(picture, alternateKey: "\(picture.key)-2", lane: .live, now: now)
    }

    private struct End {
        let camera: String
        let failure: FailureClass?
    }

    /// What the stores do with all that may go now.
    /// - Returns: the ends of what `place` was given.
    private mutating func round(_ place: Place, denying denies: (String) -> Bool) -> [End] {
        let denial = DeliveryFailure(.denied, "403 AccessDenied")
        var ends: [End] = []
        while true {
            let work = machine.takeRecordWork(now: now)
            let upload = machine.takeUploads(now: now, most: 1).first
            if work.isEmpty, upload == nil { return ends }
            if let parcel = upload {
                let camera = parcel.picture.camera.text
                let isDenied = place == .bucket && denies(camera)
                let failure = machine.uploadEnded(parcel.id, isDenied ? .failure(denial) : .success(nil), now: now, using: &random)
                if place == .bucket { ends.append(End(camera: camera, failure: failure?.kind)) }
            }
            if work.isEmpty { continue }
            var answers = DeliveryStateMachine.RecordAnswers()
            answers.located = work.locate.map { _ in .new }
            answers.written = work.write.map { parcel in
                place == .table && denies(parcel.picture.camera.text) ? .failure(denial) : .success(.inserted(rowID: "1"))
            }
            let outcome = machine.tableAnswered(work, answers, now: now, using: &random)
            guard place == .table else { continue }
            ends += outcome.ended.map { End(camera: $0.parcel.picture.camera.text, failure: nil) }
            ends += outcome.refused.map { End(camera: $0.parcel.picture.camera.text, failure: $0.failure.kind) }
        }
    }
}
