import Synchronization

/// What this process wrote into files by `LocalFiles`: what wears a memory card out. Any thread.
package enum WrittenBytes {
    private static let count = Atomic(0)

    /// Since the program began.
    package static var total: Int { count.load(ordering: .relaxed) }

    static func add(_ bytes: Int) { count.add(bytes, ordering: .relaxed) }
}
