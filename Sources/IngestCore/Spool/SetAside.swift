/// Entries of the spool that could not be read, or not be removed: passed over for ten minutes, while all others go on, and then looked at
/// again. One whose record was changed meanwhile is looked at at once.
///
/// What stays simple because of what it refuses:
/// - It holds no names, but 64 bits of each, and of `most` entries only. More than that are tried whenever they are met.
/// - It learns nothing by itself: who meets an entry asks whether to pass it over, and tells what came of it.
package struct SetAside: Sendable {
    package static let pause = Duration.seconds(600)
    static let most = 65_536

    private struct Item {
        var until: Instant
        /// The record's last change, in milliseconds; nil where that cannot be told.
        var changed: Int64?
        var isDelivered: Bool
        var metAt: Instant
    }

    private var items: [UInt64: Item] = [:]

    package init() {}

    package var count: Int { items.count }

    /// An entry could not be read, or, once it was delivered, not be removed.
    /// - Parameter changed: when its record last changed, in milliseconds.
    /// - Returns: whether that is news.
    package mutating func add(_ name: SpoolEntryName, isDelivered: Bool = false, changed: Int64?, now: Instant) -> Bool {
        let key = SpoolPairing.hash(name.base)
        let old = items[key]
        guard old != nil || items.count < Self.most else { return true }
        items[key] = Item(until: now + Self.pause, changed: changed, isDelivered: isDelivered || old?.isDelivered ?? false, metAt: now)
        return old == nil
    }

    /// An entry was met: is it to be passed over?
    /// - Parameter changed: asked for entries only that were set aside.
    package mutating func passesOver(_ name: SpoolEntryName, changed: @autoclosure () -> Int64?, now: Instant) -> Bool {
        guard !items.isEmpty else { return false }
        let key = SpoolPairing.hash(name.base)
        guard let item = items[key] else { return false }
        items[key]?.metAt = now
        return now < item.until && item.changed == changed()
    }

    /// Whether it only remains to be removed.
    package func isDelivered(_ name: SpoolEntryName) -> Bool {
        !items.isEmpty && items[SpoolPairing.hash(name.base)]?.isDelivered ?? false
    }

    /// It could be read, or is gone.
    package mutating func remove(_ name: SpoolEntryName) {
        if !items.isEmpty { items[SpoolPairing.hash(name.base)] = nil }
    }

    /// All entries there are were met since `start`: the others are gone.
    package mutating func sweep(since start: Instant) {
        guard items.contains(where: { $0.value.metAt < start }) else { return }
        items = items.filter { $0.value.metAt >= start }
    }

    /// All are to be looked at again, and told of again where they still cannot be read.
    package mutating func removeAll() {
        items = items.filter(\.value.isDelivered)
        for key in items.keys { items[key]?.until = Instant(sinceBoot: .zero) }
    }
}
