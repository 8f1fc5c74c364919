/// The last messages of one camera, so that a repeat is known for one as far back as the broker may repeat. 13 bytes a message;
/// grows with the camera's first messages, to `receive_maximum` and no further.
struct ArrivalRing {
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

    private var keys: [UInt64] = []
    /// Which capture of the camera it was part of.
    private var tags: [UInt16] = []
    private var fates: [Fate] = []
    /// The packet identifiers they came with; 0 where there was none.
    private var packets: [UInt16] = []
    /// The next to be overwritten, once full.
    private var oldest = 0
    var count: Int { keys.count }

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

    mutating func push(_ key: UInt64, tag: UInt16, fate: Fate = .open, packet: UInt16 = 0, capacity: Int) {
        if keys.count < capacity {
            keys.append(key)
            tags.append(tag)
            fates.append(fate)
            packets.append(packet)
        } else {
            keys[oldest] = key
            tags[oldest] = tag
            fates[oldest] = fate
            packets[oldest] = packet
            oldest = oldest + 1 == keys.count ? 0 : oldest + 1
        }
    }

    func contains(_ key: UInt64) -> Bool { first(key, from: 0) != nil }

    private func first(_ key: UInt64, from start: Int) -> Int? {
        let keys = keys.span
        var index = start
        while index < keys.count {
            if keys[index] == key { return index }
            index += 1
        }
        return nil
    }

    /// A chunk of a picture that was complete.
    func isOfFinished(_ key: UInt64) -> Bool { last(of: key)?.fate == .finished }

    /// A chunk of a capture after which another one begins under the same name.
    func isStale(_ key: UInt64) -> Bool { last(of: key)?.fate.isStale ?? false }

    /// The capture that an equal message was part of: of several, the one that came furthest. Nil for one that is not remembered.
    func last(of key: UInt64) -> (tag: UInt16, fate: Fate)? {
        var found: (tag: UInt16, fate: Fate)?
        var next = first(key, from: 0)
        while let index = next {
            if fates[index] >= found?.fate ?? .open { found = (tags[index], fates[index]) }
            next = first(key, from: index + 1)
        }
        return found
    }

    /// The captures, finished or superseded, that an equal message was part of.
    func staleTags(of key: UInt64) -> [UInt16] {
        var found: [UInt16] = []
        var next = first(key, from: 0)
        while let index = next {
            if fates[index].isStale, !found.contains(tags[index]) { found.append(tags[index]) }
            next = first(key, from: index + 1)
        }
        return found
    }

    /// How many messages ago those came that this one may be the broker's repeat of, the last message being one ago.
    func ages(of key: UInt64, packet: UInt16) -> [Int] {
        var ages: [Int] = []
        for index in keys.indices where keys[index] == key && isPacket(packet, at: index) {
            ages.append(index < oldest ? oldest - index : oldest + keys.count - index)
        }
        return ages
    }

    /// Whether the message after which `age - 1` others came may come again as this one.
    func holds(_ key: UInt64, packet: UInt16, age: Int) -> Bool {
        place(age: age).map { keys[$0] == key && isPacket(packet, at: $0) } ?? false
    }

    /// What a broker repeats keeps its identifier. Without one, equal bytes must do.
    private func isPacket(_ packet: UInt16, at index: Int) -> Bool { packet == 0 || packets[index] == 0 || packets[index] == packet }

    func tag(age: Int) -> UInt16? { place(age: age).map { tags[$0] } }

    private func place(age: Int) -> Int? {
        guard age >= 1, age <= keys.count else { return nil }
        return oldest >= age ? oldest - age : oldest - age + keys.count
    }

    /// Whether a message of the capture came more than `age` messages ago.
    func contains(_ tag: UInt16, before age: Int) -> Bool {
        guard age < keys.count else { return false }
        return (age + 1...keys.count).contains { self.tag(age: $0) == tag }
    }

    mutating func settle(_ tag: UInt16, as fate: Fate) {
        for index in tags.indices where tags[index] == tag { fates[index] = fate }
    }

    /// Makes messages of one capture those of another.
    mutating func move(_ moved: [UInt64], from tag: UInt16, to other: UInt16) {
        for index in tags.indices where tags[index] == tag && moved.contains(keys[index]) { tags[index] = other }
    }

    /// Oldest first.
    func forEach(_ body: (_ key: UInt64, _ tag: UInt16, _ fate: Fate, _ packet: UInt16) -> Void) {
        for offset in keys.indices {
            let index = (offset + oldest) % keys.count
            body(keys[index], tags[index], fates[index], packets[index])
        }
    }
}
