import Testing

@testable import IngestCore

/// What a disk, or somebody with an editor, may have left in a record whose checksum is right.
@Suite("The ranges of a record's fields")
struct JournalRangesTests {
    private func body(_ kind: JournalFormat.Kind, _ write: (inout JournalBuffer) -> Void) -> JournalRecord? {
        var buffer = JournalBuffer(salt: 1, capacity: 100)
        buffer.begin(kind, sequence: 1)
        write(&buffer)
        _ = buffer.end(TestChecksum.self)
        return JournalRecord(kind, buffer.bytes.span.extracting(JournalFormat.recordHeader..<buffer.count))
    }

    @Test("of a chunk are checked where it is read")
    func chunks() {
        let bad: [(inout JournaledChunk) -> Void] = [
            { $0.capture = .max }, { $0.capture = 1 << 62 }, { $0.state.touched = .max }, { $0.state.touched = .min },
            { $0.state.runStarted = .max }, { $0.arrived = Timestamp(milliseconds: .max) }, { $0.arrived = Timestamp(milliseconds: -1) },
            { $0.total = 65_537 }, { $0.total = 1 }, { $0.total = 0 }, { $0.state.runNext = 4 }, { $0.state.doubtful = [3] },
            { $0.state.needs = [3] },
        ]
        for (number, change) in bad.enumerated() { #expect(read(change) == nil, "case \(number)") }
        #expect(read { _ in } != nil)
    }

    private func read(_ change: (inout JournaledChunk) -> Void) -> JournalRecord? {
        var it = SuccessionTests.chunk(of: 1, 1, isKept: false)
        change(&it)
        var buffer = JournalBuffer(salt: 1, capacity: 100)
        let chunk = ChunkRecord(
            CaptureHandle(serial: it.capture, record: CaptureID(record: 0)), topic: Array("t".utf8), imageID: "i", .gateway,
            index: it.index, of: it.total,
            it.shape, digest: 1, it.state, isKept: false, isRepeat: false, remembered: nil, packet: 0, arrived: it.arrived)
        buffer.beginChunk(chunk, of: it.camera, 1)
        _ = buffer.end(TestChecksum.self)
        return JournalRecord(.chunk, buffer.bytes.span.extracting(JournalFormat.recordHeader..<buffer.count))
    }

    @Test("of every other kind are checked where it is read")
    func others() {
        #expect(
            body(.clock) {
                $0.put(Int64.max); $0.put(UInt64(1))
            } == nil)
        #expect(
            body(.clock) {
                $0.put(Int64(1)); $0.put(UInt64.max)
            } == nil)
        #expect(
            body(.clock) {
                $0.put(Int64(1)); $0.put(UInt64(1))
            } != nil)
        #expect(
            body(.succeeded) {
                $0.put(UInt64(2)); $0.put(UInt64(2)); $0.put(UInt32(1))
            } == nil)
        #expect(
            body(.succeeded) {
                $0.put(UInt64(2)); $0.put(UInt64.max); $0.put(UInt32(1))
            } == nil)
        #expect(
            body(.succeeded) {
                $0.put(UInt64(2)); $0.put(UInt64(3)); $0.put(UInt32.max)
            } == nil)
        #expect(
            body(.ended) {
                $0.put(UInt64.max); $0.put(UInt8(0)); $0.put(UInt32(0))
            } == nil)
        #expect(
            body(.ended) {
                $0.put(UInt64(1)); $0.put(UInt8(9)); $0.put(UInt32(0))
            } == nil)
        #expect(
            body(.formerArrival) {
                $0.put(UInt64(1)); $0.put(UInt16(1)); $0.put(UInt8(4)); $0.put(UInt16(1)); $0.put("c")
            } == nil)
        #expect(
            body(.formerCamera) {
                $0.put(Int64(-1)); $0.put(UInt16(1)); $0.put(UInt16(1)); $0.put(UInt64(0)); $0.put("c")
            } == nil)
        #expect(
            body(.formerCamera) {
                $0.put(Int64(1)); $0.put(UInt16(1)); $0.put(UInt16(1)); $0.put(UInt64(0)); $0.put("c")
            } != nil)
        #expect(
            body(.state) {
                $0.put(UInt64(1)); $0.put(Int64.max); $0.put(Int64(0)); for _ in 0..<4 { $0.put(UInt32(0)) }
            } == nil)
    }

    @Test("of a record's header too: a number that nothing can follow is damage")
    func sequences() {
        var buffer = JournalBuffer(salt: 1, capacity: 100)
        buffer.proven = .max - 2
        _ = buffer.write(clock: 1, nextCapture: 1, .max, TestChecksum.self)
        let finding = JournalScanner(salt: 1).next(in: buffer.bytes.span, at: 0, left: buffer.count, TestChecksum.self)
        #expect(finding == .damage(0..<buffer.count))
    }
}
