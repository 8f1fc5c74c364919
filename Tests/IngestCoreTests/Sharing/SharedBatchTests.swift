import Testing

@testable import IngestCore

@Suite("Chunks on their way to Redis")
struct SharedBatchTests {
    private func chunk(_ index: Int, of imageID: String = "x", bytes: Int = 10) -> SharedChunk {
        SharedChunk(
            place: SharedPlace(camera: CameraUID("cam")!, imageID: imageID), index: index, total: 5,
            text: [UInt8](repeating: 65, count: bytes),
            shape: ChunkShape(head: bytes), digest: UInt64(index), topic: [])
    }

    @Test("go in portions of a bounded size, in their order; one that is larger goes alone")
    func portions() {
        var batch = SharedBatch(most: 25)
        for (index, bytes) in [10, 10, 10, 40, 10].enumerated() {
            #expect(!batch.isFull || index > 2)
            batch.add(chunk(index, bytes: bytes))
        }
        #expect(batch.isFull)
        #expect([batch.portion(), batch.portion(), batch.portion(), batch.portion()].map { $0.map(\.index) } == [[0, 1], [2], [3], [4]])
        #expect(batch.portion().isEmpty && batch.isSettled && !batch.isFull)
    }

    @Test("wait for the picture that has to be finished first, and go before all others then")
    func blocked() {
        var batch = SharedBatch(most: 20)
        for index in 0..<4 { batch.add(chunk(index)) }
        let first = batch.portion()
        let findings = batch.answered(
            first,
            [
                SharedAnswer(fate: .taken, isWhole: true, token: "a", bytes: 50),
                SharedAnswer(fate: .finishFirst, isWhole: true, token: "a", bytes: 50),
            ])
        #expect(findings.whole == [SharedCapture(place: first[0].place, token: "a", bytes: 50)], "once, however many are told so")
        #expect(!batch.isSettled)
        batch.finished()
        #expect(batch.portion().map(\.index) == [1, 2])
        #expect(batch.portion().map(\.index) == [3])
        #expect(batch.isSettled)
    }

    @Test("are counted, told of and forgotten")
    func findings() {
        var batch = SharedBatch(most: 1000)
        for index in 0..<3 { batch.add(chunk(index)) }
        let portion = batch.portion()
        let findings = batch.answered(
            portion,
            [
                SharedAnswer(fate: .repeated, token: "a"), SharedAnswer(fate: .tooLarge, token: "a"),
                SharedAnswer(fate: .taken, token: "b", superseded: (total: 6, received: [4, 0])),
            ])
        #expect(findings.repeats == 1 && findings.tooLarge.map(\.index) == [1] && findings.whole.isEmpty)
        #expect(findings.superseded.map { "\($0.missing)" } == ["1-3, 5"])
        batch.add(chunk(3))
        _ = batch.answered([chunk(4)], [SharedAnswer(fate: .finishFirst, isWhole: true, token: "b")])
        batch.forget()
        #expect(batch.isSettled && batch.portion().isEmpty)
    }
}
