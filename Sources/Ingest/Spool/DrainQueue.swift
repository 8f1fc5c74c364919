import IngestCore
import Platform

/// In which order the spool's entries go into delivery: those that came back first, then the files in order, again and again, for any
/// may be copied in by hand. In memory for a few thousand names however many there are.
struct DrainQueue {
    /// Pictures refused for their own sake that rest at once. One more makes another try early.
    static let mostResting = 1024
    /// Between the end of one walk and the next look for entries copied in by hand.
    static let pauseBetweenWalks = Duration.seconds(5)

    private struct Rest {
        let until: Instant
        /// The record as it was: when it changes, somebody wants it tried again.
        let recordChanged: Int64?
    }

    private let store: SpoolStore
    private var order: Configuration.Drain.Order
    private var walk: SpoolWalk?
    private var walkBegan = Instant.current
    private var nextWalk = Instant.current
    /// Entries were stored that the walk may not meet.
    private var isBehind = false
    private var returned: [SpoolEntryName] = []
    private var resting: [SpoolEntryName: Rest] = [:]
    /// A store would not have them, nor perhaps any other: they come when there is nothing else to try, those that wait longest first.
    private var last: [SpoolEntryName] = []
    /// Those that could not be read.
    private(set) var aside = SetAside()
    /// Cameras that a store does not let in, as in names, and when each is tried next.
    var withheld: [Substring: Instant] = [:]
    /// In delivery.
    private(set) var held: Set<SpoolEntryName> = []
    /// The last name that came out of the walk.
    private(set) var position: SpoolEntryName?

    init(store: SpoolStore, order: Configuration.Drain.Order) {
        self.store = store
        self.order = order
    }

    /// Whether it is worth asking for the next one.
    var mayHaveMore: Bool {
        !returned.isEmpty || !last.isEmpty || walk != nil || nextWalk <= .current || resting.values.contains { $0.until <= .current }
    }

    /// When it will be again.
    var nextDue: Instant? { (resting.values.map(\.until) + [nextWalk]).filter { $0 > .current }.min() }

    /// When the first of the resting is tried again.
    var nextRestEnd: Instant? { resting.values.map(\.until).min() }

    /// Whether an entry is known that waits, rests or is in delivery: the oldest of them.
    var oldestKnown: SpoolEntryName? { [held.min(), returned.min(), last.min(), resting.keys.min()].compactMap(\.self).min() }

    /// The next entry to be delivered; nil when there is none now. It is held until `finished` or `putBack`.
    mutating func next() -> SpoolEntryName? {
        wake(now: .current)
        if !returned.isEmpty {
            let name = returned.removeFirst()
            held.insert(name)
            return name
        }
        if walk == nil, nextWalk <= .current {
            walk = store.walk(order)
            walkBegan = .current
            isBehind = false
        }
        while let walk {
            guard let name = walk.next(1).first else {
                self.walk = nil
                aside.sweep(since: walkBegan)
                nextWalk = isBehind ? .current : .current + Self.pauseBetweenWalks
                break
            }
            if held.contains(name) || last.contains(name) || isResting(name) || isSetAside(name) || isWithheld(name) { continue }
            position = name
            held.insert(name)
            return name
        }
        guard !last.isEmpty else { return nil }
        let name = last.removeFirst()
        held.insert(name)
        return name
    }

    /// It came back, or was just written, and every other is to be tried before it.
    mutating func putLast(_ name: SpoolEntryName) {
        held.remove(name)
        if last.count >= Self.mostResting { last.removeFirst() }
        last.append(name)
    }

    /// The stores take pictures again: all are tried in order.
    mutating func forgetLast() {
        guard !last.isEmpty else { return }
        last = []
        walk = nil
        nextWalk = .current
    }

    /// An entry was written.
    mutating func stored(_ name: SpoolEntryName, restingUntil: Instant?) {
        if let restingUntil { rest(name, Rest(until: restingUntil, recordChanged: store.changed(name))) }
        isBehind = true
        if walk == nil || order == .newestFirst {
            walk = nil
            nextWalk = .current
        }
    }

    /// It left: delivered, quarantined or gone.
    mutating func finished(_ name: SpoolEntryName) {
        held.remove(name)
        aside.remove(name)
    }

    /// It is not in delivery after all, and is met again.
    mutating func letGo(_ name: SpoolEntryName) { held.remove(name) }

    /// It could be read.
    mutating func wasRead(_ name: SpoolEntryName) { aside.remove(name) }

    /// It cannot be read, or, delivered, not be removed: all others go on, and it is looked at again in ten minutes.
    /// - Returns: whether that is news.
    mutating func setAside(_ name: SpoolEntryName, isDelivered: Bool) -> Bool {
        held.remove(name)
        return aside.add(name, isDelivered: isDelivered, changed: store.changed(name), now: .current)
    }

    mutating func isSetAside(_ name: SpoolEntryName) -> Bool { aside.passesOver(name, changed: store.changed(name), now: .current) }

    /// It came back from delivery and is to be tried again: first, or when it has rested.
    mutating func putBack(_ name: SpoolEntryName, restingUntil: Instant?, recordChanged: Int64?) {
        held.remove(name)
        if let restingUntil { return rest(name, Rest(until: restingUntil, recordChanged: recordChanged)) }
        let place = returned.firstIndex { order == .oldestFirst ? name < $0 : $0 < name } ?? returned.count
        returned.insert(name, at: place)
    }

    /// What goes wrong with the disk interrupts a walk; the next begins from the front.
    mutating func interrupt() {
        walk = nil
        nextWalk = .current + .seconds(1)
    }

    /// Another order begins with a walk of its own.
    mutating func adopt(_ order: Configuration.Drain.Order) {
        guard order != self.order else { return }
        self.order = order
        returned.sort { order == .oldestFirst ? $0 < $1 : $1 < $0 }
        walk = nil
        nextWalk = .current
    }

    /// The disk is well again.
    mutating func resume() { nextWalk = .current }

    /// Looks at everything anew.
    mutating func startOver() {
        resting = [:]
        last = []
        aside.removeAll()
        walk = nil
        nextWalk = .current
    }

    private mutating func rest(_ name: SpoolEntryName, _ rest: Rest) {
        if resting.count >= Self.mostResting, let first = resting.min(by: { $0.value.until < $1.value.until }) { resting[first.key] = nil }
        resting[name] = rest
    }

    private mutating func wake(now: Instant) {
        guard resting.values.contains(where: { $0.until <= now }) else { return }
        for (name, rest) in resting where rest.until <= now {
            resting[name] = nil
            putBack(name, restingUntil: nil, recordChanged: nil)
        }
    }

    private func isWithheld(_ name: SpoolEntryName) -> Bool {
        guard !withheld.isEmpty, let until = withheld[name.encodedCamera] else { return false }
        return until > .current
    }

    private mutating func isResting(_ name: SpoolEntryName) -> Bool {
        guard let rest = resting[name] else { return false }
        if let before = rest.recordChanged, let now = store.changed(name), now != before {
            resting[name] = nil
            return false
        }
        return true
    }
}
