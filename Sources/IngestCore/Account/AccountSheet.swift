/// The account of one camera, drawn up from its counts and from what the spool holds.
package struct AccountSheet: Equatable, Sendable {
    package let camera: CameraUID
    package var counts = Account.Counts()
    /// Captures in the journal, those that wait for chunks and those on their way.
    package var underWay = 0
    /// Entries of the spool.
    package var pending = 0
    package var quarantined = 0

    package init(_ camera: CameraUID) { self.camera = camera }

    package var began: Int { stored + repeated + givenUp.reduce(0) { $0 + $1.count } + dropped + refused + open }

    /// By this gateway or by another one that heard it too.
    package var stored: Int { max(0, counts[.stored] + counts[.storedElsewhere] + fromSpool) }
    package var repeated: Int { counts[.repeated] + counts[.repeatedFromSpool] }
    package var dropped: Int { counts[.dropped] + counts[.droppedFromSpool] }
    /// By a store.
    package var refused: Int { quarantined }
    package var open: Int { underWay + pending }

    /// What went to the spool and is there no more, and was not given up.
    private var fromSpool: Int {
        counts[.spooled] - pending - quarantined - counts[.repeatedFromSpool] - counts[.droppedFromSpool]
    }

    package var givenUp: [(reason: Abandonment, count: Int)] {
        Abandonment.allCases.map { ($0, counts[Account.Fate($0)]) }
    }

    /// What the table's rows say against it, in one sentence; nil where they agree.
    /// - Parameters:
    ///   - own: rows that bear this gateway's name.
    ///   - all: rows of the camera, whoever wrote them.
    package func difference(own: Int, all: Int) -> String? {
        if all < stored { return "the table has \(all) rows of the \(stored) pictures that were stored" }
        if counts[.storedElsewhere] == 0, own > stored {
            return "the table has \(own) rows of this gateway, which stored \(stored) pictures"
        }
        return nil
    }
}
