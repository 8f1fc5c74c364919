/// For each run of the machine that began without a clock: one moment of which the civil time is known for sure. From it the time
/// of every other moment of that run follows, however often the clock was stepped.
package struct ClockAnchors: Equatable, Sendable {
    /// Who told the time.
    package enum Source: String, Sendable {
        /// The kernel says that the clock is synchronised.
        case kernel
        /// The object store's `Date`, in whole seconds and after some travel.
        case store
    }

    package struct Anchor: Equatable, Sendable {
        package let moment: PictureNotes.BootMoment
        package let wall: Timestamp
        package let source: Source

        package init(moment: PictureNotes.BootMoment, wall: Timestamp, source: Source) {
            self.moment = moment
            self.wall = wall
            self.source = source
        }
    }

    /// Runs of the machine that are remembered; the spool outlives many.
    private static let most = 64
    /// The newest last.
    package private(set) var anchors: [Anchor] = []

    package init() {}

    /// The first word counts, but the kernel's more than a store's.
    /// - Returns: whether anything changed.
    package mutating func note(_ anchor: Anchor) -> Bool {
        if let place = anchors.firstIndex(where: { $0.moment.boot == anchor.moment.boot }) {
            guard anchors[place].source == .store, anchor.source == .kernel else { return false }
            anchors.remove(at: place)
        }
        anchors.append(anchor)
        if anchors.count > Self.most { anchors.removeFirst() }
        return true
    }

    /// The picture, with what its `recorded_at` should have been where that is known now.
    package func healed(_ picture: Picture) -> Picture {
        guard picture.notes.clock == .unsynchronised, picture.notes.correctedAt == nil, let completed = picture.notes.completed,
            let anchor = anchors.last(where: { $0.moment.boot == completed.boot })
        else { return picture }
        let right = Timestamp(milliseconds: anchor.wall.milliseconds + completed.milliseconds - anchor.moment.milliseconds)
        let error = Duration.milliseconds((right.milliseconds - picture.recordedAt.milliseconds).magnitude)
        // Within that a store's word is no better than the clock's.
        guard anchor.source == .kernel || error > ClockOffset.tolerance else { return picture }
        var healed = picture
        healed.notes.correctedAt = right
        return healed
    }
}

/// `<boot> <milliseconds since its start> <milliseconds since 1970> <source>`, a line each.
extension ClockAnchors {
    package var text: String {
        anchors.map { "\($0.moment.boot) \($0.moment.milliseconds) \($0.wall.milliseconds) \($0.source.rawValue)\n" }.joined()
    }

    /// Lines that are none are passed over.
    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            guard parts.count == 4, let milliseconds = Int64(parts[1]), let wall = Int64(parts[2]), Timestamp.writable.contains(wall),
                milliseconds >= 0, milliseconds < 1 << 52, let source = Source(rawValue: String(parts[3]))
            else { continue }
            let moment = PictureNotes.BootMoment(boot: String(parts[0]), milliseconds: milliseconds)
            _ = note(Anchor(moment: moment, wall: Timestamp(milliseconds: wall), source: source))
        }
    }
}
