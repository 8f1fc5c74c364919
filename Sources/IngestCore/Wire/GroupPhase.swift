/// How far into a group of four the base64 text of a picture has come, between two of its chunks.
package struct GroupPhase: Hashable, Sendable {
    /// Characters of the open group that are no padding, 0 to 3.
    package let sextets: Int
    /// Whether one of the two padding characters stands behind two sextets, the other being still to come.
    package let halfPadded: Bool

    package static let start = GroupPhase(sextets: 0)

    /// Every phase there is.
    package static let all = (0...3).map { GroupPhase(sextets: $0) } + [GroupPhase(sextets: 2, halfPadded: true)]

    private init(sextets: Int, halfPadded: Bool = false) {
        self.sextets = sextets
        self.halfPadded = halfPadded
    }

    /// The phase behind a chunk that begins in this one; nil when no base64 goes on so.
    package func after(_ chunk: ChunkShape) -> GroupPhase? {
        if halfPadded {
            // The one padding character that is missing, or nothing.
            guard chunk.head == 0, chunk.headPadding == 1 else { return nil }
        } else {
            let open = (sextets + chunk.head) % 4
            switch (chunk.headPadding, open) {
            case (0, _): return GroupPhase(sextets: open)
            case (1, 3), (2, 2): break
            case (1, 2) where chunk.middle == 0 && chunk.rest == 0: return GroupPhase(sextets: 2, halfPadded: true)
            default: return nil
            }
        }
        return GroupPhase(sextets: chunk.rest, halfPadded: chunk.restPadding == 1)
    }

    /// Whether a picture's text may end here: an open group of two or three sextets is one whose padding was left out.
    package var mayEnd: Bool { sextets != 1 && !halfPadded }

    /// Bits of the open group that make no whole byte yet.
    var looseBits: Int {
        switch sextets {
        case 1: 6
        case 2: 4
        case 3: 2
        default: 0
        }
    }
}

extension ChunkShape {
    /// Whether some text before and after this chunk makes base64 of it.
    /// - Parameters:
    ///   - first: it is chunk 0, so nothing stands before it.
    ///   - last: it is the last chunk, so nothing stands behind it.
    package func isPossible(first: Bool, last: Bool) -> Bool {
        func fits(_ phase: GroupPhase) -> Bool {
            guard let end = phase.after(self) else { return false }
            return !last || end.mayEnd
        }
        return first ? fits(.start) : GroupPhase.all.contains(where: fits)
    }
}
