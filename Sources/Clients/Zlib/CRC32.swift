import CZlib

/// The CRC-32 of gzip, zip and Ethernet (polynomial 0xEDB88320 reflected; RFC 1952, section 8), taken piece by piece.
package struct CRC32: Equatable, Sendable {
    /// Of all bytes so far; of none it is 0.
    package private(set) var value: UInt32 = 0

    package init() {}

    package init(_ bytes: Span<UInt8>) { update(bytes) }

    /// The corresponding C function is `crc32_z`.
    package mutating func update(_ bytes: Span<UInt8>) {
        // Of a null pointer, which an empty span may be, zlib would give the initial value back and forget what came before.
        guard !bytes.isEmpty else { return }
        value = unsafe bytes.withUnsafeBufferPointer { unsafe UInt32(truncatingIfNeeded: crc32_z(UInt(value), $0.baseAddress, $0.count)) }
    }
}
