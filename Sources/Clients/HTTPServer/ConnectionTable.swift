/// The open connections of an HTTP server, and which of them has to go when there are more than it has room for.
///
/// Whoever has been waited for longest goes first: for the rest of its request, or for it to read its answer. One that reads gets a
/// second more, for it wants something. The newest connection never goes, and none for which the gateway itself is working.
/// So however many others do nothing, or little, a new client is served at once.
struct ConnectionTable {
    /// How much longer than for a request is waited for an answer to be read.
    private static let grace = Duration.seconds(1)

    private enum State { case asking, waiting, reading, gone }

    private struct Entry {
        let descriptor: CInt
        var state = State.asking
        /// When this state began.
        var since: Duration
        /// What its answer holds in memory.
        var bytes = 0
    }

    let limit: Int
    /// Of answers in memory, in bytes, that clients have not read yet.
    let budget: Int
    /// In the order in which they began.
    private var entries: [Entry] = []

    init(limit: Int, budget: Int) {
        self.limit = limit
        self.budget = budget
    }

    /// A connection began.
    mutating func began(_ descriptor: CInt, now: Duration) { entries.append(Entry(descriptor: descriptor, since: now)) }

    /// Its request is complete, and its answer will come from elsewhere.
    mutating func waits(_ descriptor: CInt, now: Duration) { change(descriptor, .waiting, 0, now) }

    /// It is sent an answer that holds so many bytes of memory.
    mutating func reads(_ descriptor: CInt, bytes: Int, now: Duration) { change(descriptor, .reading, bytes, now) }

    /// It has its answer, and may ask again.
    mutating func asks(_ descriptor: CInt, now: Duration) { change(descriptor, .asking, 0, now) }

    /// It is closed; its number may be another's from now on.
    mutating func ended(_ descriptor: CInt) { entries.removeAll { $0.descriptor == descriptor } }

    private mutating func change(_ descriptor: CInt, _ state: State, _ bytes: Int, _ now: Duration) {
        guard let place = entries.firstIndex(where: { $0.descriptor == descriptor }), entries[place].state != .gone else { return }
        entries[place].state = state
        entries[place].bytes = bytes
        entries[place].since = now
    }

    /// One that has to go, and counts no more; nil while there is room. Ask again until there is.
    mutating func evict() -> CInt? {
        let open = entries.count { $0.state != .gone }
        let bytes = entries.reduce(0) { $0 + ($1.state == .gone ? 0 : $1.bytes) }
        guard open > limit || bytes > budget else { return nil }
        let mayGo = entries.indices.dropLast().filter { place in
            switch entries[place].state {
            case .asking: open > limit
            case .reading: open > limit || entries[place].bytes > 0
            case .waiting, .gone: false
            }
        }
        guard let place = mayGo.min(by: { end(entries[$0]) < end(entries[$1]) }) else { return nil }
        entries[place].state = .gone
        return entries[place].descriptor
    }

    private func end(_ entry: Entry) -> Duration { entry.state == .reading ? entry.since + Self.grace : entry.since }
}
