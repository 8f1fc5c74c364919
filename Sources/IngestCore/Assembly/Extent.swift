/// A run of bytes in the pool's mapping.
package struct Extent: Equatable, Sendable {
    /// From the beginning of the mapping.
    package let offset: Int
    package let count: Int

    package init(offset: Int, count: Int) {
        self.offset = offset
        self.count = count
    }

    package var range: Range<Int> { offset..<offset + count }
}

extension [Extent] {
    /// Adds a run, as part of the last one where it follows it without a gap.
    mutating func join(offset: Int, count bytes: Int) {
        guard bytes > 0 else { return }
        if let last, last.offset + last.count == offset {
            self[count - 1] = Extent(offset: last.offset, count: last.count + bytes)
        } else {
            append(Extent(offset: offset, count: bytes))
        }
    }
}
