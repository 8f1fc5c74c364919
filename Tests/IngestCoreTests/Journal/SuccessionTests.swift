import Foundation
import Testing

@testable import IngestCore

/// Captures that begin with the chunks of the one before, by the thousand, and what a journal makes of them.
@Suite("Sessions that follow from each other")
struct SuccessionTests {
    /// Runs `body` on a stack as small as the intake thread's.
    private func onSmallStack(_ body: @escaping @Sendable () -> Void) {
        let done = DispatchSemaphore(value: 0)
        let thread = Thread {
            body()
            done.signal()
        }
        thread.stackSize = 512 << 10
        thread.start()
        done.wait()
    }

    @Test("are replayed on a small stack, and the last goes on")
    func chain() {
        onSmallStack {
            let world = SessionWorld(Assembler.Limits(), seed: 1)
            for number in 0..<3000 {
                world.send("cam", 0, of: 3, [1, 1, 1])
                world.send("cam", 1, of: 3, Array("b\(number)".utf8))
            }
            world.crash()
            world.send("cam", 2, of: 3, [3, 3])
            #expect(world.bench.stored == [[1, 1, 1] + Array("b2999".utf8) + [3, 3]])
        }
    }

    @Test("are read from a journal of version 1.0 too, where each had a number of its own")
    func formerChain() throws {
        onSmallStack {
            var replay = JournalReplay(ringCapacity: 8)
            var sequence: UInt64 = 0
            func add(_ record: JournalRecord) {
                sequence += 1
                let place = JournalPlace(segment: 1, offset: Int(sequence), length: 1)
                replay.add(record, JournalSequence(number: sequence), at: place)
            }
            let links: UInt64 = 20_000
            add(.chunk(Self.chunk(of: 1, 0, isKept: true)))
            for number in 1...links {
                add(.chunk(Self.chunk(of: number, 0, isKept: false)))
                add(.succeeded(old: number, new: number + 1, inherited: 1))
                add(.chunk(Self.chunk(of: number + 1, 1, isKept: true)))
            }
            let findings = replay.findings()
            #expect(findings.captures.count == 1 && findings.unrestorable.isEmpty)
            let last = findings.captures.first
            #expect(last?.number == links + 1 && last?.chunks.map(\.index) == [0, 1] && last?.chunks.allSatisfy(\.isKept) == true)
            // Without any of the records that say so, chunk 0 would not be found after they were carried.
            #expect(last?.others.count == Int(links))
        }
    }

    @Test("end together, however many there were")
    func formerChainEnded() {
        var replay = JournalReplay(ringCapacity: 8)
        for number in UInt64(1)...20_000 {
            let place = JournalPlace(segment: 1, offset: 0, length: 1)
            replay.add(.succeeded(old: number, new: number + 1, inherited: 1), JournalSequence(number: 2 * number), at: place)
            let end = JournalRecord.ended(capture: number + 1, .otherwise, camera: nil, tag: 0)
            replay.add(end, JournalSequence(number: 2 * number + 1), at: place)
        }
        #expect(replay.findings().captures.isEmpty)
    }

    @Test("cost the journal no more than one: what it must keep does not grow")
    func ledger() {
        var ledger = JournalLedger()
        ledger.began(1, bytes: 1 << 20)
        func place(_ offset: Int) -> JournalPlace { JournalPlace(segment: 1, offset: offset, length: 10) }
        ledger.chunk(7, index: 0, isKept: true, isRepeat: false, at: place(0))
        ledger.chunk(7, index: 1, isKept: true, isRepeat: false, at: place(10))
        for link in 1..<2000 {
            ledger.chunk(7, index: 0, isKept: false, isRepeat: true, at: place(20 * link))
            ledger.chunk(7, index: 1, isKept: true, isRepeat: false, dropped: [1...2], at: place(20 * link + 10))
            #expect(ledger.live == 20)
        }
        #expect(ledger.place(of: 7, index: 0) == place(0))
        ledger.ended(7)
        #expect(ledger.live == 0)
    }

    @Test("a successor with fewer chunks than it inherits takes as many as it can have")
    func shorter() {
        var replay = JournalReplay(ringCapacity: 8)
        let place = JournalPlace(segment: 1, offset: 0, length: 1)
        for index in 0..<3 {
            replay.add(.chunk(Self.chunk(of: 1, index, isKept: true)), JournalSequence(number: UInt64(index + 1)), at: place)
        }
        replay.add(.succeeded(old: 1, new: 2, inherited: 3), JournalSequence(number: 4), at: place)
        var chunk = Self.chunk(of: 2, 0, isKept: false)
        (chunk.total, chunk.state.runNext) = (1, 1)
        replay.add(.chunk(chunk), JournalSequence(number: 5), at: place)
        var assembler = Assembler(Assembler.Limits())
        _ = assembler.restore(replay.findings(), now: Instant(sinceBoot: .seconds(5)))
        #expect(assembler.problems().isEmpty)
    }

    static func chunk(of capture: UInt64, _ index: Int, isKept: Bool) -> JournaledChunk {
        var state = CaptureState()
        state.runNext = index + 1
        return JournaledChunk(
            capture: capture, camera: CameraUID("cam")!, topic: "t", imageID: "name \(capture)", source: .gateway, index: index, total: 3,
            shape: ChunkShape(middle: 3), digest: UInt64(index), isKept: isKept, remembered: nil, packet: 0, state: state,
            arrived: Timestamp(milliseconds: 1), data: 0..<0)
    }
}
