/// The keys given to the newest pictures, so that none is given twice while the table cannot tell yet: two pictures under one re-used
/// image id within a second are on their way together, and the later upload would overwrite the earlier one.
///
/// Keeps hashes alone. Where two keys share one, the later picture gets its distinct key without need, which harms nothing.
package struct RecentKeys: Sendable {
    private let capacity: Int
    private var ring: [Int] = []
    private var next = 0
    private var known: Set<Int> = []

    package init(capacity: Int = 1024) { self.capacity = capacity }

    /// Takes note of `key`.
    /// - Returns: whether it was given before, as far back as this reaches.
    package mutating func note(_ key: String) -> Bool {
        let hash = key.hashValue
        guard known.insert(hash).inserted else { return true }
        if ring.count < capacity {
            ring.append(hash)
        } else {
            known.remove(ring[next])
            ring[next] = hash
            next = (next + 1) % capacity
        }
        return false
    }
}
