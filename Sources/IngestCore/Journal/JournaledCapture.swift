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
    package let notes: (content: CaptureNotes, place: JournalPlace)?
    /// Records that must be kept with it beside its chunks'.
    package let others: [JournalPlace]

    /// All of its chunks came.
    package var isWhole: Bool { state.isWhole && chunks.count == total && chunks.allSatisfy(\.isKept) }
    /// And none of them is in doubt.
    package var isComplete: Bool { isWhole && !state.isInDoubt && (source == .camera || state.again.isEmpty) }
}

/// What a replay found.
package struct JournalFindings: Sendable {
    package struct Unrestorable: Sendable {
        package let number: UInt64
        package let camera: CameraUID
        package let imageID: String
        /// Nil where nothing is known of its chunks.
        package let tag: UInt16?
        package let wasFinished: Bool
        /// Whether it was not told before that it was given up.
        package let counts: Bool
    }

    /// The least recently touched first.
    package var captures: [JournaledCapture] = []
    /// Captures that contradict newer ones, or lost a part to damage and can never be whole: to be ended.
    package var unrestorable: [Unrestorable] = []
    package var memories: [JournaledMemory] = []
    package var lastSequence: UInt64 = 0
    package var lastTicks: Int64 = 0
    package var nextCapture: UInt64 = 0
    package var account = Account()
    /// What the broker may send again, the oldest first.
    package var recent: [RecentMessage] = []
    /// Pictures whose upload began and whose chunks were never written, and whether they have their row: when they come again they are
    /// these. The oldest first.
    package var begun: [(picture: JournaledPicture, isStored: Bool)] = []

    package init() {}
}

extension JournalReplay {
    /// Everything was read.
    package consuming func findings() -> JournalFindings {
        var findings = JournalFindings()
        findings.lastSequence = lastSequence
        findings.lastTicks = lastTicks
        findings.nextCapture = nextCapture
        findings.account = account
        findings.begun = begun.sorted { $0.key < $1.key }.map(\.value)
        var open: [JournaledCapture] = []
        var complete: [JournaledCapture] = []
        for (number, known) in captures where !hasEnded(number) {
            guard let capture = settle(number, known) else { continue }
            // Its chunks are the broker's still, for its picture's record is behind these.
            if capture.picture == nil, known.entries.contains(where: \.isCutAnew) { continue }
            if capture.isWhole {
                if capture.isComplete { complete.append(capture) }
                findings.captures.append(capture)
            } else if capture.picture != nil {
                findings.unrestorable.append(.init(capture, wasFinished: true))
            } else {
                open.append(capture)
            }
        }
        for (number, picture) in pictures where captures[number] == nil && !hasEnded(number) {
            let it = picture.0.picture
            findings.unrestorable.append(
                .init(number: number, camera: it.camera, imageID: it.imageID, tag: nil, wasFinished: true, counts: true))
        }
        // Of two sessions of a camera, or two captures of one name, the older one's end was lost; of five, the oldest's.
        var perCamera: [CameraUID: Int] = [:]
        var names: Set<String> = []
        for capture in open.sorted(by: { $0.order > $1.order }) {
            let session = capture.state.isElder ? "elder" : ""
            let name = "\(capture.camera.text)/\(capture.source == .camera ? capture.imageID : session)/\(capture.source)"
            guard perCamera[capture.camera, default: 0] < OpenCaptures.most, names.insert(name).inserted else {
                findings.unrestorable.append(.init(capture, wasFinished: false))
                continue
            }
            perCamera[capture.camera, default: 0] += 1
            findings.captures.append(capture)
        }
        findings.captures.sort { $0.order < $1.order }
        findings.memories = memories(whole: complete)
        findings.recent = Array(recent.suffix(RecentMessages.capacity(for: ringCapacity)))
        for lost in findings.unrestorable {
            // What comes again of it may mend it.
            findings.recent.removeAll { $0.camera == lost.camera }
            for index in findings.memories.indices where findings.memories[index].camera == lost.camera {
                findings.memories[index].forget(lost, of: pictures)
            }
        }
        return findings
    }

    /// Puts a capture's records in order and draws the sum.
    private func settle(_ number: UInt64, _ known: Known) -> JournaledCapture? {
        let (slots, entries, others) = slots(of: number, known)
        guard let newest = entries.last, let last = entries.last(where: { $0.chunk != nil }) else { return nil }
        var (chunks, state) = (slots.chunks, newest.state)
        // A run with a hole in it completes nothing.
        if known.source == .gateway, !state.isDoomed, (0..<state.runNext).contains(where: { chunks[$0]?.isKept != true }) {
            chunks = chunks.mapValues(\.withoutBytes)
            (state.runNext, state.isWhole) = (0, false)
        }
        let began = entries.first { $0.state.tag == newest.state.tag } ?? newest
        return JournaledCapture(
            number: number, camera: known.camera, imageID: known.imageID, source: known.source, total: known.total, topic: known.topic,
            arrived: last.arrived, state: state, began: began.state.touched, chunks: chunks.values.sorted { $0.index < $1.index },
            newest: newest.place, order: newest.sequence, picture: pictures[number],
            notes: notes[number].map { ($0.notes, $0.place) }, others: others)
    }

    private func slots(of number: UInt64, _ known: Known) -> (slots: Slots, entries: [Entry], others: [JournalPlace]) {
        // From whom it has its beginning, the nearest first.
        var chain: [Succession] = []
        while let before = predecessor(of: chain.last?.old ?? number) { chain.append(before) }
        var slots = Slots()
        for before in chain.reversed() {
            for entry in entries(of: before.old) { slots.apply(entry, known.source) }
            slots.keep(before: min(before.inherited, known.total))
        }
        let entries = entries(of: number)
        for entry in entries { slots.apply(entry, known.source) }
        return (slots, entries, chain.map(\.place))
    }

    /// The slots of a capture, record by record.
    private struct Slots {
        var chunks: [Int: JournaledCapture.Chunk] = [:]
        private var kept = 0

        mutating func apply(_ entry: Entry, _ source: ImageIDSource) {
            for range in entry.state.dropped { drop(range) }
            if entry.state.isDoomed || entry.state.keepsNothing { drop() }
            // A note of a chunk whose bytes are there says only that the run goes on.
            guard let chunk = entry.chunk, chunk.isKept || chunks[chunk.index] == nil else { return }
            kept += (chunk.isKept ? 1 : 0) - (chunks[chunk.index]?.isKept == true ? 1 : 0)
            chunks[chunk.index] = chunk
        }

        mutating func keep(before end: Int) {
            chunks = chunks.filter { $0.key < end && $0.value.isKept }
            kept = chunks.count
        }

        private mutating func drop(_ range: ClosedRange<Int>) {
            if range.count > chunks.count {
                chunks = chunks.filter { !range.contains($0.key) }
                kept = chunks.values.count(where: \.isKept)
            } else {
                for index in range { if chunks.removeValue(forKey: index)?.isKept == true { kept -= 1 } }
            }
        }

        private mutating func drop() {
            guard kept > 0 else { return }
            chunks = chunks.mapValues(\.withoutBytes)
            kept = 0
        }
    }
}

extension JournaledCapture.Chunk {
    init(_ chunk: JournaledChunk, at place: JournalPlace) {
        self.init(index: chunk.index, shape: chunk.shape, digest: chunk.digest, isKept: chunk.isKept, place: place)
    }

    fileprivate var withoutBytes: Self { Self(index: index, shape: shape, digest: digest, isKept: false, place: place) }
}

extension JournaledMemory {
    /// A capture that cannot be stored after all: what comes again of it is no repeat.
    fileprivate mutating func forget(_ lost: JournalFindings.Unrestorable, of pictures: [UInt64: (JournaledPicture, JournalPlace)]) {
        if let tag = lost.tag { history.settle(tag, as: .gone) }
        guard let picture = pictures[lost.number]?.0 else { return }
        finished.removeAll { $0.checksum == picture.checksum && $0.completed == picture.completed }
    }
}

extension JournalFindings.Unrestorable {
    fileprivate init(_ capture: JournaledCapture, wasFinished: Bool) {
        self.init(
            number: capture.number, camera: capture.camera, imageID: capture.imageID, tag: capture.state.tag, wasFinished: wasFinished,
            counts: wasFinished || !capture.state.isReported && !capture.state.isEcho)
    }
}
