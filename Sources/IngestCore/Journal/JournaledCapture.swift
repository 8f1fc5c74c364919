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
    package let state: CaptureState
    package let began: Int64
    /// By index, each once.
    package let chunks: [Chunk]
    /// Of the newest record, which has the state.
    package let newest: JournalPlace
    package let order: UInt64
    package var picture: (JournaledPicture, JournalPlace)?
    /// Records that must be kept with it beside its chunks'.
    package let others: [JournalPlace]

    package var isWhole: Bool { chunks.count == total && chunks.allSatisfy(\.isKept) }
}

/// What a replay found.
package struct JournalFindings: Sendable {
    /// The least recently touched first.
    package var captures: [JournaledCapture] = []
    /// Captures that contradict newer ones, or lost a part to damage and can never be whole: to be ended.
    package var hopeless: [(number: UInt64, camera: CameraUID, imageID: String, wasFinished: Bool)] = []
    package var memories: [CameraMemory] = []
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
            guard let capture = settle(number, known) else { continue }
            if capture.isWhole {
                findings.captures.append(capture)
            } else if capture.picture != nil {
                findings.hopeless.append((number, capture.camera, capture.imageID, true))
            } else {
                open.append(capture)
            }
        }
        for (number, picture) in pictures where captures[number] == nil && !hasEnded(number) {
            findings.hopeless.append((number, picture.0.picture.camera, picture.0.picture.imageID, true))
        }
        let lost = Set(findings.hopeless.map(\.number))
        let whole = Set(findings.captures.map(\.number))

        // Of two sessions of a camera, or two captures of one name, the older one's end was lost; of five, the oldest's.
        var perCamera: [CameraUID: Int] = [:]
        var names: Set<String> = []
        for capture in open.sorted(by: { $0.order > $1.order }) {
            let name = "\(capture.camera.text)/\(capture.source == .camera ? capture.imageID : "")"
            guard perCamera[capture.camera, default: 0] < OpenCaptures.most, names.insert(name).inserted else {
                findings.hopeless.append((capture.number, capture.camera, capture.imageID, false))
                continue
            }
            perCamera[capture.camera, default: 0] += 1
            findings.captures.append(capture)
        }
        findings.captures.sort { $0.order < $1.order }
        findings.memories = memories(whole: whole)
        for index in findings.memories.indices where !lost.isEmpty { findings.memories[index].forget(lost, of: pictures) }
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
        var isEcho = false
        for entry in entries {
            if source == .camera {
                if isEcho, !entry.state.isEcho { leaveEcho(&slots, at: entry.index) }
                if entry.state.isDoomed { drop(&slots) }
            } else if entry.state.runNext == 0 {
                drop(&slots)
            }
            // A note of a chunk whose bytes are there says only that the run goes on.
            if entry.isKept || slots[entry.index] == nil { slots[entry.index] = entry }
            isEcho = entry.state.isEcho
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

    /// As `Assembler.leaveEcho` does.
    private func leaveEcho(_ slots: inout [Int: Entry], at index: Int) {
        let hasHole = (0..<index).contains { slots[$0] == nil }
        slots = hasHole ? [:] : slots.filter { $0.key < index }
    }
}

extension JournalReplay.Entry {
    fileprivate var withoutBytes: Self {
        Self(
            sequence: sequence, index: index, shape: shape, digest: digest, isKept: false, state: state, arrived: arrived, place: place)
    }
}

extension CameraMemory {
    /// Pictures that cannot be stored after all: what comes again of them is no repeat.
    fileprivate mutating func forget(_ lost: Set<UInt64>, of pictures: [UInt64: (JournaledPicture, JournalPlace)]) {
        for index in ring.indices where lost.contains(ring[index].owner) { ring[index].owner = Owner.otherwise }
        for number in lost {
            guard let picture = pictures[number]?.0, picture.picture.camera == camera else { continue }
            finished.removeAll { $0.checksum == picture.checksum && $0.completed == picture.completed }
        }
    }
}
