import Clients
import IngestCore

/// A stored picture that somebody wants to look at.
struct ObjectFetch: Sendable {
    /// At once; more wait.
    static let together = 4
    /// Waiting and under way; beyond that people are asked to come again.
    static let most = 32

    let bucket: String
    let key: String
    let body: TemporaryFileBody
    /// In bytes.
    let limit: Int
    /// Nobody waits any longer.
    let until: Instant
    /// Told how it ended, on the upload thread; must not block.
    let ended: @Sendable (DeliveryFailure?) -> Void
}

/// The fetches that wait for the upload worker.
struct FetchQueue: Sendable {
    private var waiting: [ObjectFetch] = []
    private var underWay = 0

    /// - Returns: false when there are too many.
    mutating func add(_ fetch: ObjectFetch) -> Bool {
        guard waiting.count + underWay < ObjectFetch.most else { return false }
        waiting.append(fetch)
        return true
    }

    /// Those to begin now; each is owed one `ended`.
    mutating func take(now: Instant) -> [ObjectFetch] {
        waiting.removeAll { $0.until <= now }
        let taken = Array(waiting.prefix(ObjectFetch.together - underWay))
        waiting.removeFirst(taken.count)
        underWay += taken.count
        return taken
    }

    /// Whether `take` gives any, or forgets some.
    var canBegin: Bool { !waiting.isEmpty && underWay < ObjectFetch.together }

    mutating func ended() { underWay -= 1 }
}

extension Delivery {
    /// Has a stored picture fetched. Any thread.
    /// - Returns: false when too many wait already.
    func fetch(_ fetch: ObjectFetch) -> Bool { change { $0.fetches.add(fetch) } }
}
