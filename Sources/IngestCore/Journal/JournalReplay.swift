/// Reads the journal's records, in the order of segments and places, and tells what was going on when they ended.
///
/// Records of one capture may come in any order and twice, for some were carried from segment to segment: their numbers tell.
/// Each capture and each camera stands for itself, so a lost record costs what it said and nothing else.
package struct JournalReplay: Sendable {
    struct Entry: Sendable {
        let sequence: UInt64
        let index: Int
        let shape: ChunkShape
        let digest: UInt64
        let isKept: Bool
        let state: CaptureState
        let arrived: Timestamp
        let place: JournalPlace
    }

    struct Known: Sendable {
        let camera: CameraUID
        let imageID: String
        let source: ImageIDSource
        let total: Int
        var topic: String
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
        var heard: UInt64 = 0
    }

    private let ringCapacity: Int
    var captures: [UInt64: Known] = [:]
    private var ends: [UInt64: CaptureEnd] = [:]
    var successions: [UInt64: Succession] = [:]
    /// Those whose beginning a capture that was not read to its end yet may own.
    private var inheritances: [UInt64: UInt64] = [:]
    var pictures: [UInt64: (JournaledPicture, JournalPlace)] = [:]
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
            if let camera { cameras[camera]?.memory.settle(tag, as: end.fate) }
            ends[capture] = ends[capture] == .released ? .released : end
            pictures[capture] = nil
            var gone: UInt64? = capture
            while let number = gone {
                captures[number] = nil
                gone = successions[number].flatMap { $0.old < number ? $0.old : nil }
            }
        case .succeeded(let old, let new, let inherited):
            note(capture: new)
            successions[new] = Succession(old: old, inherited: inherited, place: place)
            inheritances[old] = new
            if ends[old] == nil { ends[old] = .superseded }
            if let known = captures[old], let tag = known.entries.last?.state.tag {
                cameras[known.camera]?.memory.settle(tag, as: .superseded)
            }
        case .picture(let picture):
            note(capture: picture.capture)
            lastTicks = max(lastTicks, picture.completed)
            if ends[picture.capture] == nil { pictures[picture.capture] = (picture, place) }
            remember(picture, sequence)
        case .arrival(let camera, let message): remember(message, of: camera, sequence)
        case .camera(let memory):
            let heard = cameras[memory.camera]?.heard ?? 0
            guard sequence > cameras[memory.camera]?.newest ?? 0 else { break }
            cameras[memory.camera] = Memory(memory: memory, newest: sequence, heard: max(heard, sequence))
        case .clock(let ticks, let next):
            lastTicks = max(lastTicks, ticks)
            nextCapture = max(nextCapture, next)
        }
    }

    private mutating func note(capture: UInt64) { nextCapture = max(nextCapture, capture &+ 1) }

    private mutating func add(_ chunk: JournaledChunk, _ sequence: UInt64, _ place: JournalPlace) {
        note(capture: chunk.capture)
        lastTicks = max(lastTicks, chunk.state.touched)
        if chunk.isRemembered {
            let idHash = chunk.source == .camera ? SessionName.hash(chunk.imageID) : 0
            let key = ArrivalRing.key(digest: chunk.digest, shape: chunk.shape, index: chunk.index, total: chunk.total, idHash: idHash)
            let fate = ends[chunk.capture]?.fate ?? .open
            remember(
                CameraMemory.Message(key: key, tag: chunk.state.tag, fate: fate.rawValue, packet: chunk.packet), of: chunk.camera, sequence)
        }
        guard ends[chunk.capture] == nil || inheritances[chunk.capture] != nil else { return }
        var known =
            captures[chunk.capture]
            ?? Known(
                camera: chunk.camera, imageID: chunk.imageID, source: chunk.source, total: chunk.total, topic: chunk.topic)
        guard known.total == chunk.total else { return }
        known.entries.append(
            Entry(
                sequence: sequence, index: chunk.index, shape: chunk.shape, digest: chunk.digest, isKept: chunk.isKept, state: chunk.state,
                arrived: chunk.arrived, place: place))
        captures[chunk.capture] = known
    }

    // MARK: The memory of cameras

    private mutating func remember(_ message: CameraMemory.Message, of uid: CameraUID, _ sequence: UInt64) {
        var camera = cameras.removeValue(forKey: uid) ?? Memory(memory: JournaledMemory(camera: uid))
        if sequence > camera.newest {
            camera.memory.ring.append(message)
            if camera.memory.ring.count >= 2 * ringCapacity { camera.memory.ring.removeFirst(camera.memory.ring.count - ringCapacity) }
            camera.memory.messages += 1
            if Int16(bitPattern: message.tag &- camera.memory.nextTag) > 0 { camera.memory.nextTag = message.tag }
            camera.newest = sequence
            camera.heard = sequence
        }
        cameras[uid] = camera
    }

    private mutating func remember(_ finished: JournaledPicture, _ sequence: UInt64) {
        let uid = finished.picture.camera
        var camera = cameras[uid] ?? Memory(memory: JournaledMemory(camera: uid))
        guard sequence > camera.newest else { return }
        let idHash = finished.picture.imageIDSource == .camera ? SessionName.hash(finished.picture.imageID) : 0
        camera.memory.finished.append(
            JournaledMemory.Finished(
                checksum: finished.checksum, idHash: idHash, completed: finished.completed, message: finished.messages))
        camera.newest = sequence
        camera.heard = sequence
        cameras[uid] = camera
    }

    /// What is remembered of each camera, the least recently heard first. To be called when everything was read.
    func memories(whole: [JournaledCapture]) -> [JournaledMemory] {
        var memories = cameras.values.sorted { $0.heard < $1.heard }.map(\.memory)
        var places: [CameraUID: Int] = [:]
        for index in memories.indices {
            memories[index].ring = memories[index].ring.suffix(ringCapacity)
            places[memories[index].camera] = index
        }
        for capture in whole {
            if let index = places[capture.camera] { memories[index].settle(capture.state.tag, as: .finished) }
        }
        return memories
    }

    func hasEnded(_ capture: UInt64) -> Bool { ends[capture] != nil }
}
