import Clients
import IngestCore
import Platform
import Testing

@testable import Ingest

@Suite("The count of messages")
struct MessageCountTests {
    /// RFC 1952, with one stored block (RFC 1951).
    private static func gzipped(_ bytes: [UInt8]) -> [UInt8] {
        var sum = CRC32()
        sum.update(bytes.span)
        func little(_ value: some FixedWidthInteger) -> [UInt8] {
            (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let count = UInt16(bytes.count)
        return [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1] + little(count) + little(~count) + bytes + little(sum.value)
            + little(UInt32(bytes.count))
    }

    @Test("has a message once for which there was no room at first, plain or in gzip", arguments: [false, true])
    func full(isGzipped: Bool) throws {
        let bench = try JournalBench(seed: 1) { $0.intake.pool = 1 << 20 }
        #expect(bench.start())
        // Captures that stay incomplete, and whole ones that nobody stores: each needs room of its own.
        var messages: [JournalBench.Message] = []
        for number in 0..<60 {
            messages += JournalBench.messages("cam\(number)", JournalBench.picture(number, 40_000), chunk: 40_000, imageID: "i\(number)")
        }
        let line = bench.line
        var (fulls, packet, released) = (0, UInt16(0), 0)
        var ready: [IntakePipeline.Ready] = []
        for (number, message) in messages.enumerated() {
            let payload = isGzipped ? Self.gzipped(message.payload) : message.payload
            func take() -> ChunkIntake.Fate { line.take(topic: message.topic.span, payload: payload.span, packet: packet, now: bench.now) }
            packet += 1
            var fate = take()
            if fate == .full {
                fulls += 1
                #expect(take() == .full, "nothing has changed")
                #expect(line.intake.figures.messages == number)
                // Room: what came before is stored.
                line.finishWhole(now: bench.now)
                bench.advance(.seconds(6))
                ready += try line.commit(isAwaited: true, now: bench.now)
                for item in ready {
                    line.release(item.capture, as: PictureEnd(.stored, item.picture.camera, item.picture.recordedAt), now: bench.now)
                }
                released += ready.count
                ready = []
                fate = take()
            }
            guard case .settled = fate else {
                Issue.record("message \(number) has no room")
                return
            }
            #expect(line.intake.figures.messages == number + 1)
            #expect(line.intake.figures.rejected.values.reduce(0, +) == 0)
        }
        #expect(fulls > 0 && released > 0, "the pool was too small for all")
    }
}
