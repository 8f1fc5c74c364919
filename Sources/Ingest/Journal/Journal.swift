import Clients
import IngestCore
import Platform

/// The journal: every chunk on the disk before the broker hears that it was taken.
///
/// What stays simple because of what it refuses:
/// - Files are written at their end only, and never again after a start or a failure: then a new segment begins.
/// - What is not known to be on the disk stays in the buffer. After a failed sync nobody knows what the disk has, so the whole
///   buffer goes into a new segment; records that are there twice mean nothing (`JournalFormat`).
/// - It decides nothing about captures. It writes what it is told and keeps count of what is still needed (`JournalLedger`).
///
/// Segments go from the oldest on, as soon as nothing in them is needed. What is remembered of cameras is written anew at the
/// beginning of each segment. Used by the intake thread alone.
final class Journal {
    /// Bytes that may wait for a sync.
    static let batch = 1 << 20
    /// Bytes that are worth beginning with before the batch is whole.
    private static let ahead = 256 << 10
    /// Reading buffers and descriptors are kept for so many segments.
    private static let openFiles = 8

    let folder: String
    let files: any FileSystem
    private let segmentSize: Int
    private let salt: UInt64
    private var buffer: JournalBuffer
    private var sequence: UInt64 = 0
    var ledger = JournalLedger()
    /// The segment being written. Without a descriptor it is yet to be made.
    private var current: UInt64 = 0
    private var descriptor: CInt?
    /// Of the current segment, known to be on the disk; the buffer comes behind it.
    private var base = JournalFormat.segmentHeader
    /// Of the buffer, in the file.
    private var written = 0
    /// Segments before this one say nothing of cameras that is not said again.
    private var checkpoint: UInt64 = 0
    private var checkpointEnd = 0
    var salts: [UInt64: UInt64] = [:]
    private var readers: [(segment: UInt64, file: CInt)] = []
    private var scratch: [UInt8] = []
    private(set) var figures = JournalFigures()
    private(set) var failure: JournalFailure?
    /// When the oldest chunk that is not on the disk was taken, and when the oldest record was made.
    private(set) var waitingSince: Instant?
    private var newsSince: Instant?
    /// When the last sync was, until a record says that it was.
    private var committedAt: Instant?
    private var isReady = false

    init(folder: String, segment: Int, files: any FileSystem, salt: UInt64 = .random(in: .min ... .max)) {
        self.folder = folder
        self.files = files
        segmentSize = segment
        self.salt = salt
        buffer = JournalBuffer(salt: salt, capacity: Self.batch + Self.batch / 4)
    }

    deinit {
        if let descriptor { files.close(descriptor) }
        for reader in readers { files.close(reader.file) }
    }

    func path(_ segment: UInt64) -> String { folder + "/" + JournalFormat.fileName(segment) }
    var unsynced: Int { buffer.count }

    // MARK: Writing

    /// One chunk that was accepted.
    /// - Parameter append: hands over its bytes, if they are kept, in pieces.
    func chunk(
        of handle: CaptureHandle, camera: CameraUID, topic: Span<UInt8>, imageID: String, source: ImageIDSource, index: Int, total: Int,
        shape: ChunkShape, digest: UInt64, state: CaptureState, isKept: Bool, isRepeat: Bool, isRemembered: Bool,
        packet: UInt16, arrived: Timestamp, now: Instant,
        append: (inout JournalBuffer) -> Void
    ) {
        sequence += 1
        buffer.beginChunk(
            sequence, capture: handle, camera: camera, topic: topic, imageID: imageID, source: source, index: index, total: total,
            shape: shape, digest: digest, state: state, arrived: arrived, dataCount: isKept ? shape.storedBytes : 0, isKept: isKept,
            isRemembered: isRemembered, packet: packet)
        if isKept { append(&buffer) }
        if waitingSince == nil { waitingSince = now }
        let place = place(buffer.end(CRC32.self), now: now)
        ledger.chunk(handle.serial, index: index, isKept: isKept, isRepeat: isRepeat, cut: state.cut, at: place)
    }

    /// - Parameter owner: its camera, and its tag in the camera's ring; nil leaves what is remembered as it is.
    func ended(_ capture: UInt64, _ end: CaptureEnd, of owner: (camera: CameraUID, tag: UInt16)?, now: Instant) {
        sequence += 1
        _ = place(buffer.write(ended: capture, end, camera: owner?.camera, tag: owner?.tag ?? 0, sequence, CRC32.self), now: now)
        ledger.ended(capture)
    }

    func succeeded(_ old: UInt64, by new: UInt64, inherited: Int, now: Instant) {
        sequence += 1
        let place = place(buffer.write(succeeded: old, by: new, inherited: inherited, sequence, CRC32.self), now: now)
        ledger.succeeded(old, by: new, inherited: inherited, at: place)
    }

    func finished(_ picture: JournaledPicture, now: Instant) {
        sequence += 1
        ledger.other(picture.capture, at: place(buffer.write(picture, sequence, CRC32.self), now: now))
    }

    /// A message that is no news to anybody, but stands in its camera's ring.
    func arrival(_ message: CameraMemory.Message, of camera: CameraUID, now: Instant) {
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

    private func place(_ range: Range<Int>, now: Instant) -> JournalPlace {
        if newsSince == nil { newsSince = now }
        committedAt = nil
        return JournalPlace(segment: current, offset: base + range.lowerBound, length: range.count)
    }

    /// Gives what is new to the kernel, which keeps it though this process be killed.
    func write(now: Instant) throws(JournalFailure) {
        guard written < buffer.count else { return }
        try attempt(now: now) { () throws(SystemError) in try writeOut() }
    }

    /// As soon as there is enough of it, has the disk begin with what a later `commit` waits for: it works while chunks are decoded.
    func writeAhead(now: Instant) throws(JournalFailure) {
        guard buffer.count - written >= Self.ahead else { return }
        try write(now: now)
        if let descriptor { files.beginSync(descriptor) }
    }

    /// Returns when all that was written is on the disk.
    func commit(now: Instant) throws(JournalFailure) {
        guard buffer.count > 0 else { return }
        try attempt(now: now) { () throws(SystemError) in
            try writeOut()
            guard let descriptor else { return }
            let before = MonotonicClock.now()
            try files.sync(descriptor)
            figures.syncs.observe(MonotonicClock.now() - before)
            base += buffer.count
            ledger.grew(current, to: base)
            buffer.removeAll()
            buffer.proven = sequence
            committedAt = now
            written = 0
            waitingSince = nil
            newsSince = nil
        }
        failure = nil
    }

    private func writeOut() throws(SystemError) {
        let file: CInt
        if let descriptor { file = descriptor } else { file = try makeSegment() }
        let from = written
        guard from < buffer.count else { return }
        try files.write(buffer.bytes, from: from, to: file)
        written = buffer.count
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
            if let descriptor {
                files.close(descriptor)
                self.descriptor = nil
                // What is behind the base is written again elsewhere. Where it cannot be cut, it is there twice.
                try? files.truncate(path(current), to: base)
                closeReader(of: current)
                turn(carryingBuffer: true)
            }
            throw failed(error, now: now)
        }
    }

    func failed(_ error: SystemError, now: Instant) -> JournalFailure {
        let error = SystemError(error.operation, error.code, on: error.subject ?? folder)
        let failure = JournalFailure(error: error, attempts: (failure?.attempts ?? 0) + 1, now: now)
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
        guard let committedAt, now - committedAt >= patience, buffer.count == 0 else { return }
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
        return Self.read(scratch, length, salt: salt, body)
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

    /// Reads a record into `scratch`, from the buffer or the file.
    private func load(_ place: JournalPlace) throws(SystemError) -> Int {
        let (offset, length) = (Int(place.offset), Int(place.length))
        if scratch.count < length { scratch = [UInt8](repeating: 0, count: length) }
        if place.segment == current, offset >= base {
            for index in 0..<length { scratch[index] = buffer.bytes[offset - base + index] }
            return length
        }
        let file = try reader(of: place.segment)
        var done = 0
        while done < length {
            let count = try files.read(file, at: offset + done, into: &scratch, done..<length)
            if count == 0 { return done }
            done += count
        }
        return length
    }

    private func reader(of segment: UInt64) throws(SystemError) -> CInt {
        if let known = readers.first(where: { $0.segment == segment }) { return known.file }
        let file = try files.open(path(segment), .read)
        if readers.count >= Self.openFiles { files.close(readers.removeFirst().file) }
        readers.append((segment, file))
        return file
    }

    private func closeReader(of segment: UInt64) {
        for reader in readers where reader.segment == segment { files.close(reader.file) }
        readers.removeAll { $0.segment == segment }
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
        checkpoint = current
        checkpointEnd = base + buffer.count
    }

    /// Turns to a new segment when the present one is full, and is rid of old ones. Call when everything is committed.
    func tend(_ assembler: borrowing Assembler, now: Instant) throws(JournalFailure) {
        guard isReady, buffer.count == 0 else { return }
        if base - checkpointEnd >= segmentSize {
            if let descriptor { files.close(descriptor) }
            descriptor = nil
            turn(carryingBuffer: false)
            writeCheckpoint(assembler, now: now)
            try commit(now: now)
        }
        removeSegments(now: now)
        if let oldest = ledger.shouldCarry(slack: 4 * segmentSize, mostSegments: 64), oldest != current {
            try carry(oldest, now: now)
            removeSegments(now: now)
        }
        figures.bytes = ledger.bytes
    }

    /// - Parameter inNeed: for want of room, also what the disk may need to remember the cameras' last messages after a crash.
    func removeSegments(now: Instant, inNeed: Bool = false) {
        while let segment = ledger.removable, segment != current, segment < checkpoint || inNeed {
            closeReader(of: segment)
            do throws(SystemError) {
                try files.unlink(path(segment))
            } catch {
                guard error.code == DiskCode.missing else { return }
            }
            ledger.removed(segment)
            salts[segment] = nil
        }
        figures.bytes = ledger.bytes
    }

    /// Copies what is needed of an old segment to the end of the journal.
    private func carry(_ segment: UInt64, now: Instant) throws(JournalFailure) {
        var places: [JournalPlace: JournalPlace] = [:]
        for place in ledger.needed(of: segment) {
            let length: Int
            do throws(SystemError) { length = try load(place) } catch { throw failed(error, now: now) }
            guard length == Int(place.length), let salt = salts[segment],
                case .record = JournalScanner(salt: salt).next(in: scratch.span.extracting(0..<length), at: 0, left: length, CRC32.self)
            else {
                // Its capture will be found damaged when it is whole; there is nothing to carry.
                figures.damaged += 1
                ledger.lost(place)
                continue
            }
            places[place] = self.place(buffer.carry(scratch.span.extracting(0..<length), CRC32.self), now: now)
            guard buffer.count >= Self.batch else { continue }
            ledger.moved(places)
            places = [:]
            try commit(now: now)
        }
        ledger.moved(places)
        try commit(now: now)
    }

    func count(damaged: Int, torn: Int) {
        figures.damaged += damaged
        figures.torn += torn
    }
}
