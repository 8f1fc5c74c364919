import Testing

@testable import IngestCore

extension CaptureState {
    fileprivate var keepingNothing: Self {
        var state = self
        state.keepsNothing = true
        return state
    }
}

@Suite("The journal's records")
struct JournalScannerTests {
    private static let camera = CameraUID("cam7")!
    private static var remembered: Remembered {
        Remembered(message: message, isNews: false, isStray: true, endsReading: true, stepsBack: true, readsAnew: true, heard: 44)
    }
    private static let message = CameraMemory.Message(key: 5, tag: 6, fate: 1, packet: 700)

    private static var memory: JournaledMemory {
        var memory = JournaledMemory(camera: camera)
        let entered = [message, CameraMemory.Message(key: 8, tag: 9, fate: 0x82)]
        memory.history = MessageHistory(entered, end: 50, pending: [message], reading: 48, capacity: 2)
        memory.heard = 17
        return memory
    }

    private static var state: CaptureState {
        var state = CaptureState()
        state.runNext = 3
        state.doubtful = [2, 3]
        state.ahead = [4]
        state.again = [0]
        state.inherited = [1]
        state.needs = [0, 4]
        (state.successor, state.past, state.isElder, state.isRewound) = (43, 12, true, true)
        state.dropped = [1...2, 4...4]
        state.tag = 9
        state.echoOf = [4, 5]
        state.isEcho = true
        state.runStarted = -5
        state.touched = 77
        return state
    }

    private func records() -> [UInt8] {
        var buffer = JournalBuffer(salt: 0x1122_3344_5566_7788, capacity: 1000)
        let camera = Self.camera
        var state = Self.state
        let chunk = ChunkRecord(
            CaptureHandle(serial: 42, record: CaptureID(record: 0)), topic: Array("camera/cam7/image_json".utf8), imageID: "id", .camera,
            index: 2, of: 5,
            ChunkShape(head: 4, headPadding: 1, middle: 2, rest: 1, restPadding: 2), digest: 99, state, isKept: true, isRepeat: false,
            remembered: Self.remembered, packet: 512, arrived: Timestamp(milliseconds: 123))
        #expect(chunk.dataCount == 6)
        buffer.beginChunk(chunk, of: camera, 1)
        buffer.append(contentsOf: [1, 2, 3, 4, 5, 6])
        _ = buffer.end(TestChecksum.self)
        _ = buffer.write(ended: 7, .superseded, camera: camera, tag: 3, 2, TestChecksum.self)
        buffer.begin(.succeeded, sequence: 3)
        buffer.put(UInt64(8))
        buffer.put(UInt64(9))
        buffer.put(UInt32(4))
        _ = buffer.end(TestChecksum.self)
        state.keepsNothing = true
        _ = buffer.write(state, of: 42, 3, TestChecksum.self)
        _ = buffer.write(clock: 12, nextCapture: 13, 4, TestChecksum.self)
        _ = buffer.write(Self.remembered, of: camera, 5, TestChecksum.self)
        _ = buffer.write(Self.memory, 6, TestChecksum.self)
        return buffer.bytes
    }

    private func read(_ bytes: [UInt8]) -> (records: [JournalRecord], damaged: Int) {
        let scanner = JournalScanner(salt: 0x1122_3344_5566_7788)
        var found: [JournalRecord] = []
        var damaged = 0
        var position = 0
        while true {
            switch scanner.next(in: bytes.span, at: position, left: bytes.count, TestChecksum.self) {
            case .end: return (found, damaged)
            case .needsMore:
                Issue.record("needs more than there is")
                return (found, damaged)
            case .damage(let range):
                damaged += range.count
                position = range.upperBound
            case .record(let kind, _, let record):
                let body = bytes.span.extracting(record.lowerBound + JournalFormat.recordHeader..<record.upperBound)
                if let record = JournalRecord(kind, body) { found.append(record) }
                position = record.upperBound
            }
        }
    }

    @Test("are read as they were written")
    func roundTrip() throws {
        let (found, damaged) = read(records())
        #expect(damaged == 0)
        guard case .chunk(let chunk)? = found.first else { throw CancellationError() }
        #expect(chunk.capture == 42 && chunk.camera.text == "cam7" && chunk.topic == "camera/cam7/image_json" && chunk.imageID == "id")
        #expect(chunk.shape == ChunkShape(head: 4, headPadding: 1, middle: 2, rest: 1, restPadding: 2) && chunk.digest == 99)
        #expect(chunk.state == Self.state)
        #expect(
            chunk.source == .camera && chunk.index == 2 && chunk.total == 5 && chunk.isKept && chunk.remembered?.isStray == true
                && chunk.data.count == 6
                && chunk.packet == 512)
        #expect(
            found.dropFirst() == [
                .ended(capture: 7, .superseded, camera: CameraUID("cam7"), tag: 3), .succeeded(old: 8, new: 9, inherited: 4),
                .state(capture: 42, chunk.state.keepingNothing),
                .clock(ticks: 12, nextCapture: 13), .arrival(Self.camera, Self.remembered), .camera(Self.memory),
            ])
    }

    @Test("cost themselves only, whichever byte is flipped")
    func flips() {
        let whole = records()
        let all = read(whole).records
        for index in whole.indices {
            for bit in [UInt8(1), 0x80] {
                var bytes = whole
                bytes[index] ^= bit
                let (found, damaged) = read(bytes)
                #expect(found.count == all.count - 1 && damaged > 0 && found.allSatisfy(all.contains), "byte \(index)")
            }
        }
    }

    @Test("before a cut are there, wherever it is")
    func cuts() {
        let whole = records()
        let all = read(whole).records
        for end in 0...whole.count {
            let found = read(Array(whole[..<end])).records
            #expect(found == Array(all.prefix(found.count)), "cut at \(end)")
            if end < whole.count { #expect(found.count < all.count) }
        }
    }

    @Test("are found in windows of any size")
    func windows() {
        let bytes = records()
        let scanner = JournalScanner(salt: 0x1122_3344_5566_7788)
        var (position, size, found) = (0, 1, 0)
        while position < bytes.count {
            let window = Array(bytes[position..<min(bytes.count, position + size)])
            switch scanner.next(in: window.span, at: 0, left: bytes.count - position, TestChecksum.self) {
            case .needsMore(let count):
                #expect(count > size)
                size = count
            case .record(_, _, let record):
                found += 1
                position += record.upperBound
                size = 1
            case .damage, .end:
                Issue.record("nothing is damaged")
                return
            }
        }
        #expect(found == 7)
    }
}
