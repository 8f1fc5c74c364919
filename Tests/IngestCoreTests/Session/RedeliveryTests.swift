import Testing

@testable import IngestCore

@Suite("What the broker sends again when a connection begins")
struct RedeliveryTests {
    private func bench() -> AssemblyBench { AssemblyBench { _ in } }

    private func bytes(_ capture: Int, _ index: Int) -> [UInt8] { [UInt8(capture), UInt8(index), 7, 7, 7, 7] }

    @Test("opens, completes and gives up nothing again, under the same packet identifiers")
    func once() {
        let bench = bench()
        func send(_ capture: Int, _ index: Int, packet: UInt16) -> Outcome {
            bench.accept("cam", "shot-\(capture)", index, of: 3, bytes(capture, index), packet: packet)
        }
        // Five captures that lack a chunk: the fifth gives up the first.
        var packet: UInt16 = 0
        for capture in 0..<5 {
            for index in 0..<2 {
                packet += 1
                _ = send(capture, index, packet: packet)
            }
        }
        let before = bench.assembler.openCaptures().map(\.imageID)
        bench.assembler.connectionBegan(isResumed: true, now: bench.now)
        packet = 0
        for capture in 0..<5 {
            for index in 0..<2 {
                packet += 1
                let outcome = send(capture, index, packet: packet)
                #expect(outcome.disposition == .repeated && outcome.capture == nil, "capture \(capture), chunk \(index)")
            }
        }
        #expect(bench.assembler.openCaptures().map(\.imageID) == before)
        let last = send(4, 2, packet: 11)
        #expect(last.completed)
    }

    @Test("is judged by what it says under other identifiers, without a session, at QoS 0, and behind what did not come before")
    func others() {
        func outcome(isResumed: Bool, packet: UInt16, first: UInt16 = 1, between: Int = 0) -> Outcome.Disposition {
            let bench = bench()
            _ = bench.accept("cam", "a", 0, of: 3, bytes(1, 0), packet: first)
            bench.assembler.connectionBegan(isResumed: isResumed, now: bench.now)
            for number in 0..<between { _ = bench.accept("other", "b-\(number % 200)", 0, of: 3, bytes(2, number % 200), packet: 0) }
            return bench.accept("cam", "a", 0, of: 3, bytes(1, 0), packet: packet).disposition
        }
        #expect(outcome(isResumed: true, packet: 1) == .repeated)
        #expect(outcome(isResumed: true, packet: 2) == .noted)
        #expect(outcome(isResumed: false, packet: 1) == .noted)
        #expect(outcome(isResumed: true, packet: 0, first: 0) == .noted)
        #expect(outcome(isResumed: true, packet: 1, between: 1) == .noted)
    }

    @Test("is known for few more messages than may be unacknowledged, for identifiers are used again")
    func bounded() {
        var recent = RecentMessages(window: 4)
        for number in 0..<20 { recent.add(UInt64(number), packet: UInt16(number + 1), of: CameraID(record: number % 3)) }
        let known = (0..<20).filter { recent.contains(UInt64($0), packet: UInt16($0 + 1), of: CameraID(record: $0 % 3)) }
        #expect(known == Array(4..<20))
        recent.forget(CameraID(record: 0))
        #expect(!recent.contains(15, packet: 16, of: CameraID(record: 0)) && recent.contains(16, packet: 17, of: CameraID(record: 1)))
    }
}
