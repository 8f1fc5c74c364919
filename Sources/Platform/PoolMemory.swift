import Glibc

/// One block of anonymous memory of fixed size, in which the chunks of open captures lie. A page of it is resident only once it
/// was written.
///
/// `@unchecked Sendable`, audited: the address and the size never change, and the class itself touches no byte of its own accord.
/// Every range of bytes has one owner at a time. The owner hands a range over to another thread through a queue (`Monitor`, whose
/// mutex orders the writes before the reads) and does not touch it until it comes back the same way. Ranges with different owners
/// do not overlap. The pool's book-keeping guarantees this; nothing here checks it.
@safe package final class PoolMemory: @unchecked Sendable {
    /// In bytes.
    package let count: Int
    private let base: UnsafeMutableRawPointer

    /// Reserves address space for `count` bytes (rounded up by the kernel to whole pages), all zero, none resident.
    ///
    /// The corresponding C function is `mmap`.
    package init(bytes count: Int) throws(SystemError) {
        precondition(count > 0)
        let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
        guard let base = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, -1, 0), unsafe base != MAP_FAILED else {
            throw SystemError("mmap", errno, on: "\(count) bytes")
        }
        // A huge page would make 2 MiB resident for the first byte written in it. Kernels without huge pages refuse; that is fine.
        unsafe madvise(base, count, MADV_NOHUGEPAGE)
        self.count = count
        unsafe self.base = unsafe base
    }

    deinit { unsafe munmap(base, count) }

    /// Lends the bytes of `range`, which the caller must own, for reading and writing.
    /// - Precondition: `range` lies within the pool.
    package func withBytes<R, E: Error>(in range: Range<Int>, _ body: (inout MutableSpan<UInt8>) throws(E) -> R) throws(E) -> R {
        let bytes = unsafe UnsafeMutableBufferPointer(
            start: pointer(to: range).assumingMemoryBound(to: UInt8.self), count: range.count
        )
        var span = unsafe MutableSpan(_unsafeElements: bytes)
        return try body(&span)
    }

    /// Lends the bytes of `range` for reading, to their owner or to those the owner lets read.
    package func withSpan<R, E: Error>(of range: Range<Int>, _ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let bytes = unsafe UnsafeBufferPointer(start: pointer(to: range).assumingMemoryBound(to: UInt8.self), count: range.count)
        return try body(unsafe Span(_unsafeElements: bytes))
    }

    /// The same for a C function. The pointer must not outlive `body`, except where the caller keeps both the pool and its
    /// ownership of `range` for as long.
    package func withUnsafeBytes<R, E: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: pointer(to: range), count: range.count))
    }

    /// Copies `range` to the start of `destination`, which must have room for it.
    package func copy(_ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) {
        unsafe destination.copyMemory(from: UnsafeRawBufferPointer(start: pointer(to: range), count: range.count))
    }

    private func pointer(to range: Range<Int>) -> UnsafeMutableRawPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe base + range.lowerBound
    }
}
