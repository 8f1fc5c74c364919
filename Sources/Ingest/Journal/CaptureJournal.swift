import Clients
import IngestCore
import Platform

/// What is written of captures, and when: at once, or only where an acknowledgement would wait for too long (`AcknowledgementLedger`).
/// Used by the intake thread alone.
///
/// ```
///                      at once                     withheld
/// a chunk comes        written with its bytes      its record is kept in mind; the pool has its bytes, the broker its message
/// the picture is whole its record                  `begun`: name, key and moment
/// it has its row       `ended`                     `ended`, then of its messages what is remembered of them, and `finished`
/// it takes too long                                the chunks' records as they were made, with their bytes; of a picture that is whole
///                                                  its bytes, cut anew, and its record, and then what is remembered of its messages
/// ```
final class CaptureJournal {
    typealias Reason = AcknowledgementLedger<CaptureRecord>.Reason

    /// A picture whose upload has begun, and of which no chunk is written.
    private struct Delivering {
        let handle: CaptureHandle
        let picture: JournaledPicture
        let bytes: PoolBytes
    }

    let journal: Journal
    private let memory: PoolMemory
    private var ledger = AcknowledgementLedger<CaptureRecord>()
    private var delivering: [UInt64: Delivering] = [:]
    /// Why chunks are written as they come; nil while they are withheld.
    private(set) var writesThrough: Reason? = .always
    /// How many captures were written, by reason.
    private(set) var writes: [Reason: Int] = [:]
    /// Something was written for whose sake the disk should be waited for.
    private(set) var isUrgent = false
    /// Civil time: that of the present batch.
    var moment = Timestamp(milliseconds: 0)
    /// Cameras with captures in doubt, to be written.
    private var doubtful: [CameraUID] = []

    init(_ journal: Journal, memory: PoolMemory) {
        self.journal = journal
        self.memory = memory
    }

    // MARK: What comes

    /// - Parameters:
    ///   - capture: of a chunk's record, or of one that belongs to a capture as that does.
    ///   - append: hands over the bytes of the chunk that was just accepted.
    func add(
        _ record: CaptureRecord, of camera: CameraUID, capture: CaptureHandle? = nil, _ assembler: inout Assembler, now: Instant,
        append bytes: (inout JournalBuffer) -> Void = { _ in }
    ) {
        let isWritten = capture.map { assembler.isJournaled($0) } ?? false
        // What is behind a capture that is not written cannot wait for it: its bytes may be elsewhere by then.
        if isWritten, ledger.withholds(camera) { writeAll(of: camera, .order, &assembler, now: now) }
        if writesThrough == nil, ledger.withhold(record, of: capture?.serial ?? 0, camera, isWritten: isWritten, now: now) { return }
        if let capture, case .chunk = record { count(capture, writesThrough ?? .always, &assembler) }
        journal.write(record, of: camera, now: now, append: bytes)
    }

    private func count(_ capture: CaptureHandle, _ reason: Reason, _ assembler: inout Assembler) {
        guard !assembler.isJournaled(capture) else { return }
        assembler.journaled(capture)
        writes[reason, default: 0] += 1
    }

    /// A message that awaits its acknowledgement did what it did.
    /// - Parameter camera: nil for one that did nothing.
    func took(_ camera: CameraUID?, now: Instant) { ledger.took(camera, sequence: journal.newestChunk, now: now) }

    /// The picture is whole. It may be uploaded once the journal is committed.
    func finished(_ picture: JournaledPicture, _ bytes: PoolBytes, of capture: CaptureHandle, _ assembler: inout Assembler, now: Instant) {
        let camera = picture.picture.camera
        if assembler.isJournaled(capture) {
            // Its name must be there before its upload, and what is remembered of it in its turn.
            if ledger.withholds(camera) { journal.begun(picture, now: now) }
            return add(.picture(picture), of: camera, &assembler, now: now)
        }
        if writesThrough == nil {
            journal.begun(picture, now: now)
            delivering[capture.serial] = Delivering(handle: capture, picture: picture, bytes: bytes)
        }
        add(.picture(picture), of: camera, capture: capture, &assembler, now: now)
        ledger.completed(capture.serial)
    }

    /// The picture is stored, or spooled, or a repeat.
    /// - Parameter owner: its camera, and its tag in the camera's history.
    func released(_ capture: CaptureHandle, of owner: (camera: CameraUID, tag: UInt16)?, _ assembler: inout Assembler, now: Instant) {
        journal.ended(capture.serial, .released, of: owner, now: now)
        delivering[capture.serial] = nil
        guard let owner else { return }
        ended(capture.serial, .init(fate: .released, tag: owner.tag), of: owner.camera, now: now)
    }

    /// The capture was given up.
    func abandoned(_ capture: AbandonedCapture, _ assembler: inout Assembler, now: Instant) {
        let number = capture.handle.serial
        delivering[number] = nil
        add(.ended(number, capture.end, tag: capture.tag), of: capture.camera, &assembler, now: now)
        ended(number, .init(fate: capture.end, tag: capture.tag), of: capture.camera, now: now)
    }

    private func ended(_ capture: UInt64, _ end: AcknowledgementLedger<CaptureRecord>.End, of camera: CameraUID, now: Instant) {
        ledger.ended(capture, end)
        guard ledger.mayWriteEnded(of: camera) else { return }
        var words = Words(journal, camera, now)
        ledger.writeEnded(of: camera, sequence: journal.sequence) { record, end in
            if let end { return words.add(record.rest(after: end)) }
            return words.add(record)
        }
        words.end()
    }

    /// Chunks of the camera may be another capture's: to be written once all records of the message are made.
    func doubtBegan(_ camera: CameraUID) { doubtful.append(camera) }

    func writeDoubtful(_ assembler: inout Assembler, now: Instant) {
        while let camera = doubtful.popLast() { writeAll(of: camera, .doubt, &assembler, now: now) }
    }

    /// The connection is gone: the broker sends again what was not acknowledged.
    func connectionLost() { ledger.connectionLost() }

    // MARK: What is due

    /// Goes on as `reason` says: nil withholds what comes, anything else writes it, and all that was withheld.
    func writeThrough(_ reason: Reason?, _ assembler: inout Assembler, now: Instant) {
        writesThrough = reason
        if let reason { writeEverything(reason, &assembler, now: now) }
    }

    func writeEverything(_ reason: Reason, _ assembler: inout Assembler, now: Instant) {
        guard !ledger.isEmpty else { return }
        for camera in ledger.withheldCameras { writeAll(of: camera, reason, &assembler, now: now) }
    }

    /// Writes what would wait for too long.
    /// - Parameter told: of each hold that was over, with the number of messages held then.
    func writeDue(
        _ limits: AcknowledgementLedger<CaptureRecord>.Limits, _ assembler: inout Assembler, now: Instant, told: (Int) -> Void = { _ in }
    ) {
        while let (camera, reason) = ledger.due(limits, now: now) {
            if reason == .hold { told(ledger.held) }
            writeAll(of: camera, reason, &assembler, now: now)
        }
    }

    func deadline(_ limits: AcknowledgementLedger<CaptureRecord>.Limits) -> Instant? { ledger.deadline(limits) }
    /// Since when the oldest message waits for the disk and nothing else.
    var awaitsDiskSince: Instant? { ledger.awaitsDiskSince(proven: journal.proven) }
    var held: Int { ledger.held }
    var withholdsNothing: Bool { ledger.isEmpty }

    /// How many of the first messages that await their acknowledgement may have it. Counts each once.
    func takeSafe() -> Int { ledger.takeSafe(proven: journal.proven) }

    func committed() { isUrgent = false }

    // MARK: Writing what was withheld

    /// Writes all that is withheld of a camera.
    func writeAll(of camera: CameraUID, _ reason: Reason, _ assembler: inout Assembler, now: Instant) {
        guard ledger.withholds(camera) else { return }
        isUrgent = true
        var words = Words(journal, camera, now)
        var complete: [UInt64: AcknowledgementLedger<CaptureRecord>.End] = [:]
        ledger.writeAll(of: camera, sequence: journal.sequence) { record, end in
            if let end { return words.add(record.rest(after: end)) }
            guard let capture = capture(of: record) else { return words.add(record) }
            if complete[capture.serial] == nil, case .chunk(let chunk) = record, let whole = assembler.complete(capture) {
                words.end()
                complete[capture.serial] = write(whole, chunk, reason, &assembler, now: now)
            }
            if let end = complete[capture.serial] {
                if case .chunk = record { return words.add(record.rest(after: end)) }
                return words.newest
            }
            words.end()
            write(record, of: camera, capture, reason, &assembler, now: now)
            return words.newest
        }
        words.end()
    }

    private func capture(of record: CaptureRecord) -> CaptureHandle? {
        switch record {
        case .chunk(let chunk): chunk.capture
        case .state(_, let capture), .notes(_, let capture): capture
        case .picture(let picture): delivering[picture.capture]?.handle
        case .arrival, .tally, .ended, .memory: nil
        }
    }

    /// A record of a capture that goes on, with the bytes that the pool has of it still.
    private func write(
        _ record: CaptureRecord, of camera: CameraUID, _ capture: CaptureHandle, _ reason: Reason, _ assembler: inout Assembler,
        now: Instant
    ) {
        count(capture, reason, &assembler)
        guard case .chunk(var chunk) = record, chunk.isKept else { return journal.write(record, of: camera, now: now) }
        guard let extents = assembler.extents(of: chunk.index, chunk.shape, chunk.digest, in: capture) else {
            // Its bytes are gone: a later record says so.
            chunk.isKept = false
            return journal.write(.chunk(chunk), of: camera, now: now)
        }
        journal.write(record, of: camera, now: now) { append(extents, to: &$0) }
        commitIfMuch(now: now)
    }

    /// Writes a picture that is complete: its bytes, and then its record, without which they are worth nothing.
    /// - Parameter record: of one of its chunks.
    /// - Returns: as what its messages are remembered.
    private func write(
        _ picture: CompleteCapture, _ record: ChunkRecord, _ reason: Reason, _ assembler: inout Assembler, now: Instant
    ) -> AcknowledgementLedger<CaptureRecord>.End? {
        guard let it = assembler.takeJournalState(of: picture.handle) else { return nil }
        count(picture.handle, reason, &assembler)
        let finished = delivering.removeValue(forKey: picture.handle.serial)
        var pieces = ChunkPieces(picture, finished: finished?.bytes)
        for index in 0..<picture.chunks {
            let piece = pieces.next()
            var chunk = ChunkRecord(
                picture.handle, topic: record.topic, imageID: it.imageID, it.source, index: index, of: picture.chunks, piece.shape,
                digest: 0, it.state, isKept: true, isRepeat: false, remembered: nil, packet: 0, arrived: moment)
            chunk.isCutAnew = finished != nil
            journal.write(.chunk(chunk), of: it.camera, now: now) {
                append(piece.extents, to: &$0)
                $0.append(contentsOf: repeatElement(0, count: piece.spare))
            }
            commitIfMuch(now: now)
        }
        if let finished { journal.write(.picture(finished.picture), of: it.camera, now: now) }
        return .init(fate: .released, tag: it.state.tag)
    }

    private func append(_ extents: [Extent], to buffer: inout JournalBuffer) {
        for extent in extents { unsafe memory.withUnsafeBytes(extent.range) { unsafe buffer.append(contentsOf: $0) } }
    }

    /// Many pictures at once must not fill the memory twice. What goes wrong is the journal's failure from now on.
    private func commitIfMuch(now: Instant) {
        guard journal.unsynced >= Journal.batch, journal.failure == nil else { return }
        try? journal.commit(now: now)
    }
}

/// What is written of a camera's messages in a row: what is remembered of them goes into one record.
private struct Words {
    private let journal: Journal
    private let camera: CameraUID
    private let now: Instant
    private var arrivals: [Remembered] = []

    init(_ journal: Journal, _ camera: CameraUID, _ now: Instant) { (self.journal, self.camera, self.now) = (journal, camera, now) }

    /// Of the newest record, once `end` was called.
    var newest: UInt64 { journal.sequence + (arrivals.isEmpty ? 0 : 1) }

    mutating func add(_ rest: CaptureRecord.Rest) -> UInt64 {
        switch rest {
        case .arrival(let message): arrivals.append(message)
        case .finished(let capture):
            end()
            journal.finished(capture, now: now)
        case .nothing: break
        }
        return newest
    }

    mutating func add(_ record: CaptureRecord) -> UInt64 {
        if case .arrival(let message) = record { return add(CaptureRecord.Rest.arrival(message)) }
        // Of one that has ended meanwhile, only what is remembered is of use.
        if case .picture(let picture) = record, !journal.ledger.holds(picture.capture) {
            return add(CaptureRecord.Rest.finished(FinishedCapture(picture)))
        }
        end()
        if case .tally(let fate, let place, let capture) = record, !journal.ledger.holds(capture) {
            // No record of that capture will be there to make it count.
            journal.tally(fate, at: place, of: 0, now: now)
        } else {
            journal.write(record, of: camera, now: now)
        }
        return newest
    }

    mutating func end() {
        guard !arrivals.isEmpty else { return }
        journal.arrivals(arrivals, of: camera, now: now)
        arrivals.removeAll(keepingCapacity: true)
    }
}

/// The bytes of a complete capture, chunk by chunk, in index order.
struct ChunkPieces {
    /// Of the text that a piece stands for, and where its bytes lie; `spare` bytes more belong to its shape and are none of the picture's.
    struct Piece {
        let shape: ChunkShape
        let extents: [Extent]
        let spare: Int
    }

    private let shapes: [ChunkShape]
    private let spare: Int
    private var cursor: ExtentCursor
    private var index = 0

    /// - Parameter finished: the picture, once its chunks are joined. Their seams are not what they were then, so it is cut into as many
    ///   pieces as there were chunks, all but the last of them of whole groups.
    init(_ capture: CompleteCapture, finished: PoolBytes?) {
        guard let finished else {
            shapes = capture.layout?.shapes ?? []
            cursor = ExtentCursor(capture.layout?.extents ?? [])
            spare = 0
            return
        }
        let each = finished.count / capture.chunks / 3
        let (groups, rest) = (finished.count - 3 * each * (capture.chunks - 1)).quotientAndRemainder(dividingBy: 3)
        let last = rest == 0 ? ChunkShape(head: 4 * groups) : ChunkShape(head: 4 * groups + rest + 1, headPadding: 3 - rest)
        shapes = [ChunkShape](repeating: ChunkShape(head: 4 * each), count: capture.chunks - 1) + [last]
        spare = last.storedBytes - 3 * groups - rest
        cursor = ExtentCursor(finished.extents)
    }

    /// - Precondition: asked no more often than there are chunks.
    mutating func next() -> Piece {
        let shape = index < shapes.count ? shapes[index] : ChunkShape()
        index += 1
        let spare = index == shapes.count ? spare : 0
        return Piece(shape: shape, extents: cursor.take(shape.storedBytes - spare), spare: spare)
    }
}
