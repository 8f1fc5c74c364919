/// What is still needed of the journal, and where it lies: to read chunks back, to know which segments may go, and what to carry
/// out of one that few captures hold on to.
package struct JournalLedger: Sendable {
    private struct Chunk {
        let index: UInt32
        var place: JournalPlace
    }

    /// Of one capture.
    private struct Holding {
        /// In no order; each index once.
        var chunks: [Chunk] = []
        /// The newest record, which has the capture's state, where it is no chunk's.
        var newest: JournalPlace?
        /// What was noted of it last.
        var notes: JournalPlace?
        var others: [JournalPlace] = []

        func holds(_ place: JournalPlace) -> Bool {
            newest == place || notes == place || others.contains(place) || chunks.contains { $0.place == place }
        }

        mutating func forget(_ place: JournalPlace) {
            if newest == place { newest = nil }
            if notes == place { notes = nil }
            others.removeAll { $0 == place }
            chunks.removeAll { $0.place == place }
        }

        mutating func move(_ places: [JournalPlace: JournalPlace]) {
            for index in chunks.indices { if let place = places[chunks[index].place] { chunks[index].place = place } }
            if let place = newest.flatMap({ places[$0] }) { newest = place }
            if let place = notes.flatMap({ places[$0] }) { notes = place }
            for index in others.indices { if let place = places[others[index]] { others[index] = place } }
        }
    }

    package struct Segment: Equatable, Sendable {
        package let number: UInt64
        package var bytes: Int
        /// Of records that are needed.
        package var live = 0
    }

    package private(set) var segments: [Segment] = []
    private var holdings: [UInt64: Holding] = [:]

    package init() {}

    package var bytes: Int { segments.reduce(0) { $0 + $1.bytes } }
    package var live: Int { segments.reduce(0) { $0 + $1.live } }

    // MARK: Segments

    package mutating func began(_ segment: UInt64, bytes: Int) { segments.append(Segment(number: segment, bytes: bytes)) }

    package mutating func grew(_ segment: UInt64, to bytes: Int) {
        guard let index = position(of: segment) else { return }
        segments[index].bytes = bytes
    }

    /// The oldest, when nothing in it is needed. They go in order only, for the end of a capture lies behind its chunks.
    package var removable: UInt64? {
        guard segments.count > 1, let oldest = segments.first, oldest.live == 0 else { return nil }
        return oldest.number
    }

    package mutating func removed(_ segment: UInt64) { segments.removeAll { $0.number == segment } }

    /// Whether what is needed of the oldest segment should be carried to the newest, to be rid of it: when more than half of the
    /// journal, and more than `slack`, is not needed, or there are too many segments.
    package func shouldCarry(slack: Int, mostSegments: Int) -> UInt64? {
        guard segments.count > 1, let oldest = segments.first, oldest.live > 0 else { return nil }
        return bytes > 2 * live + slack || segments.count > mostSegments && oldest.live * 2 < oldest.bytes ? oldest.number : nil
    }

    /// All records of a segment that are needed, in order.
    package func needed(of segment: UInt64) -> [JournalPlace] {
        var found: [JournalPlace] = []
        for holding in holdings.values {
            for chunk in holding.chunks where chunk.place.segment == segment { found.append(chunk.place) }
            if let newest = holding.newest, newest.segment == segment { found.append(newest) }
            if let notes = holding.notes, notes.segment == segment { found.append(notes) }
            for place in holding.others where place.segment == segment { found.append(place) }
        }
        return found.sorted { $0.offset < $1.offset }
    }

    /// Records lie elsewhere now.
    package mutating func moved(_ places: [JournalPlace: JournalPlace]) {
        for (from, to) in places {
            count(from, -1)
            count(to, 1)
        }
        for capture in holdings.keys { holdings[capture]?.move(places) }
    }

    /// What lies in `segment` from `offset` on is written again, from `base` on, in another one.
    package mutating func moveTail(of segment: UInt64, from offset: Int, to other: UInt64, _ base: Int) {
        var places: [JournalPlace: JournalPlace] = [:]
        for place in needed(of: segment) where Int(place.offset) >= offset {
            places[place] = JournalPlace(segment: other, offset: Int(place.offset) - offset + base, length: Int(place.length))
        }
        moved(places)
    }

    /// A record cannot be read any more, so its segment need not stay for it.
    package mutating func lost(_ place: JournalPlace) {
        for (capture, holding) in holdings where holding.holds(place) {
            holdings[capture]?.forget(place)
            count(place, -1)
        }
    }

    // MARK: Captures

    /// - Parameters:
    ///   - isRepeat: the capture had the chunk before.
    ///   - dropped: slots that were forgotten before it came.
    package mutating func chunk(
        _ capture: UInt64, index: Int, isKept: Bool, isRepeat: Bool, dropped: [ClosedRange<Int>] = [], at place: JournalPlace
    ) {
        state(capture, dropped: dropped, at: nil)
        count(place, 1)
        if isRepeat, !isKept {
            holdings[capture, default: Holding()].newest = place
        } else if isRepeat, let known = holdings[capture]?.chunks.firstIndex(where: { Int($0.index) == index }) {
            if let before = holdings[capture]?.chunks[known].place { count(before, -1) }
            holdings[capture]?.chunks[known].place = place
        } else {
            holdings[capture, default: Holding()].chunks.append(Chunk(index: UInt32(index), place: place))
        }
    }

    /// The capture's state was written at `place`; with a chunk where it is nil.
    package mutating func state(_ capture: UInt64, dropped: [ClosedRange<Int>], at place: JournalPlace?) {
        for range in dropped {
            for chunk in holdings[capture]?.chunks ?? [] where range.contains(Int(chunk.index)) { count(chunk.place, -1) }
            holdings[capture]?.chunks.removeAll { range.contains(Int($0.index)) }
        }
        if let newest = holdings[capture]?.newest { count(newest, -1) }
        if let place { count(place, 1) }
        guard place != nil || holdings[capture] != nil else { return }
        holdings[capture, default: Holding()].newest = place
    }

    /// In place of what was noted before.
    package mutating func notes(_ capture: UInt64, at place: JournalPlace) {
        if let before = holdings[capture]?.notes { count(before, -1) }
        count(place, 1)
        holdings[capture, default: Holding()].notes = place
    }

    package mutating func other(_ capture: UInt64, at place: JournalPlace) {
        count(place, 1)
        holdings[capture, default: Holding()].others.append(place)
    }

    package mutating func ended(_ capture: UInt64) {
        guard let holding = holdings.removeValue(forKey: capture) else { return }
        for chunk in holding.chunks { count(chunk.place, -1) }
        if let newest = holding.newest { count(newest, -1) }
        if let notes = holding.notes { count(notes, -1) }
        for place in holding.others { count(place, -1) }
    }

    /// Whether anything is needed of the capture.
    package func holds(_ capture: UInt64) -> Bool { holdings[capture] != nil }

    package mutating func restore(_ capture: JournaledCapture) {
        var holding = Holding()
        for chunk in capture.chunks {
            holding.chunks.append(Chunk(index: UInt32(chunk.index), place: chunk.place))
            count(chunk.place, 1)
        }
        if !holding.chunks.contains(where: { $0.place == capture.newest }) {
            holding.newest = capture.newest
            count(capture.newest, 1)
        }
        if let notes = capture.notes {
            holding.notes = notes.place
            count(notes.place, 1)
        }
        holding.others = capture.others + (capture.picture.map { [$0.1] } ?? [])
        for place in holding.others { count(place, 1) }
        holdings[capture.number] = holding
    }

    package func place(of capture: UInt64, index: Int) -> JournalPlace? {
        holdings[capture]?.chunks.first { Int($0.index) == index }?.place
    }

    private mutating func count(_ place: JournalPlace, _ sign: Int) {
        guard let index = position(of: place.segment) else { return }
        segments[index].live += sign * Int(place.length)
    }

    /// Nearly always the last one.
    private func position(of segment: UInt64) -> Int? { segments.lastIndex { $0.number == segment } }
}
