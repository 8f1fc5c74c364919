/// First in, first out, in constant time either way, and back to the front for what must be tried again first.
package struct FIFO<Element: Sendable>: Sendable {
    private var front: [Element] = []  // reversed
    private var back: [Element] = []

    package init() {}

    package var count: Int { front.count + back.count }
    package var isEmpty: Bool { front.isEmpty && back.isEmpty }

    package mutating func append(_ element: Element) { back.append(element) }
    package mutating func putBack(_ element: Element) { front.append(element) }

    package mutating func popFirst() -> Element? {
        if front.isEmpty {
            swap(&front, &back)
            front.reverse()
        }
        return front.popLast()
    }

    package mutating func removeAll() -> [Element] {
        defer { self = FIFO() }
        return front.reversed() + back
    }
}
