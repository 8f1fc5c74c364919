import Clients
import IngestCore
import Logging
import Platform

/// The line along which messages become pictures: intake, journal, and what is to be done with whole captures. It knows no broker:
/// what it was given may be acknowledged after `commit`. Used by the intake thread alone.
final class IntakePipeline {
    /// A picture whose record is written. It may go on its way once the journal is committed.
    struct Ready {
        let picture: Picture
        let distinctKey: String
        let bytes: PoolBytes
        let capture: CaptureHandle
    }

    /// A capture all of whose chunks came, and whose picture is still to be made.
    struct Whole {
        let capture: CaptureHandle
        let topic: String
        let reading: ClockReading
        var known: JournaledPicture?
        var failures = 0
    }

    /// How often chunks that cannot be read are tried.
    private static let mostFailures = 5

    let intake: ChunkIntake
    private var finisher: PictureFinisher
    private let slabs: PoolSlabs
    let receiveMaximum: Int
    let log: Logger
    var whole: [Whole] = []
    /// Those that are in doubt, until that ends.
    var waiting: [CaptureHandle: Whole] = [:]
    var ready: [Ready] = []
    /// Those whose records were launched and have not settled: not until something is committed where a sync failed.
    var launched: [Ready] = []
    var isReplayed: Bool
    private var repeats = LogLimiter<CameraUID>(burst: 20)
    /// Pictures that were finished and not yet stored when the gateway ended.
    var replayed: [Picture] = []

    init(_ intake: ChunkIntake, finisher: consuming PictureFinisher, memory: PoolMemory, receiveMaximum: Int, log: Logger) {
        self.intake = intake
        self.finisher = finisher
        slabs = PoolSlabs(memory: memory)
        self.receiveMaximum = receiveMaximum
        self.log = log
        isReplayed = intake.journal == nil
    }

    var journal: Journal? { intake.journal }
    var captures: CaptureJournal? { intake.captures }
    /// Messages that await their acknowledgement, where captures live in the pool alone.
    var taken = 0
    /// When chunks are written. Until that is known, they are as they come.
    var policy = WritePolicy()

    /// Why nothing may be taken in now: the disk.
    var failure: JournalFailure? { journal?.failure }

    /// When something is due beside messages.
    var deadline: Instant? {
        let times = [
            intake.assembler.nextDeadline, failure?.until ?? (isSettling ? nil : journal?.syncDue),
            isSettling ? nil : captures?.awaitsDiskSince.map { $0 + policy.patience },
            captures?.deadline(policy.limits),
        ]
        return times.compactMap(\.self).min()
    }

    /// Whether the next message would surely find room.
    var canTakeMore: Bool { intake.assembler.canTakeMore }
    var isBatchFull: Bool { (journal?.unsynced ?? 0) >= Journal.batch }

    // MARK: The way of a message

    func take(topic: Span<UInt8>, payload: Span<UInt8>, packet: UInt16, now: Instant) -> ChunkIntake.Fate {
        let fate = intake.take(topic: topic, payload: payload, packet: packet, now: now)
        takeConfirmed()
        if case .settled = fate { took(packet, of: intake.camera, now: now) }
        if case .settled(let completed?) = fate {
            let item = Whole(capture: completed, topic: String(decoding: Array(topic), as: UTF8.self), reading: .now(intake.moment))
            if intake.assembler.complete(completed) != nil { whole.append(item) } else { waiting[completed] = item }
        }
        return fate
    }

    /// A retained message is a chunk of long ago, and nothing but counted.
    func takeRetained(topic: Span<UInt8>, payload: Span<UInt8>, packet: UInt16, now: Instant) -> ChunkIntake.Fate {
        let fate = intake.takeRetained(topic: topic, payload: payload, now: now)
        took(packet, of: nil, now: now)
        return fate
    }

    private func took(_ packet: UInt16, of camera: CameraUID?, now: Instant) {
        if packet == 0 {
            // Nobody repeats it.
            if let camera { captures?.writeAll(of: camera, .qos0, &intake.assembler, now: now) }
        } else if let captures {
            captures.took(camera, now: now)
        } else {
            taken += 1
        }
    }

    func adopt(_ policy: WritePolicy, now: Instant) {
        guard self.policy != policy else { return }
        self.policy = policy
        captures?.writeThrough(policy.writesThrough, &intake.assembler, now: now)
    }

    /// Makes room in the pool: what the journal has may leave it.
    func writeForRoom(now: Instant) { writeAll(.pool, now: now) }

    /// Writes what would keep acknowledgements waiting for too long, and what must be written before the next segment begins.
    /// - Parameter told: of each hold that was over, with the number of messages held then.
    func writeDue(now: Instant, told: (Int) -> Void = { _ in }) {
        guard let captures, let journal else { return }
        captures.moment = intake.moment
        if journal.isOverfull { writeAll(.segment, now: now) }
        captures.writeDue(policy.limits, &intake.assembler, now: now, told: told)
    }

    /// Counts what left the spool otherwise than by being stored.
    func count(_ questions: EntryTallies.Questions, now: Instant) { intake.book?.count(questions, journal, now: now) }
    /// Entries whose counts are on the disk.
    func takeCounted() -> [SpoolEntryName] { intake.book?.takeCounted(journal) ?? [] }

    /// Takes how many of the first messages that await their acknowledgement may have it.
    func takeSafe() -> Int {
        guard let captures else {
            defer { taken = 0 }
            return taken
        }
        return captures.takeSafe()
    }

    var held: Int { captures?.held ?? taken }
    var writes: [CaptureJournal.Reason: Int] { captures?.writes ?? [:] }

    /// The connection is gone: the broker sends again what was not acknowledged.
    func connectionLost() {
        captures?.connectionLost()
        taken = 0
    }

    /// Doubts ended: their pictures are whole, and others are none.
    private func takeConfirmed() {
        for capture in intake.confirmed { if let item = waiting.removeValue(forKey: capture) { whole.append(item) } }
        intake.confirmed.removeAll(keepingCapacity: true)
        guard waiting.count > intake.assembler.capturesInDoubt else { return }
        for capture in waiting.keys where !intake.assembler.isWaiting(capture) { waiting[capture] = nil }
    }

    /// Gives up what has been idle too long, and ends doubts that silence ends.
    func expire(now: Instant) {
        intake.assembler.expire(now: now)
        intake.noteEvents(now: now)
        intake.noteMoved(now: now)
        takeConfirmed()
        finishWhole(now: now)
    }

    /// The last chunk of a capture came in that was whole elsewhere.
    func composed(_ capture: CaptureHandle, topic: [UInt8]) {
        whole.append(Whole(capture: capture, topic: String(decoding: topic, as: UTF8.self), reading: .now(intake.moment)))
    }

    /// Makes pictures of whole captures, as far as there is room to read them back.
    func finishWhole(now: Instant) {
        guard !whole.isEmpty, isReplayed else { return }
        var waiting: [Whole] = []
        for var item in whole {
            guard let capture = intake.assembler.complete(item.capture) else { continue }
            if capture.layout != nil {
                finish(item, now: now)
            } else if waiting.isEmpty, readBack(&item, now: now) {
                finish(item, now: now)
            } else if intake.assembler.complete(item.capture) != nil {
                waiting.append(item)
            }
        }
        whole = waiting
        guard waiting.count > 1 || waiting.first?.failures == 0 else { return }
        // What the others hold of their last chunks may be just what the first one lacks.
        for item in waiting { intake.assembler.unloadComplete(item.capture) }
        guard var first = whole.first, readBack(&first, now: now) else { return }
        whole.removeFirst()
        finish(first, now: now)
    }

    /// - Returns: whether all of the capture is in the pool.
    private func readBack(_ item: inout Whole, now: Instant) -> Bool {
        guard let journal else { return false }
        while let chunk = intake.assembler.unloadedChunk(of: item.capture) {
            guard let place = journal.ledger.place(of: item.capture.serial, index: chunk.index) else {
                giveUp(item, "chunk \(chunk.index) is not in the journal", now: now)
                return false
            }
            guard intake.assembler.stageReload(item.capture, room: chunk.bytes, now: now) == .granted else { return false }
            do throws(SystemError) {
                let isGood = try journal.withChunk(at: place) { copy($0, bytes: chunk.bytes) }
                guard isGood else {
                    intake.assembler.discard()
                    journal.count(damaged: 1, torn: 0)
                    giveUp(item, "chunk \(chunk.index) is damaged in the journal", now: now)
                    return false
                }
                intake.assembler.reloaded(item.capture, index: chunk.index)
            } catch {
                intake.assembler.discard()
                item.failures += 1
                if item.failures >= Self.mostFailures { giveUp(item, "chunk \(chunk.index): \(error)", now: now) }
                return false
            }
        }
        return intake.assembler.complete(item.capture)?.layout != nil
    }

    private func copy(_ bytes: Span<UInt8>, bytes count: Int) {
        guard bytes.count == count else { return }
        var done = 0
        for extent in intake.assembler.stagedExtents {
            slabs.withBytes(extent.range) { room in
                for index in 0..<room.count { room[index] = bytes[done + index] }
            }
            done += extent.count
        }
    }

    private func giveUp(_ item: Whole, _ reason: String, now: Instant) {
        let picture = intake.assembler.complete(item.capture)
        let name = picture.map { "Image \($0.imageID) of camera \($0.camera)" } ?? "A whole picture"
        log.event(
            .imageLost, .error, "\(name) is lost to a damaged disk: \(reason). Replace the disk or card: it forgets what it confirmed",
            camera: picture?.camera, image: picture?.imageID
        )
        intake.assembler.abandon(item.capture, .evicted, now: now)
        intake.noteEvents(now: now)
    }

    /// A whole capture becomes a picture with a name and a moment that never change.
    private func finish(_ item: Whole, now: Instant) {
        guard let capture = intake.assembler.complete(item.capture), let layout = capture.layout else { return }
        do throws(CryptoFailure) {
            let finish = try finisher.finish(
                capture, layout, topic: item.topic, at: item.reading, noted: intake.notebook.notes(of: item.capture), known: item.known,
                assembler: &intake.assembler)
            switch finish {
            case .picture(let picture, let distinctKey, let bytes, _) where takeBegun(picture, distinctKey, bytes, item, now: now): break
            case .repeated(let picture, let distinctKey, let bytes) where takeBegun(picture, distinctKey, bytes, item, now: now): break
            case .picture(let picture, let distinctKey, let bytes, let hasBadTime):
                if item.known == nil {
                    intake.figures.completed += 1
                    if picture.notes.intact == false { intake.figures.truncated += 1 }
                    if hasBadTime { intake.figures.badTimes += 1 }
                    write(picture, distinctKey, bytes, of: item.capture, now: now)
                }
                ready.append(Ready(picture: picture, distinctKey: distinctKey, bytes: bytes, capture: item.capture))
            case .repeated(let picture, _, _):
                intake.figures.repeated += 1
                tellRepeat(picture, now: now)
                release(item.capture, as: PictureEnd(.repeated, picture.camera, picture.recordedAt), now: now)
            case .abandoned(let reason):
                if reason == .tooLarge { intake.figures.refused(.tooLarge) }
                intake.assembler.abandon(item.capture, reason, now: now)
            }
        } catch {
            // Only for want of memory: the picture is not lost but incomplete, and said to be.
            log.event(
                .imageIncomplete, .critical,
                "Gave up image \(capture.imageID) of camera \(capture.camera): its checksum cannot be taken (\(error)). Give this machine more memory",
                camera: capture.camera, image: capture.imageID
            )
            intake.assembler.abandon(item.capture, .evicted, now: now)
        }
        intake.noteEvents(now: now)
    }

    /// A picture whose upload had begun when the gateway ended has come again: it has the name, key and moment that it had.
    /// - Returns: false for any other.
    private func takeBegun(_ picture: Picture, _ distinctKey: String, _ bytes: PoolBytes, _ item: Whole, now: Instant) -> Bool {
        guard item.known == nil, let journal, journal.begun.count > 0, let checksum = Hex.bytes(picture.sha256),
            let begun = journal.begun.take(picture, checksum)
        else { return false }
        let same = begun.picture.picture
        write(same, begun.picture.distinctKey, bytes, of: item.capture, now: now)
        // From now on it goes by this capture's number, where it had not that one already.
        if begun.picture.capture != item.capture.serial { journal.ended(begun.picture.capture, .otherwise, of: nil, now: now) }
        guard !begun.isStored else {
            // It was counted with its row.
            release(item.capture, as: nil, now: now)
            return true
        }
        intake.figures.completed += 1
        ready.append(Ready(picture: same, distinctKey: begun.picture.distinctKey, bytes: bytes, capture: item.capture))
        return true
    }

    private func tellRepeat(_ picture: Picture, now: Instant) {
        guard let more = repeats.note(picture.camera, now: now) else { return }
        log.event(
            .imageRepeated, .info,
            "Camera \(picture.camera) sent a picture again that is known: \(picture.chunks) chunks, \(picture.size) bytes; counted as a repeat\(more)",
            camera: picture.camera, image: picture.imageIDSource == .camera ? picture.imageID : nil
        )
    }

    private func write(_ picture: Picture, _ distinctKey: String, _ bytes: PoolBytes, of capture: CaptureHandle, now: Instant) {
        guard let captures, let completion = intake.assembler.completion(of: capture), let checksum = Hex.bytes(picture.sha256) else {
            return
        }
        let journaled = JournaledPicture(
            capture: capture.serial, picture: picture, distinctKey: distinctKey, checksum: checksum, completed: completion.completed,
            messages: completion.messages)
        captures.finished(journaled, bytes, of: capture, &intake.assembler, now: now)
    }

    /// The picture is stored, or spooled, or a repeat: nothing of it is needed here any more.
    /// - Parameter end: nil where that was counted before.
    func release(_ capture: CaptureHandle, as end: PictureEnd?, now: Instant) {
        guard intake.assembler.complete(capture) != nil else { return }
        if let end { intake.tallyNow(end, of: capture.serial, now: now) }
        captures?.released(capture, of: intake.assembler.owner(of: capture), &intake.assembler, now: now)
        intake.assembler.release(capture)
        intake.notebook.forget(capture)
    }
}
