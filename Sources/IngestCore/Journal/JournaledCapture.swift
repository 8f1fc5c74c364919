/// A capture that was going on, or whole and not yet stored, when the journal ended.
package struct JournaledCapture: Sendable {
    package struct Chunk: Equatable, Sendable {
        package let index: Int
        package let shape: ChunkShape
        package let digest: UInt64
        package let isKept: Bool
        package let place: JournalPlace
    }

    package let number: UInt64
    package let camera: CameraUID
    package let imageID: String
    package let source: ImageIDSource
    package let total: Int
    /// Of its newest chunk.
    package let topic: String
    package let arrived: Timestamp
    package var state: CaptureState
    package let began: Int64
    /// By index, each once.
    package let chunks: [Chunk]
    /// Of the newest record, which has the state.
    package let newest: JournalPlace
    package let order: UInt64
    package var picture: (JournaledPicture, JournalPlace)?
    /// Records that must be kept with it beside its chunks'.
    package let others: [JournalPlace]

    package var isWhole: Bool { state.doubtful == nil && hasAll }
    private var hasAll: Bool { chunks.count == total && chunks.allSatisfy(\.isKept) }
    /// As in `Assembler.isInDoubt`.
    var isInDoubt: Bool { state.doubtful != nil && source == .gateway && state.runNext == total && hasAll }
}

/// What a replay found.
package struct JournalFindings: Sendable {
    package struct Hopeless: Sendable {
        package let number: UInt64
        package let camera: CameraUID
        package let imageID: String
        /// Nil where nothing is known of its chunks.
        package let tag: UInt16?
        package let wasFinished: Bool
    }

    /// The least recently touched first.
    package var captures: [JournaledCapture] = []
    /// Captures that contradict newer ones, or lost a part to damage and can never be whole: to be ended.
    package var hopeless: [Hopeless] = []
    package var memories: [JournaledMemory] = []
    package var lastSequence: UInt64 = 0
    package var lastTicks: Int64 = 0
    package var nextCapture: UInt64 = 0
}

extension JournalReplay {
    /// Everything was read.
    package consuming func findings() -> JournalFindings {
        var findings = JournalFindings()
        findings.lastSequence = lastSequence
        findings.lastTicks = lastTicks
        findings.nextCapture = nextCapture
        var open: [JournaledCapture] = []
        for (number, known) in captures where !hasEnded(number) {
            guard var capture = settle(number, known) else { continue }
            // It was seen to be whole before its picture was made.
            if capture.picture != nil { capture.state.doubtful = nil }
            if capture.isWhole {
                findings.captures.append(capture)
            } else if capture.picture != nil {
                findings.hopeless.append(.init(capture, wasFinished: true))
            } else {
                open.append(capture)
            }
        }
        for (number, picture) in pictures where captures[number] == nil && !hasEnded(number) {
            let it = picture.0.picture
            findings.hopeless.append(.init(number: number, camera: it.camera, imageID: it.imageID, tag: nil, wasFinished: true))
        }
        // A session ends before the next one of its camera begins; one that had all its chunks was seen to be whole then.
        let newest = open.reduce(into: [CameraUID: UInt64]()) { newest, it in
            if it.source == .gateway { newest[it.camera] = max(newest[it.camera] ?? 0, it.order) }
        }
        open.removeAll { it in
            guard it.isInDoubt, let last = newest[it.camera], last > it.order else { return false }
            var capture = it
            capture.state.doubtful = nil
            findings.captures.append(capture)
            return true
        }
        let whole = findings.captures

        // Of two sessions of a camera, or two captures of one name, the older one's end was lost; of five, the oldest's.
        var perCamera: [CameraUID: Int] = [:]
        var names: Set<String> = []
        for capture in open.sorted(by: { $0.order > $1.order }) {
            let name = "\(capture.camera.text)/\(capture.source == .camera ? capture.imageID : "")"
            guard perCamera[capture.camera, default: 0] < OpenCaptures.most, names.insert(name).inserted else {
                findings.hopeless.append(.init(capture, wasFinished: false))
                continue
            }
            perCamera[capture.camera, default: 0] += 1
            findings.captures.append(capture)
        }
        findings.captures.sort { $0.order < $1.order }
        findings.memories = memories(whole: whole)
        for lost in findings.hopeless {
            for index in findings.memories.indices where findings.memories[index].camera == lost.camera {
                findings.memories[index].forget(lost, of: pictures)
            }
        }
        return findings
    }

    /// Puts a capture's records in order and draws the sum.
    private func settle(_ number: UInt64, _ known: Known) -> JournaledCapture? {
        let entries = ordered(number)
        guard let newest = entries.last else { return nil }
        var slots = slots(of: number, known.source, entries)
        var state = newest.state
        // A run with a hole in it completes nothing.
        if known.source == .gateway, (0..<state.runNext).contains(where: { slots[$0]?.isKept != true }) {
            drop(&slots)
            state.runNext = 0
        }
        let chunks = slots.values.sorted { $0.index < $1.index }.map {
            JournaledCapture.Chunk(index: $0.index, shape: $0.shape, digest: $0.digest, isKept: $0.isKept, place: $0.place)
        }
        return JournaledCapture(
            number: number, camera: known.camera, imageID: known.imageID, source: known.source, total: known.total, topic: known.topic,
            arrived: newest.arrived, state: state, began: entries[0].state.touched, chunks: chunks, newest: newest.place,
            order: newest.sequence, picture: pictures[number], others: successions[number].map { [$0.place] } ?? [])
    }

    private func slots(of number: UInt64, _ source: ImageIDSource, _ entries: [Entry]) -> [Int: Entry] {
        var slots: [Int: Entry] = [:]
        if let succession = successions[number] {
            // Numbers rise, so this ends.
            let before = succession.old < number ? self.slots(of: succession.old, source, ordered(succession.old)) : [:]
            slots = before.filter { $0.key < succession.inherited && $0.value.isKept }
        }
        for entry in entries {
            if let cut = entry.state.cut { slots = slots.filter { $0.key < cut } }
            if entry.state.isDoomed || source == .gateway && entry.state.runNext == 0 { drop(&slots) }
            // A note of a chunk whose bytes are there says only that the run goes on.
            if entry.isKept || slots[entry.index] == nil { slots[entry.index] = entry }
        }
        return slots
    }

    /// A capture's records, oldest first, each once: of two copies the later one, whose segment lives longer.
    private func ordered(_ number: UInt64) -> [Entry] {
        guard let entries = captures[number]?.entries else { return [] }
        var bySequence: [UInt64: Entry] = [:]
        for entry in entries { bySequence[entry.sequence] = entry }
        return bySequence.values.sorted { $0.sequence < $1.sequence }
    }

    private func drop(_ slots: inout [Int: Entry]) {
        for (index, entry) in slots where entry.isKept { slots[index] = entry.withoutBytes }
    }
}

extension JournalReplay.Entry {
    fileprivate var withoutBytes: Self {
        Self(
            sequence: sequence, index: index, shape: shape, digest: digest, isKept: false, state: state, arrived: arrived, place: place)
    }
}

extension JournaledMemory {
    /// A capture that cannot be stored after all: what comes again of it is no repeat.
    fileprivate mutating func forget(_ lost: JournalFindings.Hopeless, of pictures: [UInt64: (JournaledPicture, JournalPlace)]) {
        if let tag = lost.tag { settle(tag, as: .gone) }
        guard let picture = pictures[lost.number]?.0 else { return }
        finished.removeAll { $0.checksum == picture.checksum && $0.completed == picture.completed }
    }
}

extension JournalFindings.Hopeless {
    fileprivate init(_ capture: JournaledCapture, wasFinished: Bool) {
        self.init(
            number: capture.number, camera: capture.camera, imageID: capture.imageID, tag: capture.state.tag, wasFinished: wasFinished)
    }
}
