/// An upload from, or a download to, an array.
package final class MemoryBody: BodySource, BodySink {
    package private(set) var bytes: [UInt8]

    package init(_ bytes: [UInt8] = []) { self.bytes = bytes }

    package var count: Int { bytes.count }

    package func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) -> Int {
        let count = min(room.count, bytes.count - offset)
        unsafe room.withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes { unsafe target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + count])) }
        }
        return count
    }

    package func take(_ new: borrowing Span<UInt8>) {
        unsafe new.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    }
}
