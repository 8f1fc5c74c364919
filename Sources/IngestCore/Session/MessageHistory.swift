/// What a camera published last, in the order in which it did, and how far it is in telling it again.
///
/// A camera's client that lost its link sends again what it heard no acknowledgement of: in order, from any point, perhaps stepping
/// back again on the way, up to the last message before. So a message that equals a remembered one may be a repetition. Where all of
/// them were that go back to some point, they are told once here, however often they came; where they were not, they are entered as
/// what they are, news that looks like the past.
///
/// ```
/// 0 1 2 3 4 5 6 7        entered
///     ^ reading          the latest place where the camera may be in telling it again: the next message is 3, or one up to there
///             ^ last     with this one, all has been told
/// ```
/// A message out of its place (`stray`) is one that overtook others: in a retelling it may stand elsewhere, so it counts for nothing.
///
/// `capacity` messages of 13 bytes and, while something is told again, as many more of 16. Grows with the camera's first messages.
struct MessageHistory: Equatable {
    /// What became of the capture that a message was part of.
    enum Fate: UInt8, Comparable, Sendable {
        case open
        case gone
        /// Another one began after it, under the same name.
        case superseded
        case finished

        static func < (a: Fate, b: Fate) -> Bool { a.rawValue < b.rawValue }
        /// Another capture of the same name is another capture.
        var isStale: Bool { self >= .superseded }
    }

    var keys: [UInt64] = []
    /// Which capture of the camera it was part of.
    var tags: [UInt16] = []
    var fates: [UInt8] = []
    /// The packet identifiers they came with; 0 where there was none.
    var packets: [UInt16] = []
    /// The next to be overwritten, once full.
    var oldest = 0
    /// As many were entered in all: the place of the next one.
    private(set) var end = 0
    /// Said since something began to be told again, and not known to have been told before.
    var pending: [CameraMemory.Message] = []
    private var capacity = 0
    /// For the message that is heard next.
    private(set) var mayStep = false
    private(set) var isLoose = false
    /// The message that was heard last left out some.
    private(set) var hasLept = false
    /// Where in the past the camera may be at the latest; nil while it tells news.
    private(set) var reading: Int?

    var count: Int { keys.count }
    static let stray: UInt8 = 0x80

    /// Chunk number, total, image id and content in one. `idHash` is 0 without an image id.
    static func key(digest: UInt64, shape: ChunkShape, index: Int, total: Int, idHash: UInt64) -> UInt64 {
        var key = digest ^ idHash &* 0x9e37_79b9_7f4a_7c15
        key ^= UInt64(truncatingIfNeeded: index) << 32 | UInt64(truncatingIfNeeded: total)
        key = (key ^ key >> 32) &* 0xd6e8_feb8_6659_fd93
        key ^= UInt64(truncatingIfNeeded: shape.head) << 40 ^ UInt64(truncatingIfNeeded: shape.middle) << 8
        key ^= UInt64(truncatingIfNeeded: shape.headPadding | shape.rest << 2 | shape.restPadding << 4)
        key = (key ^ key >> 32) &* 0xd6e8_feb8_6659_fd93
        return key ^ key >> 32
    }

    // MARK: Looking back

    private func first(_ key: UInt64, from start: Int) -> Int? {
        let keys = keys.span
        var index = start
        while index < keys.count {
            if keys[index] == key { return index }
            index += 1
        }
        return nil
    }

    func contains(_ key: UInt64) -> Bool { first(key, from: 0) != nil }

    private func place(of index: Int) -> Int { end - count + (index >= oldest ? index - oldest : index - oldest + count) }
    func index(of place: Int) -> Int { (place - (end - count) + oldest) % count }
    private func isStray(_ place: Int) -> Bool { fates[index(of: place)] & Self.stray != 0 }

    /// The latest place up to `most` where the camera said this; and whether it said it out of its place too. What it said only so may
    /// stand anywhere, and has no place.
    private func place(of key: UInt64, upTo most: Int) -> (place: Int?, isStray: Bool) {
        var found: Int?
        var isStray = false
        var isInPlace = false
        var next = first(key, from: 0)
        while let index = next {
            let place = place(of: index)
            if fates[index] & Self.stray != 0 { isStray = true } else if place <= most { isInPlace = true }
            if place <= most, place > found ?? -1 { found = place }
            next = first(key, from: index + 1)
        }
        return (isInPlace ? found : nil, isStray)
    }

    /// The place of the last message that stood in its place; -1 for none.
    var last: Int {
        var place = end - 1
        while place >= end - count, isStray(place) { place -= 1 }
        return place
    }

    /// The first place behind `place` of a message that stood in its place.
    private func next(after place: Int) -> Int {
        var next = place + 1
        while next < end, isStray(next) { next += 1 }
        return next
    }

    /// Of the captures that an equal message was part of, the one that came furthest. Nil for one that is not remembered.
    func latest(of key: UInt64) -> (tag: UInt16, fate: Fate)? {
        var found: (tag: UInt16, fate: Fate)?
        forEach(of: key) { tag, fate in if fate >= found?.fate ?? .open { found = (tag, fate) } }
        return found
    }

    private func forEach(of key: UInt64, _ body: (UInt16, Fate) -> Void) {
        var next = first(key, from: 0)
        while let index = next {
            body(tags[index], fate(at: index))
            next = first(key, from: index + 1)
        }
        for message in pending where message.key == key { body(message.tag, Fate(rawValue: message.fate) ?? .gone) }
    }

    func fate(at index: Int) -> Fate { Fate(rawValue: fates[index] & ~Self.stray) ?? .gone }

    /// A chunk of a picture that was complete.
    func isOfFinished(_ key: UInt64) -> Bool { latest(of: key)?.fate == .finished }

    /// The captures that an equal message was part of, but for `own`; those that were finished or superseded, or all.
    func tags(of key: UInt64, but own: UInt16?, onlyStale: Bool) -> [UInt16] {
        var found: [UInt16] = []
        forEach(of: key) { tag, fate in
            if tag != own, fate.isStale || !onlyStale, !found.contains(tag) { found.append(tag) }
        }
        return found
    }

    /// One of the captures is finished or superseded.
    func isAnyStale(_ captures: [UInt16]) -> Bool {
        tags.indices.contains { captures.contains(tags[$0]) && fate(at: $0).isStale }
            || pending.contains { captures.contains($0.tag) && Fate(rawValue: $0.fate)?.isStale == true }
    }

    // MARK: Hearing

    enum Hearing: Equatable {
        case news
        /// It equals a remembered message.
        /// - entered: where it cannot follow what was told again before, the keys of those that were no repetitions therefore.
        case retold(entered: [UInt64])
    }

    /// Follows the camera by one message. `remember` then says what it was.
    /// - Parameter mayLeap: messages may have overtaken others, so that a retelling leaves out some that came before.
    mutating func hear(_ key: UInt64, mayLeap: Bool = false) -> Hearing {
        defer { (mayStep, isLoose) = (false, false) }
        hasLept = false
        guard contains(key) else { return .news }
        guard let reading else {
            self.reading = place(of: key, upTo: end).place
            return .retold(entered: [])
        }
        let (place, isStray) = place(of: key, upTo: mayStep ? end : next(after: reading))
        hasLept = isLoose && place ?? 0 > next(after: reading)
        if let place {
            self.reading = place
        } else if reading + 1 < next(after: reading), keys[index(of: reading + 1)] == key {
            self.reading = reading + 1
        }
        if place != nil || isStray { return .retold(entered: []) }
        if let place = follow(key) {
            self.reading = place
            return .retold(entered: [])
        }
        if mayLeap, let place = self.place(of: key, upTo: end).place, isLeap(from: reading, to: place) {
            hasLept = true
            self.reading = place
            return .retold(entered: [])
        }
        return .retold(entered: enterFirst(before: key))
    }

    /// A retelling leaves out what overtook others when it was new. What came in its place before another chunk of its own capture
    /// did not.
    private func isLeap(from reading: Int, to place: Int) -> Bool {
        let tag = tags[index(of: place)]
        return !(reading + 1..<max(place, reading + 1)).contains { !isStray($0) && tags[index(of: $0)] == tag }
    }

    /// Of what was told again, enters as many of the first as have to be news for the others, and `key`, to follow one another.
    private mutating func enterFirst(before key: UInt64) -> [UInt64] {
        foldPending()
        var entered: [UInt64] = []
        while let first = pending.first {
            pending.removeFirst()
            push(first)
            entered.append(first.key)
            if entered.count == Self.mostFirst { break }
            if let place = follow(key) {
                reading = place
                return entered
            }
        }
        entered += pending.map(\.key)
        enterPending()
        reading = place(of: key, upTo: end).place
        return entered
    }

    /// So many first messages are tried; the work is bounded.
    private static var mostFirst: Int { 32 }

    /// Which capture the message there was part of; nil for one that is not remembered.
    func tag(at place: Int) -> UInt16? { place >= end - count && place < end ? tags[index(of: place)] : nil }

    /// How many messages were entered from that one on, itself included; nil where it is not remembered.
    func messages(since key: UInt64) -> Int? { place(of: key, upTo: end).place.map { end - $0 } }

    /// Where the camera is when all that is pending, and `key`, was told again.
    private func follow(_ key: UInt64) -> Int? {
        var reading: Int?
        var furthest = 0
        for index in 0...pending.count {
            let most = reading.map { max(furthest, next(after: $0)) } ?? end
            let (place, isStray) = place(of: index < pending.count ? pending[index].key : key, upTo: most)
            if place == nil, !isStray { return nil }
            reading = place ?? reading
            furthest = max(furthest, reading ?? 0)
        }
        return reading
    }

    /// What comes next may be told from any point again: the broker repeats what it heard no acknowledgement of.
    mutating func stepBack() { mayStep = true }

    /// A reading of its own begins with the message that was heard last, wherever in the past that may be.
    mutating func readAnew(_ key: UInt64) {
        if let place = place(of: key, upTo: end).place {
            reading = place
        } else if reading == nil || hasCaughtUp, let index = first(key, from: 0) {
            // Where a stray stands tells nothing of what comes next.
            reading = max(end - count - 1, min(place(of: index), last - 1))
            (mayStep, isLoose) = (true, true)
        }
    }

    /// All that had been said was told again.
    var hasCaughtUp: Bool { reading.map { $0 >= last } ?? false }

    /// At some time since it began, all that had been said was told again but the last message.
    /// - Parameter orTwo: or two, of which the other came behind one that had overtaken it.
    func hasToldAllButOne(orTwo: Bool) -> Bool {
        let last = last
        guard reading != nil, last > end - count else { return false }
        var place = last - 1
        while isStray(place), !isPending(place), place > end - count { place -= 1 }
        if isPending(place) { return !isStray(place) || last - place > 1 || hasFirm(before: place) }
        return orTwo && place > end - count && isStray(place - 1) && isPending(place - 1)
            && tags[index(of: place)] != tags[index(of: place - 1)]
    }

    private func isPending(_ place: Int) -> Bool {
        let key = keys[index(of: place)]
        return pending.contains { $0.key == key }
    }

    private func hasFirm(before place: Int) -> Bool { place > end - count && !isStray(place - 1) }

    /// The message that was heard last was told again straight after the one at `place`.
    func isRetoldNext(after place: Int) -> Bool {
        guard let reading, place >= end - count, reading > place else { return false }
        let key = keys[index(of: reading)]
        return reading <= next(after: place) && keys.count(where: { $0 == key }) == 1
    }

    /// Nothing was told again after all, or for too long.
    /// - Parameter asOptional: or they were, and nobody can tell.
    mutating func endReading(asOptional: Bool = false) {
        guard reading != nil || !pending.isEmpty else { return }
        if !hasCaughtUp { enterPending(asStrays: asOptional) }
        pending.removeAll(keepingCapacity: false)
        reading = nil
    }

    private mutating func enterPending(asStrays: Bool = false) {
        foldPending()
        for message in pending { push(message, isStray: asStrays) }
        pending.removeAll(keepingCapacity: true)
    }

    /// What was told twice in a row was told again.
    private mutating func foldPending() {
        var end = 2
        while end <= pending.count {
            let length = (1...end / 2).first { length in
                (0..<length).allSatisfy { pending[end - 1 - $0].key == pending[end - 1 - length - $0].key }
            }
            if let length {
                pending.removeSubrange(end - 2 * length..<end - length)
                end -= length
            }
            end += 1
        }
    }

    /// Remembers the message that was heard last.
    mutating func remember(_ message: CameraMemory.Message, isNews: Bool, isStray: Bool, capacity: Int) {
        self.capacity = capacity
        if isNews {
            if !isStray { endReading() }
            push(message, isStray: isStray)
        } else if hasCaughtUp {
            pending.removeAll(keepingCapacity: true)
        } else {
            if pending.count >= capacity { pending.removeFirst() }
            pending.append(message)
        }
    }

    private mutating func push(_ message: CameraMemory.Message, isStray: Bool = false) {
        let fate = message.fate | (isStray ? Self.stray : 0)
        end += 1
        if keys.count < capacity {
            keys.append(message.key)
            tags.append(message.tag)
            fates.append(fate)
            packets.append(message.packet)
        } else {
            keys[oldest] = message.key
            tags[oldest] = message.tag
            fates[oldest] = fate
            packets[oldest] = message.packet
            oldest = oldest + 1 == keys.count ? 0 : oldest + 1
        }
        keepReadingInReach()
    }

    /// What was said out of its place does not end a retelling, and may push what is told again out of what is remembered.
    private mutating func keepReadingInReach() {
        if let reading, reading < end - count - 1 { self.reading = end - count - 1 }
    }

    // MARK: For the journal

    /// The entered ones, oldest first; the highest bit of a fate marks a stray.
    func forEach(_ body: (CameraMemory.Message) -> Void) {
        for offset in keys.indices {
            let index = (offset + oldest) % keys.count
            body(CameraMemory.Message(key: keys[index], tag: tags[index], fate: fates[index], packet: packets[index]))
        }
    }

    init() {}

    /// As it was, from what `forEach` told.
    init(
        _ entered: [CameraMemory.Message], end: Int, pending: [CameraMemory.Message], reading: Int?, mayStep: Bool = false,
        isLoose: Bool = false, capacity: Int
    ) {
        self.capacity = capacity
        for message in entered.suffix(capacity) {
            push(
                CameraMemory.Message(key: message.key, tag: message.tag, fate: message.fate & ~Self.stray, packet: message.packet),
                isStray: message.fate & Self.stray != 0)
        }
        self.end = max(end, count)
        self.pending = pending
        self.reading = reading
        keepReadingInReach()
        (self.mayStep, self.isLoose) = (mayStep, isLoose)
    }

    /// Goes on with room for `capacity` messages.
    mutating func limit(to capacity: Int) {
        guard self.capacity != capacity else { return }
        var entered: [CameraMemory.Message] = []
        forEach { entered.append($0) }
        self = MessageHistory(entered, end: end, pending: pending, reading: reading, mayStep: mayStep, isLoose: isLoose, capacity: capacity)
    }

    static func isFate(_ byte: UInt8) -> Bool { Fate(rawValue: byte & ~stray) != nil }
}
