import CZlib

/// Inflates gzip (RFC 1952) and zlib (RFC 1950) bodies into one buffer of its own, whose size bounds them: a small message cannot
/// become a large one.
///
/// What stays simple because of what it refuses:
/// - A body is inflated whole or not at all; the buffer is used again for the next one.
/// - A gzip body may have several members, whose contents are joined (RFC 1952, section 2.2). Anything else behind the end of a
///   body is damage, zeros included.
/// - No preset dictionaries, no bare deflate.
///
/// zlib keeps the address of its stream inside the stream's state and refuses to work after a move, hence the allocation.
/// One thread at a time: zlib is thread-safe only across streams (zlib FAQ 21).
@safe package struct Inflater: ~Copyable {
    package enum Failure: Error, Equatable {
        /// Neither gzip nor zlib, a broken stream, a wrong checksum, or bytes behind the end.
        case damaged
        /// The body ends before its stream does.
        case truncated
        /// It would inflate to more than `limit` bytes.
        case tooLarge
        case outOfMemory
    }

    /// In bytes.
    package let limit: Int
    private let stream: UnsafeMutablePointer<z_stream>
    /// One byte more than `limit`, to tell a body that just fits from one that does not. Pages that no body has reached cost
    /// no memory.
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    /// What bodies have cost since the beginning, those refused too.
    private(set) var inflatedBytes = 0

    /// - Precondition: `0 <= limit < 2^31`
    package init(limit: Int) throws(Failure) {
        precondition((0..<Int(Int32.max)).contains(limit))
        self.limit = limit
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        unsafe buffer = .allocate(capacity: limit + 1)
        let gzipOrZlib: Int32 = 15 + 32  // zlib.h, inflateInit2: the largest window, and 32 to tell the two headers apart
        guard unsafe CZlib_inflateInit2(stream, gzipOrZlib) == Z_OK else {
            unsafe stream.deallocate()
            unsafe buffer.deallocate()
            throw .outOfMemory
        }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
        unsafe buffer.deallocate()
    }

    /// Whether a body looks compressed, by its first two bytes. No JSON text does: one begins with a brace or white space, none
    /// of which is 0x1f or has a zlib header's low nibble of 8.
    package static func recognises(_ body: Span<UInt8>) -> Bool { isGzip(body, at: 0) || isZlib(body) }

    /// Inflates `body` and lends the result to `use`.
    /// - Throws: a `Failure`; what `use` throws is its own.
    ///
    /// The corresponding C functions are `inflateReset` and `inflate`.
    package mutating func withInflated<R>(_ body: Span<UInt8>, _ use: (Span<UInt8>) -> R) throws(Failure) -> R {
        let count = try inflate(body)
        return use(unsafe Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[..<count])))
    }

    /// How many bytes of the buffer the body filled.
    private mutating func inflate(_ body: Span<UInt8>) throws(Failure) -> Int {
        guard body.count > 1 else { throw body.isEmpty ? .truncated : .damaged }
        guard Self.recognises(body), body.count <= Int(UInt32.max) else { throw .damaged }
        guard (Self.declaredSize(body) ?? 0) <= limit else { throw .tooLarge }
        var read = 0
        var written = 0
        repeat {
            guard unsafe inflateReset(stream) == Z_OK else { throw .damaged }
            let code = unsafe body.withUnsafeBufferPointer { input in
                let rest = unsafe UnsafeBufferPointer(rebasing: input[read...])
                let room = unsafe UnsafeMutableBufferPointer(rebasing: buffer[written...])
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: rest.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(rest.count)
                unsafe stream.pointee.next_out = room.baseAddress
                unsafe stream.pointee.avail_out = UInt32(room.count)
                return unsafe CZlib.inflate(stream, Z_FINISH)
            }
            read = unsafe body.count - Int(stream.pointee.avail_in)
            let reached = unsafe limit + 1 - Int(stream.pointee.avail_out)
            inflatedBytes += reached - written
            written = reached
            guard written <= limit else { throw .tooLarge }
            switch code {
            case Z_STREAM_END: break
            case Z_OK, Z_BUF_ERROR: throw .truncated
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .damaged
            }
        } while Self.isGzip(body, at: 0) && Self.isGzip(body, at: read)
        guard read == body.count else { throw .damaged }
        return written
    }

    /// What a gzip body says that its last member holds (RFC 1952, section 2.3.1: ISIZE), so that a bomb is refused before it is
    /// inflated. Nil where it says nothing, or more than deflate can (258 bytes for two bits): then the body was cut off, or lies.
    private static func declaredSize(_ body: Span<UInt8>) -> Int? {
        guard isGzip(body, at: 0), body.count >= 18 else { return nil }
        let size = (1...4).reduce(0) { $0 << 8 | Int(body[body.count - $1]) }
        return size <= 1032 * body.count ? size : nil
    }

    /// RFC 1952, section 2.3.1: ID1 and ID2.
    private static func isGzip(_ body: Span<UInt8>, at start: Int) -> Bool {
        start + 1 < body.count && body[start] == 0x1f && body[start + 1] == 0x8b
    }

    /// RFC 1950, section 2.2: method 8, a window of at most 32 KiB, and a header that 31 divides.
    private static func isZlib(_ body: Span<UInt8>) -> Bool {
        body.count > 1 && body[0] & 0x0f == 8 && body[0] >> 4 <= 7 && (Int(body[0]) << 8 | Int(body[1])) % 31 == 0
    }
}
