/// The last messages of one camera, so that a repeat is known for one as far back as the broker may repeat. 10 bytes a message;
/// grows with the camera's first messages, to `receive_maximum` and no further.
struct ArrivalRing {
    /// What became of the capture that a message was part of, once it is no longer open.
    enum Fate {
        static let finished: UInt16 = 0xffff
        static let superseded: UInt16 = 0xfffe
        static let otherwise: UInt16 = 0xfffd
        /// Tags of open captures lie below.
        static let lowest: UInt16 = 0xfff0
    }

    private var keys: [UInt64] = []
    private var tags: [UInt16] = []
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

    mutating func push(_ key: UInt64, tag: UInt16, capacity: Int) {
        if keys.count < capacity {
            keys.append(key)
            tags.append(tag)
        } else {
            keys[oldest] = key
            tags[oldest] = tag
            oldest = oldest + 1 == keys.count ? 0 : oldest + 1
        }
    }

    func contains(_ key: UInt64) -> Bool { keys.span.contains(key) }

    func contains(_ key: UInt64, where matches: (UInt16) -> Bool) -> Bool {
        let (keys, tags) = (keys.span, tags.span)
        for index in keys.indices where keys[index] == key && matches(tags[index]) { return true }
        return false
    }

    /// A chunk of a picture that was complete.
    func isOfFinished(_ key: UInt64) -> Bool { contains(key) { $0 == Fate.finished } }

    /// A chunk of a capture after which another one began under the same name.
    func isStale(_ key: UInt64) -> Bool { contains(key) { $0 == Fate.finished || $0 == Fate.superseded } }

    mutating func retag(_ tag: UInt16, as fate: UInt16) {
        for index in tags.indices where tags[index] == tag { tags[index] = fate }
    }

    /// Oldest first.
    func forEach(_ body: (UInt64, UInt16) -> Void) {
        for index in keys.indices {
            let place = (index + oldest) % keys.count
            body(keys[place], tags[place])
        }
    }
}

extension Span<UInt64> {
    fileprivate func contains(_ key: UInt64) -> Bool {
        for index in indices where self[index] == key { return true }
        return false
    }
}
