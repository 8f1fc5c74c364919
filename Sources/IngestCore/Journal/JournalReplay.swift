/// Reads the journal's records, in the order of segments and places, and tells what was going on when they ended.
///
/// Records of one capture may come in any order and twice, for some were carried from segment to segment: their numbers tell.
/// Each capture and each camera stands for itself, so a lost record costs what it said and nothing else.
package struct JournalReplay: Sendable {
    /// What one record says of a capture.
    struct Entry: Sendable {
        let sequence: UInt64
        /// Nil where it says how the capture stands, and no more.
        let chunk: JournaledCapture.Chunk?
        let state: CaptureState
        let arrived: Timestamp
        let place: JournalPlace
        var isCutAnew = false
    }

    struct Known: Sendable {
        let camera: CameraUID
        let source: ImageIDSource
        let total: Int
        let topic: String
        /// As the newest record has it; a session that its run left goes on under another.
        var imageID: String
        var newest: UInt64
        var tag: UInt16
        var entries: [Entry] = []
    }

    struct Succession: Sendable {
        let old: UInt64
        let inherited: Int
        let place: JournalPlace
    }

    private struct Memory {
        var memory: JournaledMemory
        /// Of the newest message in it.
        var newest: UInt64 = 0
        /// Of the record that had all of it, fates too.
        var settled: UInt64 = 0
        var heard: UInt64 = 0
    }

    let ringCapacity: Int
    var captures: [UInt64: Known] = [:]
    private var ends: [UInt64: CaptureEnd] = [:]
    /// Before version 1.1 a session that its run left got a new number, and a record said which chunks went over to it.
    var successions: [UInt64: Succession] = [:]
    /// To whom the beginning of a capture went in that way.
    var heirs: [UInt64: UInt64] = [:]
    /// Records that say how a capture stands, of captures of which nothing else was read yet.
    private var states: [UInt64: [(state: CaptureState, sequence: UInt64, place: JournalPlace)]] = [:]
    var pictures: [UInt64: (JournaledPicture, JournalPlace)] = [:]
    /// Pictures whose upload began before any chunk of them was written.
    private(set) var begun: [UInt64: (picture: JournaledPicture, isStored: Bool)] = [:]
    /// The newest of each capture, with its number in the journal.
    var notes: [UInt64: (notes: CaptureNotes, sequence: UInt64, place: JournalPlace)] = [:]
    private(set) var account = Account()
    /// Of captures whose next record makes it count; where a crash kept that from the disk, what happened happens again.
    private var tallies: [UInt64: (fate: Account.Fate, place: Account.Place, sequence: UInt64)] = [:]
    /// Those that were told of in a row.
    private var places: Set<Account.Place> = []
    /// The newest record that told of counts: one that was written twice tells once.
    private var counted: UInt64 = 0
    /// Messages that the broker may send again.
    private(set) var recent: [RecentMessage] = []
    private var cameras: [CameraUID: Memory] = [:]
    /// All records up to here were read, or were on the disk and are damaged.
    private var end: UInt64?
    private var doubtful: [(record: JournalRecord, sequence: UInt64, place: JournalPlace)] = []
    package private(set) var lastSequence: UInt64 = 0
    package private(set) var lastTicks: Int64 = 0
    package private(set) var nextCapture: UInt64 = 1
    package private(set) var records = 0

    /// - Parameter ringCapacity: messages of a camera to remember.
    package init(ringCapacity: Int) { self.ringCapacity = ringCapacity }

    package mutating func add(_ record: JournalRecord, _ sequence: JournalSequence, at place: JournalPlace) {
        records += 1
        lastSequence = max(lastSequence, sequence.number)
        guard !sequence.isCarried else { return apply(record, sequence: sequence.number, at: place) }
        // What came before the first segment is gone on purpose.
        let end = max(end ?? sequence.proven, sequence.proven)
        self.end = end
        if sequence.number <= end + 1 {
            self.end = max(end, sequence.number)
            applyDoubtful()
            apply(record, sequence: sequence.number, at: place)
        } else {
            applyDoubtful()
            doubtful.append((record, sequence.number, place))
        }
    }

    /// Records behind a hole that was seen to be damage, or that a later copy has filled.
    private mutating func applyDoubtful() {
        guard !doubtful.isEmpty, var end else { return }
        doubtful.sort { $0.sequence < $1.sequence }
        while let first = doubtful.first, first.sequence <= end + 1 {
            doubtful.removeFirst()
            apply(first.record, sequence: first.sequence, at: first.place)
            end = max(end, first.sequence)
        }
        self.end = end
    }

    /// Where the journal ends, of each segment that has more behind it: everything from there on is to be cut.
    package var cuts: [UInt64: Int] {
        var cuts: [UInt64: Int] = [:]
        for it in doubtful { cuts[it.place.segment] = min(cuts[it.place.segment] ?? .max, Int(it.place.offset)) }
        return cuts
    }

    private mutating func apply(_ record: JournalRecord, sequence: UInt64, at place: JournalPlace) {
        switch record {
        case .chunk(let chunk): add(chunk, sequence, place)
        case .ended(let capture, let end, let camera, let tag):
            note(capture: capture)
            if let camera { cameras[camera]?.memory.history.settle(tag, as: end.fate) }
            count(capture, sequence)
            ends[capture] = ends[capture] == .released ? .released : end
            if end == .released { begun[capture]?.isStored = true } else { begun[capture] = nil }
            pictures[capture] = nil
            notes[capture] = nil
            var gone: UInt64? = capture
            while let number = gone {
                captures[number] = nil
                states[number] = nil
                gone = predecessor(of: number)?.old
                successions[number] = nil
            }
        case .succeeded(let old, let new, let inherited):
            note(capture: new)
            successions[new] = Succession(old: old, inherited: inherited, place: place)
            heirs[old] = new
            if ends[old] == nil { ends[old] = .superseded }
            if let known = captures[old] { cameras[known.camera]?.memory.history.settle(known.tag, as: .superseded) }
        case .state(let capture, let state): add(state, of: capture, sequence, place)
        case .picture(let picture):
            note(capture: picture.capture)
            lastTicks = max(lastTicks, picture.completed)
            if ends[picture.capture] == nil { pictures[picture.capture] = (picture, place) }
            begun[picture.capture] = nil
            remember(JournaledMemory.Finished(picture), of: picture.picture.camera, sequence)
        case .begun(let picture, let isStored):
            note(capture: picture.capture)
            begun[picture.capture] = (picture, isStored || ends[picture.capture] == .released)
        case .finished(let finished):
            note(capture: finished.capture)
            lastTicks = max(lastTicks, finished.memory.completed)
            begun[finished.capture] = nil
            remember(finished.memory, of: finished.camera, sequence)
        case .arrival(let camera, let remembered): remember(remembered, of: camera, sequence)
        case .arrivals(let camera, let all):
            if let heard = all.last?.heard { lastTicks = max(lastTicks, heard) }
            remember(all, of: camera, sequence)
        case .camera(let memory):
            let heard = cameras[memory.camera]?.heard ?? 0
            guard sequence > cameras[memory.camera]?.newest ?? 0 else { break }
            cameras[memory.camera] = Memory(memory: memory, newest: sequence, settled: sequence, heard: max(heard, sequence))
            cameras[memory.camera]?.memory.history.limit(to: ringCapacity)
            came(memory.history, from: memory.camera)
        case .tally, .account, .archived, .left:
            guard sequence > counted else { break }
            counted = sequence
            count(record, sequence)
        case .notes(let capture, let notes):
            note(capture: capture)
            guard ends[capture] == nil || heirs[capture] != nil, self.notes[capture].map({ $0.sequence <= sequence }) ?? true else { break }
            self.notes[capture] = (notes, sequence, place)
        case .clock(let ticks, let next):
            tallies = tallies.filter { $0.value.sequence > sequence }
            lastTicks = max(lastTicks, ticks)
            nextCapture = max(nextCapture, next)
        }
    }

    private mutating func count(_ record: JournalRecord, _ sequence: UInt64) {
        switch record {
        case .tally(0, let fate, let place): account.add(fate, at: place)
        case .tally(let key, let fate, let place) where fate.isOfSpool: account.leave(key, fate, at: place)
        case .left(let keys): account.remember(left: keys)
        case .tally(let capture, let fate, let place): tallies[capture] = (fate, place, sequence)
        case .account(let place, let counts, let generation):
            account.set(place, to: counts, generation: generation)
            places.insert(place)
        case .archived(let generation, let hour):
            account.archived(generation: generation, but: hour)
            // The segment that told of the others' end may be gone before an older one that has them.
            if hour == nil { account.keep(places) }
            places = []
        default: break
        }
    }

    /// A record of `capture` makes count what was told of it before.
    private mutating func count(_ capture: UInt64, _ sequence: UInt64) {
        guard let tally = tallies[capture], tally.sequence < sequence else { return }
        tallies[capture] = nil
        account.add(tally.fate, at: tally.place)
    }

    /// What `capture` went on with, where no other one did.
    func predecessor(of capture: UInt64) -> Succession? {
        guard let succession = successions[capture], succession.old < capture, heirs[succession.old] == capture else { return nil }
        return succession
    }

    private mutating func note(capture: UInt64) { nextCapture = max(nextCapture, capture &+ 1) }

    private mutating func add(_ chunk: JournaledChunk, _ sequence: UInt64, _ place: JournalPlace) {
        note(capture: chunk.capture)
        count(chunk.capture, sequence)
        lastTicks = max(lastTicks, chunk.state.touched)
        if var remembered = chunk.remembered {
            if remembered.message.tag == chunk.state.tag, let end = ends[chunk.capture] { remembered.message.fate = end.fate.rawValue }
            remember(remembered, of: chunk.camera, sequence)
        }
        guard ends[chunk.capture] == nil || heirs[chunk.capture] != nil else { return }
        let entry = Entry(
            sequence: sequence, chunk: JournaledCapture.Chunk(chunk, at: place), state: chunk.state, arrived: chunk.arrived, place: place,
            isCutAnew: chunk.isCutAnew)
        guard let known = captures[chunk.capture] else {
            captures[chunk.capture] = Known(
                camera: chunk.camera, source: chunk.source, total: chunk.total, topic: chunk.topic, imageID: chunk.imageID,
                newest: sequence, tag: chunk.state.tag, entries: [entry])
            return
        }
        guard known.total == chunk.total, known.camera == chunk.camera, known.source == chunk.source else { return }
        if sequence > known.newest {
            if known.tag != chunk.state.tag, sequence > cameras[chunk.camera]?.settled ?? 0 {
                cameras[chunk.camera]?.memory.history.settle(known.tag, as: .superseded)
            }
            captures[chunk.capture]?.newest = sequence
            captures[chunk.capture]?.imageID = chunk.imageID
            captures[chunk.capture]?.tag = chunk.state.tag
        }
        captures[chunk.capture]?.entries.append(entry)
    }

    private mutating func add(_ state: CaptureState, of capture: UInt64, _ sequence: UInt64, _ place: JournalPlace) {
        note(capture: capture)
        count(capture, sequence)
        lastTicks = max(lastTicks, state.touched)
        guard ends[capture] == nil else { return }
        states[capture, default: []].append((state, sequence, place))
    }

    /// What was read of a capture, oldest first, each record once: of two copies the later one, whose segment lives longer.
    func entries(of capture: UInt64) -> [Entry] {
        guard let known = captures[capture] else { return [] }
        let states = (states[capture] ?? []).map {
            Entry(sequence: $0.sequence, chunk: nil, state: $0.state, arrived: Timestamp(milliseconds: 0), place: $0.place)
        }
        var bySequence: [UInt64: Entry] = [:]
        for entry in known.entries + states { bySequence[entry.sequence] = entry }
        return bySequence.values.sorted { $0.sequence < $1.sequence }
    }

    // MARK: The memory of cameras

    private mutating func remember(_ it: Remembered, of uid: CameraUID, _ sequence: UInt64) { remember([it], of: uid, sequence) }

    private mutating func remember(_ all: [Remembered], of uid: CameraUID, _ sequence: UInt64) {
        guard sequence > cameras[uid]?.newest ?? 0 else { return }
        var camera = cameras.removeValue(forKey: uid) ?? Memory(memory: JournaledMemory(camera: uid))
        for it in all { remember(it, by: &camera) }
        (camera.newest, camera.heard) = (sequence, sequence)
        cameras[uid] = camera
        for it in all { came(it.message, from: uid) }
    }

    private func remember(_ it: Remembered, by camera: inout Memory) {
        if it.endsReading { camera.memory.history.endReading() }
        if it.endsInDoubt { camera.memory.history.endReading(asOptional: true) }
        if it.stepsBack { camera.memory.history.stepBack() }
        _ = camera.memory.history.hear(it.message.key, mayLeap: it.mayLeap)
        if it.readsAnew { camera.memory.history.readAnew(it.message.key) }
        camera.memory.history.remember(it.message, isNews: it.isNews, isStray: it.isStray, capacity: ringCapacity)
        camera.memory.heard = it.heard
        if Int16(bitPattern: it.message.tag &- camera.memory.nextTag) > 0 { camera.memory.nextTag = it.message.tag }
    }

    private mutating func came(_ message: CameraMemory.Message, from camera: CameraUID) {
        guard message.packet != 0 else { return }
        recent.append(RecentMessage(camera: camera, key: message.key, packet: message.packet))
        let most = RecentMessages.capacity(for: ringCapacity)
        if recent.count >= 2 * most { recent.removeFirst(recent.count - most) }
    }

    /// What a camera's memory tells of them again, or first where the segments with the messages are gone.
    private mutating func came(_ history: MessageHistory, from camera: CameraUID) {
        let known = recent.filter { $0.camera == camera }
        let came = { (message: CameraMemory.Message) in known.contains { $0.key == message.key && $0.packet == message.packet } }
        history.forEach { if !came($0) { self.came($0, from: camera) } }
        for message in history.pending where !came(message) { self.came(message, from: camera) }
    }

    private mutating func remember(_ finished: JournaledMemory.Finished, of uid: CameraUID, _ sequence: UInt64) {
        var camera = cameras[uid] ?? Memory(memory: JournaledMemory(camera: uid))
        guard sequence > camera.newest else { return }
        camera.memory.finished.append(finished)
        camera.newest = sequence
        camera.heard = sequence
        cameras[uid] = camera
    }

    /// What is remembered of each camera, the least recently heard first. To be called when everything was read.
    func memories(whole: [JournaledCapture]) -> [JournaledMemory] {
        var memories = cameras.values.sorted { $0.heard < $1.heard }.map(\.memory)
        var places: [CameraUID: Int] = [:]
        for index in memories.indices {
            places[memories[index].camera] = index
        }
        for capture in whole {
            if let index = places[capture.camera] { memories[index].history.settle(capture.state.tag, as: .finished) }
        }
        return memories
    }

    func hasEnded(_ capture: UInt64) -> Bool { ends[capture] != nil }
}
