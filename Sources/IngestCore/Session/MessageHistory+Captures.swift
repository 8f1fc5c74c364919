/// What became of the captures that messages were part of.
extension MessageHistory {
    mutating func settle(_ tag: UInt16, as fate: Fate) {
        for index in tags.indices where tags[index] == tag { fates[index] = fates[index] & Self.stray | fate.rawValue }
        for index in pending.indices where pending[index].tag == tag { pending[index].fate = fate.rawValue }
    }

    /// Two open captures are one.
    mutating func merge(_ tag: UInt16, into other: UInt16) {
        for index in tags.indices where tags[index] == tag { tags[index] = other }
        for index in pending.indices where pending[index].tag == tag { pending[index].tag = other }
    }

    /// Makes messages of one capture those of another.
    mutating func move(_ moved: [UInt64], from tag: UInt16, to other: UInt16) {
        for index in tags.indices where tags[index] == tag && moved.contains(keys[index]) { tags[index] = other }
        for index in pending.indices where pending[index].tag == tag && moved.contains(pending[index].key) { pending[index].tag = other }
    }

    /// A message that was told again since `past` is this capture's own.
    mutating func ascribe(_ key: UInt64, since past: Int, to tag: UInt16) {
        if let index = pending.lastIndex(where: { $0.key == key }) {
            (pending[index].tag, pending[index].fate) = (tag, Fate.open.rawValue)
            return
        }
        var place = end - 1
        while place > past, place >= end - count {
            let index = index(of: place)
            if keys[index] == key {
                (tags[index], fates[index]) = (tag, fates[index] & Self.stray | Fate.open.rawValue)
                return
            }
            place -= 1
        }
    }

    /// Messages that were told again came for this capture. Where one was entered more than once, the latest is its own; what was
    /// entered once stays the older capture's, for that may be told again as well.
    mutating func ascribeRepeated(_ keys: [UInt64], to tag: UInt16) {
        for key in keys where self.keys.count(where: { $0 == key }) > 1 { ascribe(key, since: end - count - 1, to: tag) }
    }

    /// Captures that are not open any more, though nobody said how they ended, are gone.
    mutating func close(allBut open: Set<UInt16>) {
        for index in tags.indices where fate(at: index) == .open && !open.contains(tags[index]) {
            fates[index] = fates[index] & Self.stray | Fate.gone.rawValue
        }
        for index in pending.indices where pending[index].fate == Fate.open.rawValue && !open.contains(pending[index].tag) {
            pending[index].fate = Fate.gone.rawValue
        }
    }

    /// Of messages that no broker will send again.
    mutating func forgetPackets(where isOld: (_ key: UInt64, _ packet: UInt16) -> Bool) {
        for index in packets.indices where packets[index] != 0 && isOld(keys[index], packets[index]) { packets[index] = 0 }
        for index in pending.indices where pending[index].packet != 0 && isOld(pending[index].key, pending[index].packet) {
            pending[index].packet = 0
        }
    }
}
