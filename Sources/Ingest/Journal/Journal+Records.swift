import Clients
import IngestCore
import Platform

/// What the journal is told.
extension Journal {
    /// One chunk that was accepted.
    /// - Parameter append: hands over its bytes, if they are kept, in pieces.
    func chunk(
        of handle: CaptureHandle, camera: CameraUID, topic: Span<UInt8>, imageID: String, source: ImageIDSource, index: Int, total: Int,
        shape: ChunkShape, digest: UInt64, state: CaptureState, isKept: Bool, isRepeat: Bool, remembered: Remembered?,
        packet: UInt16, arrived: Timestamp, now: Instant,
        append: (inout JournalBuffer) -> Void
    ) {
        sequence += 1
        buffer.beginChunk(
            sequence, capture: handle, camera: camera, topic: topic, imageID: imageID, source: source, index: index, total: total,
            shape: shape, digest: digest, state: state, arrived: arrived, dataCount: isKept ? shape.storedBytes : 0, isKept: isKept,
            remembered: remembered, packet: packet)
        if isKept { append(&buffer) }
        if waitingSince == nil { waitingSince = now }
        let place = place(buffer.end(CRC32.self), now: now)
        ledger.chunk(handle.serial, index: index, isKept: isKept, isRepeat: isRepeat, dropped: state.dropped, at: place)
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

    /// To be written before the record of the capture's end, or of how it goes on, which makes it count; 0 for no capture of the journal's.
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
