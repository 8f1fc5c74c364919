import Clients
import IngestCore
import Platform

/// The journal: every chunk on the disk before the broker hears that it was taken.
///
/// What stays simple because of what it refuses:
/// - Files are written at their end only, and never again after a start or a failure: then a new segment begins.
/// - What is not known to be on the disk stays in memory: in the buffer, or with the sync under way. After a failed sync nobody
///   knows what the disk has, so all of it goes into a new segment; records that are there twice mean nothing (`JournalFormat`).
/// - One sync at a time is under way, of everything written before it.
/// - It decides nothing about captures. It writes what it is told and keeps count of what is still needed (`JournalLedger`).
///
/// Segments go from the oldest on, as soon as nothing in them is needed. What is remembered of cameras is written anew at the
/// beginning of each segment. Used by the intake thread alone.
final class Journal {
    /// Bytes that may wait for a sync.
    static let batch = 1 << 20

    let folder: String
    let files: any FileSystem
    private let segmentSize: Int
    private let salt: UInt64
    /// Nil where all syncs are waited for.
    private let background: (any JournalSync)?
    var buffer: JournalBuffer
    var sequence: UInt64 = 0
    /// The newest record of a chunk.
    var newestChunk: UInt64 = 0
    /// The newest of which a record behind it says that it is on the disk.
    private var provenChunk: UInt64 = 0
    /// Pictures that come again if the broker kept its word.
    var begun = BegunPictures()
    var ledger = JournalLedger()
    /// The segment being written. Without a descriptor it is yet to be made.
    var current: UInt64 = 0
    private var descriptor: CInt?
    /// Of the current segment, known to be on the disk or under way to it; the buffer comes behind it.
    var base = JournalFormat.segmentHeader
    /// Of the buffer, in the file.
    private var written = 0
    /// Segments before this one say nothing of cameras that is not said again.
    private var checkpoint: UInt64 = 0
    private var checkpointEnd = 0
    var salts: [UInt64: UInt64] = [:]
    var readers: SegmentReaders
    /// What the sync under way is of.
    private struct Flight {
        let bytes: [UInt8]
        /// The newest record in it.
        let sequence: UInt64
        let waitingSince, newsSince: Instant?
    }
    private var flight: Flight?
    /// The storage of the last one, for the next.
    private var spare: [UInt8] = []
    var figures = JournalFigures()
    private(set) var failure: JournalFailure?
    /// When the oldest chunk that is not on the disk was taken, and when the oldest record was made.
    var waitingSince: Instant?
    var newsSince: Instant?
    /// When the last sync was, until a record says that it was.
    var committedAt: Instant?
    /// Of a segment that was to be carried, and when it is tried again.
    var readFailure: SystemError?
    var carryAgain = Instant(sinceBoot: .zero)
    private var isReady = false
    /// Whether the segment that was removed last may come back with a power cut.
    private var isRemovalUnsure = true
    /// What is counted of captures that ended.
    let book: AccountBook?

    init(
        folder: String, segment: Int, files: any FileSystem, background: (any JournalSync)? = nil,
        book: AccountBook? = nil, salt: UInt64 = .random(in: .min ... .max)
    ) {
        self.folder = folder
        self.files = files
        segmentSize = segment
        self.salt = salt
        self.background = background
        self.book = book
        buffer = JournalBuffer(salt: salt, capacity: Self.batch + Self.batch / 4)
        readers = SegmentReaders(files: files)
    }

    deinit {
        guard let descriptor else { return }
        if flight != nil { _ = background?.awaitOutcome() }
        files.close(descriptor)
    }

    func path(_ segment: UInt64) -> String { folder + "/" + JournalFormat.fileName(segment) }
    var unsynced: Int { buffer.count }
    /// The newest record that is known to be on the disk.
    var proven: UInt64 { buffer.proven }

    // MARK: Writing

    /// Gives what is new to the kernel, which keeps it though this process be killed.
    func write(now: Instant) throws(JournalFailure) {
        // The file is the background's while something is under way.
        guard written < buffer.count, !isSettling else { return }
        try attempt(now: now) { () throws(SystemError) in try writeOut() }
    }

    /// Returns when all that was written is on the disk.
    func commit(now: Instant) throws(JournalFailure) {
        guard buffer.count > 0 || isSettling else { return }
        try attempt(now: now) { () throws(SystemError) in
            if flight != nil, let background { try land(background.awaitOutcome(), now: now) }
            guard buffer.count > 0 else { return }
            let file = try currentFile()
            let start = takeOff()
            try land(JournalSyncOutcome(of: flight?.bytes ?? [], from: start, in: file, files), now: now)
        }
        failure = nil
    }

    /// - Returns: whether all that was written is on the disk; else it is tried later.
    func secure(now: Instant) -> Bool {
        do throws(JournalFailure) { try commit(now: now) } catch { return false }
        return true
    }

    // MARK: Writing while more is taken in

    /// Whether the disk is busy with what `launch` gave it.
    var isSettling: Bool { flight != nil }
    /// Whether `settle` would answer true.
    var hasSettled: Bool { isSettling && background?.isDone == true }
    /// Not where the segment is full: a new one begins with nothing under way.
    var mayLaunch: Bool { background != nil && !isSettling && buffer.count > 0 && !isFull }

    /// Has the disk take all that was written, and waits for nothing. `settle` tells what came of it.
    func launch(now: Instant) throws(JournalFailure) {
        guard let background else { return }
        try attempt(now: now) { () throws(SystemError) in
            let file = try currentFile()
            let start = takeOff()
            background.begin(file, flight?.bytes ?? [], from: start)
        }
    }

    /// - Returns: false while the disk is busy; true when what was launched is on it.
    func settle(now: Instant) throws(JournalFailure) -> Bool {
        guard isSettling else { return true }
        guard let outcome = background?.outcome() else { return false }
        try attempt(now: now) { () throws(SystemError) in try land(outcome, now: now) }
        return true
    }

    /// - Returns: how much of what takes off is in the file already.
    private func takeOff() -> Int {
        defer { written = 0 }
        var bytes: [UInt8] = []
        swap(&bytes, &spare)
        buffer.exchange(&bytes)
        flight = Flight(bytes: bytes, sequence: sequence, waitingSince: waitingSince, newsSince: newsSince)
        base += flight?.bytes.count ?? 0
        waitingSince = nil
        newsSince = nil
        return written
    }

    private func land(_ outcome: JournalSyncOutcome, now: Instant) throws(SystemError) {
        guard let flight else { return }
        self.flight = nil
        if let error = outcome.error {
            buffer.putBack(flight.bytes)
            base -= flight.bytes.count
            waitingSince = flight.waitingSince ?? waitingSince
            newsSince = flight.newsSince ?? newsSince
            throw error
        }
        figures.syncs.observe(outcome.duration)
        ledger.grew(current, to: base)
        buffer.proven = flight.sequence
        committedAt = now
        spare = flight.bytes
    }

    private func writeOut() throws(SystemError) {
        let file = try currentFile()
        try files.write(buffer.bytes, from: written, to: file)
        written = buffer.count
    }

    private func currentFile() throws(SystemError) -> CInt {
        if let descriptor { return descriptor }
        return try makeSegment()
    }

    private func makeSegment() throws(SystemError) -> CInt {
        let path = path(current)
        let file = try files.open(path, .create)
        do throws(SystemError) {
            try files.write(JournalBuffer.segmentHeader(current, salt: salt, CRC32.self), to: file)
            try files.sync(file)
            try files.syncDirectory(folder)
        } catch {
            files.close(file)
            try? files.unlink(path)
            throw error
        }
        descriptor = file
        written = 0
        return file
    }

    private func attempt(now: Instant, _ body: () throws(SystemError) -> Void) throws(JournalFailure) {
        do throws(SystemError) {
            try body()
        } catch {
            // Its file is about to be closed. Where it fails too, it is written again with the rest.
            if flight != nil, let background { try? land(background.awaitOutcome(), now: now) }
            if let descriptor {
                files.close(descriptor)
                self.descriptor = nil
                // What is behind the base is written again elsewhere. Where it cannot be cut, it is there twice.
                try? files.truncate(path(current), to: base)
                readers.close(current)
                turn(carryingBuffer: true)
            }
            throw failed(error, now: now)
        }
    }

    /// - Parameter isReading: at the start; else it was to be written.
    func failed(_ error: SystemError, isReading: Bool = false, now: Instant) -> JournalFailure {
        let error = SystemError(error.operation, error.code, on: error.subject ?? folder)
        let failure = JournalFailure(error: error, isReading: isReading, attempts: (failure?.attempts ?? 0) + 1, now: now)
        self.failure = failure
        return failure
    }

    func cured() { failure = nil }

    /// Turns to a new segment, which is made when there is something to write.
    private func turn(carryingBuffer: Bool) {
        let (old, oldBase) = (current, base)
        current += 1
        base = JournalFormat.segmentHeader
        written = 0
        checkpointEnd = base
        salts[current] = salt
        ledger.began(current, bytes: base)
        if carryingBuffer { ledger.moveTail(of: old, from: oldBase, to: current, base) }
    }

    /// When what was written should be on the disk: soon for chunks, though nobody waits for their acknowledgement (QoS 0); for what
    /// is only repeated after a crash, when it suits.
    var syncDue: Instant? {
        let chunks = waitingSince.map { $0 + .milliseconds(200) }
        let others = newsSince.map { $0 + .seconds(5) }
        return [chunks, others].compactMap(\.self).min()
    }

    /// Says in the journal that what is there is on the disk, when nothing else will soon: it makes damage there tell from an end.
    func prove(_ assembler: borrowing Assembler, now: Instant, patience: Duration = .seconds(1)) {
        guard let committedAt, now - committedAt >= patience, buffer.count == 0, newestChunk > provenChunk else { return }
        provenChunk = newestChunk
        clock(assembler, now: now)
        self.committedAt = nil
        newsSince = nil
    }

    // MARK: Reading back

    /// The chunk record at `place`, checked; `body` gets its data.
    /// - Returns: false when it is damaged.
    func withChunk(at place: JournalPlace, _ body: (Span<UInt8>) -> Void) throws(SystemError) -> Bool {
        let length = try load(place)
        guard let salt = salts[place.segment] else { return false }
        return Self.read(readers.bytes, length, salt: salt, body)
    }

    private static func read(_ bytes: [UInt8], _ length: Int, salt: UInt64, _ body: (Span<UInt8>) -> Void) -> Bool {
        let record = bytes.span.extracting(0..<length)
        let finding = JournalScanner(salt: salt).next(in: record, at: 0, left: record.count, CRC32.self)
        guard case .record(.chunk, _, 0..<record.count) = finding else { return false }
        let inner = record.extracting(JournalFormat.recordHeader..<record.count)
        guard case .chunk(let chunk)? = JournalRecord(.chunk, inner) else { return false }
        body(inner.extracting(chunk.data))
        return true
    }

    /// Reads a record from memory, while it is there, or its file.
    func load(_ place: JournalPlace) throws(SystemError) -> Int {
        let known = base - (flight?.bytes.count ?? 0)
        guard place.segment == current, place.offset >= known else { return try readers.load(place, of: path(place.segment)) }
        let isFlying = place.offset < base
        let start = Int(place.offset) - (isFlying ? known : base)
        let bytes = isFlying ? flight?.bytes ?? [] : buffer.bytes
        return readers.load(bytes.span.extracting(start..<start + Int(place.length)))
    }

    // MARK: Housekeeping

    /// After the replay: where writing goes on.
    func begin(after findings: JournalFindings, lastSegment: UInt64) {
        sequence = findings.lastSequence
        buffer.proven = sequence
        current = lastSegment
        turn(carryingBuffer: false)
        isReady = true
    }

    /// Writes what is remembered of cameras, which makes older segments' say in it worthless once it is on the disk.
    func writeCheckpoint(_ assembler: borrowing Assembler, now: Instant) {
        clock(assembler, now: now)
        assembler.forEachMemory { memory($0, now: now) }
        begun.forEach { begun($0.picture, isStored: $0.isStored, now: now) }
        if let book { account(book.account, now: now) }
        checkpoint = current
        checkpointEnd = base + buffer.count
    }

    /// Whether the next segment is to begin, for which nothing may be withheld; and whether it is overdue.
    var isFull: Bool { base - checkpointEnd >= segmentSize }
    var isOverfull: Bool { base - checkpointEnd >= segmentSize + segmentSize / 4 }

    /// Turns to a new segment when the present one is full, and is rid of old ones. Does nothing while something is not committed.
    /// - Parameter mayTurn: whether nothing that is remembered of cameras is still to be written.
    func tend(_ assembler: borrowing Assembler, mayTurn: Bool = true, now: Instant) throws(JournalFailure) {
        guard isReady, buffer.count == 0, !isSettling else { return }
        if isFull, mayTurn {
            if let descriptor { files.close(descriptor) }
            descriptor = nil
            turn(carryingBuffer: false)
            writeCheckpoint(assembler, now: now)
            try commit(now: now)
        }
        removeSegments(now: now)
        if let oldest = ledger.shouldCarry(slack: 4 * segmentSize, mostSegments: 64), oldest != current, carryAgain <= now {
            try carry(oldest, now: now)
            removeSegments(now: now)
        }
        figures.bytes = ledger.bytes
    }

    /// Whether there are segments of which nothing, or little, is needed.
    var hasLeftovers: Bool {
        guard buffer.count == 0, !isSettling else { return false }
        if let segment = ledger.removable, segment != current, segment < checkpoint { return true }
        return ledger.shouldCarry(slack: 4 * segmentSize, mostSegments: 64).map { $0 != current } ?? false
    }

    /// - Parameter inNeed: for want of room, also what the disk may need to remember the cameras' last messages after a crash.
    func removeSegments(now: Instant, inNeed: Bool = false) {
        while let segment = ledger.removable, segment != current, segment < checkpoint || inNeed {
            // Were one gone and an older one there again after a power cut, captures would be open that have ended.
            if isRemovalUnsure, (try? files.syncDirectory(folder)) == nil { return }
            isRemovalUnsure = true
            readers.close(segment)
            do throws(SystemError) {
                try files.unlink(path(segment))
            } catch {
                // They go in order. One that will not go holds up no other when nothing is left in it.
                guard error.code == DiskCode.missing || (try? files.truncate(path(segment), to: 0)) != nil else { return }
            }
            ledger.removed(segment)
            salts[segment] = nil
        }
        figures.bytes = ledger.bytes
    }

    /// A segment that could not be read when it was to be carried, since this was last asked.
    func takeReadFailure() -> SystemError? { readFailure.take() }

    func count(damaged: Int, torn: Int) {
        figures.damaged += damaged
        figures.torn += torn
    }
}
