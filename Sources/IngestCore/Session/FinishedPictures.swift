/// Pictures that were complete not long ago, over all cameras, so that a whole picture that comes again is known for a repeat.
///
/// A ring of fixed size: each entry names the one before it of the same camera, and is gone when it has been overwritten.
struct FinishedPictures {
    struct Entry {
        let checksum: Checksum
        /// 0 for a session.
        let idHash: UInt64
        /// On the connected clock.
        let completed: Int64
        /// The camera's messages when it was complete.
        let message: Int
        /// Position of the same camera's entry before; -1 for none.
        let previous: Int
    }

    private var entries: [Entry] = []
    private(set) var end = 0
    let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    /// Nil when it has been overwritten.
    func entry(at position: Int) -> Entry? {
        position >= 0 && position >= end - capacity && position < end ? entries[position % capacity] : nil
    }

    /// Answers its position.
    mutating func add(_ entry: Entry) -> Int {
        if entries.count < capacity { entries.append(entry) } else { entries[end % capacity] = entry }
        end += 1
        return end - 1
    }
}
