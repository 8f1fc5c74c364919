/// Messages for others that wait to be published, and those under way. Bounded: beyond `most`, the oldest that waits is given up and
/// counted, for the newest tell more.
///
/// ```
///            add            next               confirmed
///  (nothing) ───► waiting ───────► under way ─────────────► gone
///                    ▲                 │ connectionEnded
///                    └─────────────────┘
/// ```
package struct NoticeQueue: Sendable {
    package struct Notice: Equatable, Sendable {
        package let topic: String
        package let payload: [UInt8]

        package init(topic: String, payload: [UInt8]) {
            self.topic = topic
            self.payload = payload
        }
    }

    package static let most = 1000

    private var waiting = FIFO<Notice>()
    private var underWay: [Int32: Notice] = [:]
    /// Identifiers in the order in which they were given.
    private var order: [Int32] = []
    /// Given up: for want of room, or refused.
    package private(set) var dropped = 0
    /// Taken by the broker, which had nobody to give them to.
    package private(set) var unheard = 0

    package init() {}

    package var isEmpty: Bool { waiting.isEmpty && underWay.isEmpty }
    package var hasWaiting: Bool { !waiting.isEmpty }
    package var underWayCount: Int { underWay.count }

    package mutating func add(_ notice: Notice) {
        waiting.append(notice)
        if waiting.count + underWay.count > Self.most, waiting.popFirst() != nil { dropped += 1 }
    }

    /// The one whose turn it is. It is under way once `published` says so.
    package mutating func next() -> Notice? { waiting.popFirst() }

    package mutating func published(_ notice: Notice, as identifier: Int32) {
        underWay[identifier] = notice
        order.append(identifier)
    }

    package enum Answer: Sendable {
        case taken, refused
        /// Nobody is subscribed to its topic.
        case unheard

        /// - Parameter reason: of a PUBACK (MQTT 5.0, 3.4.2.1).
        package init(reason: Int32) { self = reason >= 128 ? .refused : reason == 16 ? .unheard : .taken }
    }

    /// The broker answered.
    /// - Returns: the message, when it was one of these.
    package mutating func answered(_ identifier: Int32, _ answer: Answer) -> Notice? {
        guard let notice = underWay.removeValue(forKey: identifier) else { return nil }
        order.removeAll { $0 == identifier }
        switch answer {
        case .taken: break
        case .refused: dropped += 1
        case .unheard: unheard += 1
        }
        return notice
    }

    /// What was under way, and may not have arrived, goes again, in its order and before what waits.
    package mutating func connectionEnded() {
        let again = order.compactMap { underWay[$0] }
        order = []
        underWay = [:]
        guard !again.isEmpty else { return }
        var all = FIFO<Notice>()
        for notice in again { all.append(notice) }
        while let notice = waiting.popFirst() { all.append(notice) }
        waiting = all
    }

    /// One that could not even be handed to the library.
    package mutating func giveUp() { dropped += 1 }
}
