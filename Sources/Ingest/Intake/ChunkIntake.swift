import Clients
import IngestCore
import Logging
import Platform

/// One message's way from the socket into the pool: topic, compression, envelope, base64, assembly. Used by the intake thread alone.
///
/// Whatever a message holds, it costs one count and one rate-limited line at most, and changes nothing when it is refused.
final class ChunkIntake {
    /// What is to become of the message.
    enum Fate: Equatable {
        /// It may be acknowledged once the batch is safe. With the capture that it completed, if it did.
        case settled(completed: CaptureHandle?)
        /// There is no room now: it must not be acknowledged.
        case full
    }

    var assembler: Assembler
    let slabs: PoolSlabs
    private let filters: [TopicFilter]
    private let maxChunks: Int
    private let maxMessage: Int
    private let refusals: RefusalReporter
    private var inflater: Inflater
    private var topics = TopicCache()
    var figures = IntakeFigures()
    /// The payload's members that are kept, and those of the message at hand.
    var members: PayloadMembers
    var notebook = CaptureNotebook()
    /// Nil where captures live in the pool alone.
    let captures: CaptureJournal?
    var journal: Journal? { captures?.journal }
    /// What is counted of captures that ended.
    let book: AccountBook?
    /// What happened beside the messages and was not told to people yet.
    var abandoned: [AbandonedCapture] = []
    /// Pictures that waited for the end of a doubt, and are complete now.
    var confirmed: [CaptureHandle] = []
    /// Civil time, for stamps: that of the present batch.
    var moment = Timestamp(milliseconds: 0)
    /// Of the message at hand.
    private var packet: UInt16 = 0
    /// Whose message that was; nil for one that did nothing.
    private(set) var camera: CameraUID?
    /// Where each chunk is told of; nil unless [log] level is debug. Set anew for each batch.
    var trace: Logger?

    /// Where chunks go in share mode, until all of a capture are there.
    let shared: SharedChunks?
    /// Where open sessions are told of, when anybody wants to know.
    private let sessions: SessionNotes?
    private var nextTelling = Instant.current

    init(
        _ configuration: Configuration, filters: [TopicFilter], memory: PoolMemory, refusals: RefusalReporter, journal: Journal? = nil,
        book: AccountBook? = nil, sessions: SessionNotes? = nil, shared: SharedChunks? = nil
    ) throws(Inflater.Failure) {
        var limits = Assembler.Limits(configuration)
        limits.isCache = journal != nil
        captures = journal.map { CaptureJournal($0, memory: memory) }
        self.book = book
        self.sessions = sessions
        self.shared = shared
        assembler = Assembler(limits)
        slabs = PoolSlabs(memory: memory)
        self.filters = filters
        maxChunks = configuration.intake.maxChunks
        maxMessage = configuration.mqtt.maxMessage
        self.refusals = refusals
        members = PayloadMembers(configuration.intake.members.all)
        inflater = try Inflater(limit: maxMessage)
    }

    /// A retained message is a chunk of long ago, and nothing but counted.
    func takeRetained(topic: Span<UInt8>, payload: Span<UInt8>, now: Instant) -> Fate {
        figures.messages += 1
        camera = nil
        refuse(.retained, topic: topic, payload: payload, now: now)
        return .settled(completed: nil)
    }

    /// - Parameter packet: the message's packet identifier; 0 for none.
    func take(topic: Span<UInt8>, payload: Span<UInt8>, packet: UInt16, now: Instant) -> Fate {
        camera = nil
        // What `doctor` sends the cameras' way is nobody's chunk, and no mistake of anybody's.
        if DoctorProbe.matches(payload) { return .settled(completed: nil) }
        self.packet = packet
        let fate = fate(topic: topic, payload: payload, now: now)
        // One for which there is no room now comes here again.
        if fate != .full { figures.messages += 1 }
        return fate
    }

    private func fate(topic: Span<UInt8>, payload: Span<UInt8>, now: Instant) -> Fate {
        do throws(Refusal) {
            guard payload.count <= maxMessage else { throw .tooLarge }
            if Inflater.recognises(payload) { return try inflate(payload, topic: topic, now: now) }
            return try read(payload, topic: topic, now: now)
        } catch {
            refuse(error, topic: topic, payload: payload, now: now)
            return .settled(completed: nil)
        }
    }

    func refuse(_ reason: Refusal, topic: Span<UInt8>, payload: Span<UInt8>, now: Instant) {
        figures.refused(reason)
        refusals.refuse(reason, topic: topic, payload: payload, now: now)
    }

    private func inflate(_ payload: Span<UInt8>, topic: Span<UInt8>, now: Instant) throws(Refusal) -> Fate {
        let result: Result<Fate, Refusal>
        do throws(Inflater.Failure) {
            result = try inflater.withInflated(payload) { json in
                do throws(Refusal) { return .success(try read(json, topic: topic, now: now)) } catch { return .failure(error) }
            }
        } catch {
            throw error == .tooLarge ? .tooLarge : .inflate
        }
        return try result.get()
    }

    private func read(_ json: Span<UInt8>, topic: Span<UInt8>, now: Instant) throws(Refusal) -> Fate {
        let (place, name) = try topics.place(of: topic, filters: filters, assembler: &assembler, now: now)
        let envelope = try EnvelopeReader.read(json, needsID: place == nil, maxChunks: maxChunks, picking: &members)
        let camera: CameraIndex
        if let place { camera = place } else { camera = assembler.camera(for: try envelope.camera(in: json), now: now) }

        let imageID = envelope.imageID(in: json)
        if shared != nil, imageID == nil { throw .imageID }
        let room = Base64Decoder.roomNeeded(textLength: envelope.data.count)
        switch assembler.stage(camera, imageID: imageID, index: envelope.index, room: room, now: now) {
        case .granted: break
        case .full: return .full
        case .tooLarge: throw .tooLarge
        }
        let chunk: DecodedChunk
        do throws(Refusal) {
            var region = assembler.stagedRegion(of: slabs)
            let last = envelope.index == envelope.total - 1
            chunk = try Base64Decoder.decode(envelope.data, of: json, into: &region, first: envelope.index == 0, last: last)
        } catch {
            assembler.discard()
            throw error
        }
        if let shared, let imageID {
            assembler.discard()
            trace?.step(
                "Chunk \(envelope.index) of \(envelope.total) of image \(imageID) of camera \(assembler.uid(of: camera)) goes to Redis",
                of: assembler.uid(of: camera), imageID)
            shared.add(
                SharedChunk(
                    place: SharedPlace(camera: assembler.uid(of: camera), imageID: imageID), index: envelope.index, total: envelope.total,
                    text: SharedText.make(envelope.data, of: json), shape: chunk.shape, digest: chunk.digest, topic: name,
                    notes: CaptureNotes(members, of: envelope.index, in: json, at: moment).text))
            return .settled(completed: nil)
        }
        return try judge(envelope, chunk, of: camera, json, topic: name, now: now)
    }

    /// Tells people of refused messages that were not logged one by one.
    func tellSuppressed(now: Instant) { refusals.tellSuppressed(now: now) }

    /// Tells of all open sessions, now and then.
    func tellSessions(now: Instant) {
        guard let sessions, nextTelling <= now else { return }
        nextTelling = now + SessionNotes.refreshInterval
        for capture in assembler.openCaptures() where capture.source == .gateway { sessions.isOpen(capture.imageID, of: capture.camera) }
    }

    private func judge(
        _ envelope: Envelope, _ chunk: DecodedChunk, of camera: CameraIndex, _ json: Span<UInt8>, topic: [UInt8], now: Instant
    ) throws(Refusal) -> Fate {
        let outcome = assembler.accept(
            index: envelope.index, total: envelope.total, shape: chunk.shape, digest: chunk.digest, packet: packet, now: now
        )
        if outcome.disposition != .full { self.camera = assembler.uid(of: camera) }
        if outcome.isRepeat { figures.duplicates += 1 }
        if let trace { tell(outcome, envelope, of: assembler.uid(of: camera), trace) }
        noteEvents(now: now)
        note(outcome, envelope.index, json, now: now)
        write(outcome, index: envelope.index, total: envelope.total, chunk, of: camera, topic: topic, now: now)
        if outcome.opened, let sessions, let capture = outcome.capture, let (uid, name) = assembler.session(capture) {
            sessions.isOpen(name, of: uid)
        }
        switch outcome.disposition {
        case .full: return .full
        case .refused(let reason): throw reason
        case .taken, .noted, .repeated: return .settled(completed: outcome.completed ? outcome.capture : nil)
        }
    }

    /// What the message says beside its chunk.
    private func note(_ outcome: Outcome, _ index: Int, _ json: Span<UInt8>, now: Instant) {
        guard let capture = outcome.capture else { return }
        switch outcome.disposition {
        case .taken:
            if let notes = notebook.took(index, of: capture, members, in: json, at: moment) {
                write(notes, of: capture, now: now)
                notebook.sweep { assembler.imageID(of: $0) != nil }
            }
        case .noted, .repeated: notebook.cameAgain(index, of: capture, members, in: json, at: moment)
        case .refused, .full: break
        }
    }

    private func tell(_ outcome: Outcome, _ envelope: Envelope, of camera: CameraUID, _ log: Logger) {
        let imageID = outcome.capture.flatMap { assembler.imageID(of: $0) } ?? "(a former one)"
        if outcome.opened { log.step("Opened image \(imageID) of camera \(camera): \(envelope.total) chunks", of: camera, imageID) }
        let fate =
            switch outcome.disposition {
            case .taken: outcome.completed ? "taken, the last one" : "taken"
            case .noted, .repeated: "it came before"
            case .refused(let reason): "refused, \(reason.rawValue)"
            case .full: "no room now"
            }
        log.step("Chunk \(envelope.index) of \(envelope.total) of image \(imageID) of camera \(camera): \(fate)", of: camera, imageID)
    }

    func write(
        _ outcome: Outcome, index: Int, total: Int, _ chunk: DecodedChunk, of camera: CameraIndex, topic: [UInt8], now: Instant
    ) {
        guard let captures else { return }
        defer { noteMoved(now: now) }
        let isKept = outcome.disposition == .taken
        let remembered = assembler.remembered
        guard isKept || outcome.disposition == .noted, let handle = outcome.capture, let it = assembler.takeJournalState(of: handle) else {
            if let remembered { captures.add(.arrival(remembered), of: assembler.uid(of: camera), &assembler, now: now) }
            return
        }
        let record = ChunkRecord(
            handle, topic: topic, imageID: it.imageID, it.source, index: index, of: total, chunk.shape, digest: chunk.digest, it.state,
            isKept: isKept, isRepeat: outcome.isRepeat, remembered: remembered, packet: packet, arrived: moment)
        let staged = assembler.stagedExtents
        captures.add(.chunk(record), of: it.camera, capture: handle, &assembler, now: now) { [slabs] buffer in
            var left = chunk.shape.storedBytes
            for extent in staged where left > 0 {
                let count = min(left, extent.count)
                unsafe slabs.memory.withUnsafeBytes(extent.offset..<extent.offset + count) { unsafe buffer.append(contentsOf: $0) }
                left -= count
            }
        }
    }

    func write(_ notes: CaptureNotes, of capture: CaptureHandle, now: Instant) {
        guard let captures, let (camera, _) = assembler.owner(of: capture) else { return }
        captures.add(.notes(notes, of: capture), of: camera, capture: capture, &assembler, now: now)
    }

    /// Writes down how captures stand that moved on without a chunk of theirs, and whose a camera's messages are now.
    func noteMoved(now: Instant) {
        guard let captures else { return }
        while let memory = assembler.takeRewrittenMemory() { captures.add(.memory(memory), of: memory.camera, &assembler, now: now) }
        for moved in assembler.moved {
            guard let it = assembler.takeJournalState(of: moved) else { continue }
            captures.add(.state(it.state, of: moved), of: it.camera, capture: moved, &assembler, now: now)
        }
        captures.writeDoubtful(&assembler, now: now)
    }

    private func tellDoubt(of capture: CaptureHandle, _ what: String, _ fate: String) {
        guard let trace, let (camera, _) = assembler.owner(of: capture), let imageID = assembler.imageID(of: capture) else { return }
        trace.step("\(what) \(imageID) of camera \(camera) \(fate)", of: camera, imageID)
    }

    /// Counts what became of a picture, just before its end.
    func tallyNow(_ end: PictureEnd, of capture: UInt64, now: Instant) {
        guard let book else { return }
        book.add(end.fate, of: end.camera, at: end.moment)
        journal?.tally(end.fate, at: Account.Place(end.moment, end.camera), of: capture, now: now)
    }

    /// Counts what became of a capture.
    /// - Parameter capture: its number in the journal; 0 where it has none.
    func tally(_ fate: Account.Fate, of camera: CameraUID, at moment: Timestamp, _ capture: UInt64 = 0, now: Instant) {
        guard let book else { return }
        book.add(fate, of: camera, at: moment)
        captures?.add(.tally(fate, Account.Place(moment, camera), of: capture), of: camera, &assembler, now: now)
    }

    /// Writes down which captures ended, and keeps it to be told.
    func noteEvents(now: Instant) {
        guard !assembler.events.isEmpty else { return }
        for event in assembler.events {
            switch event {
            case .confirmed(let capture): confirmed.append(capture)
            case .doubtBegan(let capture):
                if let owner = assembler.owner(of: capture) { captures?.doubtBegan(owner.camera) }
                tellDoubt(of: capture, "Chunks that came for image", "may be an older one's: they are in doubt")
            case .doubtEnded(let capture, areOwn: true): tellDoubt(of: capture, "The chunks of image", "are its own: the doubt is over")
            case .doubtEnded(let capture, areOwn: false):
                tellDoubt(of: capture, "Some chunks of image", "were an older one's, told again: the doubt is over")
            case .abandoned, .unloaded: break
            }
            guard case .abandoned(let capture) = event else { continue }
            abandoned.append(capture)
            // Its number, and its first chunks, may be its successor's now.
            let hasEnded = assembler.owner(of: capture.handle) == nil
            if capture.counts {
                tally(Account.Fate(capture.reason), of: capture.camera, at: moment, capture.handle.serial, now: now)
            }
            guard hasEnded else {
                if let notes = notebook.succeeded(capture.handle) { write(notes, of: capture.handle, now: now) }
                continue
            }
            notebook.forget(capture.handle)
            captures?.abandoned(capture, &assembler, now: now)
        }
        assembler.events.removeAll(keepingCapacity: true)
    }
}
