/// How many transfers of the backlog run at once: one at first, one more after each round that went well, half after a failure
/// (additive increase, multiplicative decrease; Chiu and Jain 1989).
package struct Pace: Equatable, Sendable {
    package private(set) var ceiling: Int
    package private(set) var width = 1
    private var successes = 0

    package init(ceiling: Int) { self.ceiling = max(1, ceiling) }

    /// The width stays, as far as the new ceiling lets it.
    package mutating func adopt(ceiling: Int) {
        self.ceiling = max(1, ceiling)
        width = min(width, self.ceiling)
    }

    package mutating func succeeded() {
        successes += 1
        guard successes >= width, width < ceiling else { return }
        width += 1
        successes = 0
    }

    package mutating func failed() {
        width = max(1, width / 2)
        successes = 0
    }
}
