/// Writable bytes that may lie in several pieces, as a chunk lies across pool slabs.
package protocol ByteRegion: ~Copyable {
    /// In bytes, over all pieces.
    var count: Int { get }

    /// Hands `body` the longest contiguous run of bytes that starts at `offset`.
    /// - Precondition: `0 <= offset < count`.
    mutating func withPiece<R, E: Error>(at offset: Int, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R
}
