@testable import IngestCore

/// Writes what happens on a bench as the journal's records, and brings the bench back from them.
final class JournalRecorder {
    private let seed: UInt64
    private var random: Seeded
    private var buffer = JournalBuffer(salt: 7, capacity: 1 << 16)
    private var sequence: UInt64 = 0
    private var told = 0

    init(seed: UInt64) {
        self.seed = seed
        random = Seeded(seed &+ 99)
    }

    private func next() -> UInt64 {
        sequence += 1
        return sequence
    }

    func accepted(_ outcome: Outcome, _ uid: String, _ index: Int, of total: Int, _ bytes: [UInt8], packet: UInt16, _ bench: AssemblyBench)
    {
        noteEnds(bench)
        let remembered = bench.assembler.remembered
        let isKept = outcome.disposition == .taken
        if isKept || outcome.disposition == .noted, let handle = outcome.capture, let it = bench.assembler.takeJournalState(of: handle) {
            let chunk = ChunkRecord(
                handle, topic: Array("t".utf8), imageID: it.imageID, it.source, index: index, of: total, ChunkShape(middle: bytes.count),
                digest: AssemblyBench.digest(bytes), it.state, isKept: isKept, isRepeat: false, remembered: remembered, packet: packet,
                arrived: Timestamp(milliseconds: 5))
            buffer.beginChunk(chunk, of: it.camera, next())
            if isKept { buffer.append(contentsOf: bytes) }
            _ = buffer.end(TestChecksum.self)
        } else if let remembered {
            _ = buffer.write(remembered, of: CameraUID(uid)!, next(), TestChecksum.self)
        }
        noteMoved(bench)
    }

    /// Captures that moved on without a chunk of theirs.
    func noteMoved(_ bench: AssemblyBench) {
        while let memory = bench.assembler.takeRewrittenMemory() { _ = buffer.write(memory, next(), TestChecksum.self) }
        for moved in bench.assembler.moved {
            guard let it = bench.assembler.takeJournalState(of: moved) else { continue }
            _ = buffer.write(it.state, of: moved.serial, next(), TestChecksum.self)
        }
    }

    func noteEnds(_ bench: AssemblyBench) {
        for gone in bench.abandoned.dropFirst(told) {
            if bench.assembler.owner(of: gone.handle) == nil {
                _ = buffer.write(ended: gone.handle.serial, gone.end, camera: gone.camera, tag: gone.tag, next(), TestChecksum.self)
            }
        }
        told = bench.abandoned.count
    }

    /// Around the finishing of a picture.
    func finishing(_ handle: CaptureHandle, _ bench: AssemblyBench, _ finish: () -> Void) {
        guard let source = bench.assembler.complete(handle)?.source,
            let owner = bench.assembler.owner(of: handle),
            let completion = bench.assembler.completion(of: handle)
        else { return finish() }
        finish()
        if let picture = bench.pictures.last, picture.verdict == .new {
            let checksum = AssemblyBench.checksum(picture.bytes).bytes
            let record = Picture(
                camera: owner.camera, imageID: picture.imageID, imageIDSource: source, topic: "t", recordedAt: Timestamp(milliseconds: 1),
                size: picture.bytes.count, chunks: 1, sha256: Hex.lower(checksum), contentType: .unknown, bucket: "b", key: "k")
            let journaled = JournaledPicture(
                capture: handle.serial, picture: record, distinctKey: "d", checksum: checksum, completed: completion.completed,
                messages: completion.messages)
            _ = buffer.write(journaled, next(), TestChecksum.self)
        }
        _ = buffer.write(ended: handle.serial, .released, camera: owner.camera, tag: owner.tag, next(), TestChecksum.self)
    }

    /// The bench's assembler is gone; another one takes up what the records say.
    func crash(_ bench: AssemblyBench, _ limits: Assembler.Limits) {
        noteEnds(bench)
        if random.chance(30) { checkpoint(bench) }
        let before = bench.assembler.journalSnapshot
        let ticks = bench.assembler.ticks(at: bench.now)
        _ = buffer.write(clock: ticks, nextCapture: bench.assembler.nextCaptureNumber, next(), TestChecksum.self)
        var replay = JournalReplay(ringCapacity: limits.receiveMaximum)
        let scanner = JournalScanner(salt: 7)
        var position = 0
        let bytes = buffer.bytes
        while case .record(let kind, let sequence, let record) = scanner.next(
            in: bytes.span, at: position, left: bytes.count, TestChecksum.self)
        {
            let body = bytes.span.extracting(record.lowerBound + JournalFormat.recordHeader..<record.upperBound)
            let place = JournalPlace(segment: 1, offset: record.lowerBound, length: record.count)
            let content = JournalRecord(kind, body)
            require(content != nil, "seed \(seed): a \(kind) record that cannot be read")
            if let content { replay.add(content, sequence, at: place) }
            position = record.upperBound
        }
        require(position == bytes.count, "seed \(seed)")
        let findings = replay.findings()
        require(findings.unrestorable.isEmpty, "seed \(seed)")
        told = 0
        bench.replaceAssembler(limits)
        let handles = bench.assembler.restore(findings, now: bench.now)
        require(handles.map(\.serial) == findings.captures.map(\.number), "seed \(seed): others than the journal's captures")
        let after = bench.assembler.journalSnapshot
        for line in before where !after.contains(line) {
            require(
                false,
                "seed \(seed): lost: \(line)\nthere is: \(after.filter { $0.prefix(16) == line.prefix(16) }.joined(separator: "\n"))")
        }
        require(before.count == after.count, "seed \(seed)")
        bench.checkInvariants("after a crash, seed \(seed)")
    }

    private func checkpoint(_ bench: AssemblyBench) {
        bench.assembler.forEachMemory { _ = buffer.write($0, next(), TestChecksum.self) }
    }
}

extension Assembler {
    /// Everything that must be the same after a restart, a line each.
    var journalSnapshot: [String] {
        var lines: [String] = []
        for capture in captures.all where captures[capture].isOpen {
            let it = captures[capture]
            let slots = (0..<it.total).map { index in
                let slot = slot(capture, index)
                return slot.isSeen
                    ? "\(slot.digest % 1000)\(slot.isKept ? "k" : "")\(slot.marks.isEmpty ? "" : "m\(slot.marks.rawValue >> 9)")" : "-"
            }
            lines.append(
                "capture \(it.serial) of \(cameras[it.camera].uid) \(it.imageID) \(it.source) \(slots) echo \(it.isEcho) of \(it.echoOf) reported \(it.isReported) doomed \(it.isDoomed) tag \(it.tag) run \(it.runNext) from \(it.runStarted) \(it.state) past \(it.marks.doubtful > 0 ? it.past : 0) needs \(it.needs) of \(it.needs.isEmpty ? 0 : it.successor) elder \(it.isElder) back \(it.isRewound) touched \(it.state == .waiting ? 0 : it.touched)"
            )
        }
        forEachMemory { memory in
            var entered: [String] = []
            memory.history.forEach { entered.append("\($0.key % 1000)/\($0.tag)/\($0.fate)") }
            let pending = memory.history.pending.map { "\($0.key % 1000)/\($0.tag)/\($0.fate)" }
            let finished = memory.finished.map { "\($0.checksum[0])/\($0.idHash)/\($0.completed)/\($0.message)" }
            lines.append(
                "camera \(memory.camera) heard \(memory.heard) \(entered) pending \(pending) to \(memory.history.end) reading \(memory.history.reading ?? -1) \(finished)"
            )
        }
        return lines.sorted()
    }
}
