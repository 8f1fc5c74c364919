/// How much the spool may take, and what happens to the picture that does not fit.
package struct SpoolLimits: Equatable, Sendable {
    package enum Decision: Equatable, Sendable {
        case store
        /// Keep it where it is, and take no more from the broker until `hasRoom`.
        case pause
        /// Give up the oldest entries until this many bytes are free, then ask again.
        case dropOldest(bytes: Int)
        /// Give up this picture.
        case dropNewest
    }

    /// All figures are in bytes.
    package struct Usage: Equatable, Sendable {
        /// Everything under the folder, as the disk has it.
        package var used: Int
        /// What pending entries take of it.
        package var droppable: Int
        /// What the file system still has for us.
        package var available: Int
        /// What it could have if it were empty.
        package var capacity: Int

        package init(used: Int, droppable: Int, available: Int, capacity: Int = .max) {
            self.used = used
            self.droppable = droppable
            self.available = available
            self.capacity = capacity
        }
    }

    package var maxSize: Int
    package var keepFree: Int
    package var whenFull: Configuration.Spool.WhenFull

    package init(_ configuration: Configuration.Spool) {
        maxSize = configuration.maxSize
        keepFree = configuration.keepFree
        whenFull = configuration.whenFull
    }

    /// - Parameter size: of the picture. Its two files are reckoned in whole blocks, with one for the record.
    package func decide(adding size: Int, _ usage: Usage) -> Decision {
        let missing = shortfall(for: Self.onDisk(size), usage)
        guard missing > 0 else { return .store }
        switch whenFull {
        case .pause: return .pause
        case .dropNewest: return .dropNewest
        case .dropOldest: return usage.droppable > 0 ? .dropOldest(bytes: missing) : .pause
        }
    }

    /// Whether intake that paused may go on: there is room for `reserve` bytes, and for a twentieth of `max_size`, or of the disk where
    /// that is less, but for 16 MiB at most, so that it does not pause again at once.
    package func hasRoom(for reserve: Int, _ usage: Usage) -> Bool {
        shortfall(for: max(Self.onDisk(reserve), min(maxSize / 20, usage.capacity / 20, 16 << 20)), usage) <= 0
    }

    /// What a picture of `size` bytes and its record take on a disk with blocks of 4 KiB.
    package static func onDisk(_ size: Int) -> Int { (max(size, 1) + 4095) / 4096 * 4096 + 4096 }

    /// How many bytes must go before `bytes` fit; not above zero when they do.
    private func shortfall(for bytes: Int, _ usage: Usage) -> Int {
        max(usage.used + bytes - maxSize, keepFree + bytes - usage.available)
    }
}
