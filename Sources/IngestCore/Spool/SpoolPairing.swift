/// Tells whether every picture of a folder has its record and every record its picture, from their names in any order, in constant
/// memory: both halves of an entry have one name, so the sums over both kinds are equal.
///
/// Names do not choose their sums: the hash is 64 bits wide and the accident of two equal sums is as rare.
package struct SpoolPairing: Equatable, Sendable {
    package private(set) var pictures = 0
    package private(set) var records = 0
    private var difference: UInt64 = 0

    package init() {}

    package var isComplete: Bool { pictures == records && difference == 0 }

    package mutating func addPicture(_ name: SpoolEntryName) {
        pictures += 1
        difference &+= Self.hash(name.base)
    }

    package mutating func addRecord(_ name: SpoolEntryName) {
        records += 1
        difference &-= Self.hash(name.base)
    }

    /// FNV-1a (Fowler, Noll, Vo), then the finalizer of SplitMix, so that sums of near names do not cancel.
    package static func hash(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return hash ^ (hash >> 31)
    }
}
