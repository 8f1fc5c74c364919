/// The next few names of a folder in order, chosen in one pass over all of them, in memory for a few.
package struct SpoolSelection: Sendable {
    private let limit: Int
    private let order: Configuration.Drain.Order
    private let position: String?
    private var names: [String] = []
    private var worst: String?

    /// - Parameters:
    ///   - limit: how many are wanted.
    ///   - position: only names behind this one count; nil is the beginning.
    package init(_ limit: Int, _ order: Configuration.Drain.Order, after position: String?) {
        precondition(limit > 0)
        self.limit = limit
        self.order = order
        self.position = position
    }

    package mutating func offer(_ name: String) {
        if let position, !precedes(position, name) { return }
        if let worst, !precedes(name, worst) { return }
        names.append(name)
        // Cutting back only now and then keeps an offer at constant cost.
        if names.count >= 2 * limit { cut() }
    }

    /// In order, at most `limit`.
    package mutating func take() -> [String] {
        cut()
        return names
    }

    private mutating func cut() {
        names.sort(by: precedes)
        if names.count >= limit {
            names.removeLast(names.count - limit)
            worst = names.last
        }
    }

    private func precedes(_ a: String, _ b: String) -> Bool { order == .oldestFirst ? a < b : b < a }
}
