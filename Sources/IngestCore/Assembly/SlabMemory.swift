/// The bytes of the pool: one mapping of fixed size, made by others. A slab nobody has written to need not be resident.
///
/// A handle: copies of it mean the same bytes. The assembly deals out ranges of it and never looks inside.
package protocol SlabMemory {
    /// In bytes; what is left over after the last whole slab is not used.
    var byteCount: Int { get }

    /// - Precondition: `range` lies within `0..<byteCount`.
    func withBytes<R, E: Error>(_ range: Range<Int>, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R
}
