/// A capture all of whose chunks are in Redis, for one gateway to make a picture of.
package struct SharedCapture: Equatable, Sendable {
    package let place: SharedPlace
    /// Tells it from other captures of the same name.
    package let token: String
    /// Of its texts together; 0 where that is not known.
    package let bytes: Int

    package init(place: SharedPlace, token: String, bytes: Int) {
        self.place = place
        self.token = token
        self.bytes = bytes
    }
}

/// A capture that another one of the same name put an end to.
package struct SupersededCapture: Equatable, Sendable {
    package let place: SharedPlace
    package let total: Int
    package let received: [Int]

    package init(place: SharedPlace, total: Int, received: [Int]) {
        self.place = place
        self.total = total
        self.received = received
    }

    package var missing: IndexRanges {
        var missing = IndexRanges()
        let there = Set(received)
        for index in 0..<total where !there.contains(index) { missing.append(index) }
        return missing
    }
}

/// What Redis says to one chunk.
package struct SharedAnswer: Equatable, Sendable {
    package enum Fate: Int, Sendable {
        /// Its slot was empty.
        case taken = 0
        /// It had come before. It may have been kept all the same: that the whole picture comes again cannot be ruled out.
        case repeated = 1
        /// Not taken: a capture of this name is whole, and has to be made a picture of first.
        case finishFirst = 2
        /// The picture has outgrown its bound.
        case tooLarge = 3
    }

    package let fate: Fate
    /// The capture is whole, and whoever is told so makes the picture.
    package let isWhole: Bool
    package let token: String
    package let bytes: Int
    /// The capture that this chunk put an end to: its total, and which chunks it had.
    package let superseded: (total: Int, received: [Int])?

    package init(fate: Fate, isWhole: Bool = false, token: String, bytes: Int = 0, superseded: (total: Int, received: [Int])? = nil) {
        self.fate = fate
        self.isWhole = isWhole
        self.token = token
        self.bytes = bytes
        self.superseded = superseded
    }

    package static func == (a: SharedAnswer, b: SharedAnswer) -> Bool {
        a.fate == b.fate && a.isWhole == b.isWhole && a.token == b.token && a.bytes == b.bytes && a.superseded?.total == b.superseded?.total
            && a.superseded?.received == b.superseded?.received
    }
}
