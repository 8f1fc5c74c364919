import Clients
import IngestCore
import Platform

/// What the journal is told.
extension Journal {
    /// A record as it was made.
    /// - Parameter append: hands over the bytes of a chunk that is kept, in pieces.
    func write(_ record: CaptureRecord, of camera: CameraUID, now: Instant, append: (inout JournalBuffer) -> Void = { _ in }) {
        switch record {
        case .chunk(let chunk): write(chunk, of: camera, now: now, append: append)
        case .arrival(let message): arrival(message, of: camera, now: now)
        case .state(let state, let capture): self.state(state, of: capture.serial, now: now)
        case .notes(let notes, let capture): self.notes(notes, of: capture.serial, now: now)
        case .picture(let picture): finished(picture, now: now)
        case .tally(let fate, let place, let capture): tally(fate, at: place, of: capture, now: now)
        case .ended(let capture, let end, let tag): ended(capture, end, of: tag.map { (camera, $0) }, now: now)
        case .memory(let memory): self.memory(memory, now: now)
        }
    }

    private func write(_ chunk: ChunkRecord, of camera: CameraUID, now: Instant, append: (inout JournalBuffer) -> Void) {
        sequence += 1
        buffer.beginChunk(chunk, of: camera, sequence)
        if chunk.isKept { append(&buffer) }
        if waitingSince == nil { waitingSince = now }
        newestChunk = sequence
        let place = place(buffer.end(CRC32.self), now: now)
        ledger.chunk(
            chunk.capture.serial, index: chunk.index, isKept: chunk.isKept, isRepeat: chunk.isRepeat, dropped: chunk.state.dropped,
            at: place)
    }

    /// - Parameter owner: its camera, and its tag in the camera's ring; nil leaves what is remembered as it is.
    func ended(_ capture: UInt64, _ end: CaptureEnd, of owner: (camera: CameraUID, tag: UInt16)?, now: Instant) {
        sequence += 1
        _ = place(buffer.write(ended: capture, end, camera: owner?.camera, tag: owner?.tag ?? 0, sequence, CRC32.self), now: now)
        ledger.ended(capture)
    }

    /// How a capture stands, where no chunk of its own says so.
    func state(_ state: CaptureState, of capture: UInt64, now: Instant) {
        sequence += 1
        ledger.state(capture, dropped: state.dropped, at: place(buffer.write(state, of: capture, sequence, CRC32.self), now: now))
    }

    func finished(_ picture: JournaledPicture, now: Instant) {
        sequence += 1
        ledger.other(picture.capture, at: place(buffer.write(picture, sequence, CRC32.self), now: now))
    }

    /// Its upload begins before its chunks are written, or after its row was.
    func begun(_ picture: JournaledPicture, isStored: Bool = false, now: Instant) {
        sequence += 1
        _ = place(buffer.write(begun: picture, isStored: isStored, sequence, CRC32.self), now: now)
    }

    func finished(_ capture: FinishedCapture, now: Instant) {
        sequence += 1
        _ = place(buffer.write(capture, sequence, CRC32.self), now: now)
    }

    /// Messages of one camera, in their order.
    func arrivals(_ messages: [Remembered], of camera: CameraUID, now: Instant) {
        sequence += 1
        _ = place(buffer.write(messages, of: camera, sequence, CRC32.self), now: now)
    }

    /// To be written before the record of the capture's end, or of how it goes on, which makes it count; 0 for no capture of the journal's, and
    /// the `Account.key` of an entry that left the spool.
    func tally(_ fate: Account.Fate, at place: Account.Place, of capture: UInt64, now: Instant) {
        sequence += 1
        _ = self.place(buffer.write(tally: fate, at: place, of: capture, sequence, CRC32.self), now: now)
    }

    func archived(_ generation: UInt64, but hour: Int64?, now: Instant) {
        sequence += 1
        _ = place(buffer.write(archived: generation, but: hour, sequence, CRC32.self), now: now)
    }

    /// All counts so far: older segments are not needed for them.
    func account(_ account: Account, now: Instant) {
        for (place, counts) in account.counts {
            sequence += 1
            _ = self.place(buffer.write(counts, at: place, generation: account.generation, sequence, CRC32.self), now: now)
        }
        var left = Array(account.left)[...]
        while !left.isEmpty {
            sequence += 1
            _ = place(buffer.write(left: left.prefix(512), sequence, CRC32.self), now: now)
            left = left.dropFirst(512)
        }
        archived(account.generation, but: nil, now: now)
    }

    /// To be written before the chunk that brought it: a crash between the two brings that chunk again.
    func notes(_ notes: CaptureNotes, of capture: UInt64, now: Instant) {
        sequence += 1
        ledger.notes(capture, at: place(buffer.write(notes, of: capture, sequence, CRC32.self), now: now))
    }

    /// A message that is no news to anybody, but stands in its camera's history.
    func arrival(_ message: Remembered, of camera: CameraUID, now: Instant) {
        sequence += 1
        _ = place(buffer.write(message, of: camera, sequence, CRC32.self), now: now)
    }

    func memory(_ memory: JournaledMemory, now: Instant) {
        sequence += 1
        _ = place(buffer.write(memory, sequence, CRC32.self), now: now)
    }

    func clock(_ assembler: borrowing Assembler, now: Instant) {
        sequence += 1
        let range = buffer.write(clock: assembler.ticks(at: now), nextCapture: assembler.nextCaptureNumber, sequence, CRC32.self)
        _ = place(range, now: now)
    }

    func place(_ range: Range<Int>, now: Instant) -> JournalPlace {
        if newsSince == nil { newsSince = now }
        committedAt = nil
        return JournalPlace(segment: current, offset: base + range.lowerBound, length: range.count)
    }
}
