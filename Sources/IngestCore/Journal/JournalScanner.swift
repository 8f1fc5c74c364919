/// Where in time a record stands.
package struct JournalSequence: Equatable, Sendable {
    package let number: UInt64
    /// As many records before it were not known to be on the disk when it was written.
    let unproven: Int

    package init(number: UInt64, unproven: Int = 0) {
        self.number = number
        self.unproven = unproven
    }

    var isCarried: Bool { unproven == JournalFormat.carried }
    var proven: UInt64 { number > UInt64(unproven) ? number - 1 - UInt64(unproven) : 0 }
}

/// Finds the records of one segment, in windows of it, past whatever is damaged.
package struct JournalScanner: Sendable {
    package enum Finding: Equatable, Sendable {
        /// In the window; the body is `record` without its header.
        case record(JournalFormat.Kind, JournalSequence, record: Range<Int>)
        case damage(Range<Int>)
        /// Nothing can be said before the window has this many bytes from the position on.
        case needsMore(Int)
        case end
    }

    package let salt: UInt64
    private let saltBytes: [UInt8]

    package init(salt: UInt64) {
        self.salt = salt
        saltBytes = (0..<8).map { UInt8(truncatingIfNeeded: salt >> (8 * UInt64($0))) }
    }

    /// The number and the salt of a segment that begins with `header`; nil where that is none.
    package static func segment<C: JournalChecksum>(_ header: Span<UInt8>, _: C.Type) -> (number: UInt64, salt: UInt64)? {
        guard header.count >= JournalFormat.segmentHeader else { return nil }
        for index in JournalFormat.magic.indices where header[index] != JournalFormat.magic[index] { return nil }
        var checksum = C()
        checksum.update(header.extracting(0..<28))
        guard checksum.value == number(header, at: 28) as UInt32, number(header, at: 24) as UInt32 == 0 else { return nil }
        return (number(header, at: 8), number(header, at: 16))
    }

    /// What lies at `position`.
    /// - Parameter left: bytes of the file from the beginning of the window on.
    package func next<C: JournalChecksum>(in window: Span<UInt8>, at position: Int, left: Int, _: C.Type) -> Finding {
        guard position < left else { return .end }
        guard position < window.count else { return .needsMore(min(JournalFormat.recordHeader, left - position)) }
        var place = position
        while true {
            switch look(in: window, at: place, left: left, C.self) {
            case .record(let kind, let sequence, let record):
                return place > position ? .damage(position..<place) : .record(kind, sequence, record: record)
            case .needsMore(let count):
                return place > position ? .damage(position..<place) : .needsMore(count)
            case .damage, .end:
                place += 1
                guard place < window.count else { return .damage(position..<window.count) }
            }
        }
    }

    private func look<C: JournalChecksum>(in window: Span<UInt8>, at place: Int, left file: Int, _: C.Type) -> Finding {
        let left = window.count - place
        // Most bytes of a damaged place are told from a mark by the first of them.
        if left >= 4, Self.number(window, at: place) as UInt32 != UInt32(truncatingIfNeeded: salt) { return .damage(0..<0) }
        guard file - place >= JournalFormat.recordHeader else { return .damage(0..<0) }
        guard left >= JournalFormat.recordHeader else { return .needsMore(JournalFormat.recordHeader) }
        let length = Int(Self.number(window, at: place + 8) as UInt32)
        let word: UInt32 = Self.number(window, at: place + 12)
        guard let kind = JournalFormat.Kind(rawValue: UInt8(truncatingIfNeeded: word)) else { return .damage(0..<0) }
        let end = place + JournalFormat.recordHeader + length
        guard end <= file else { return .damage(0..<0) }
        guard end <= window.count else { return .needsMore(end - place) }
        var checksum = C()
        checksum.update(saltBytes.span)
        checksum.update(window.extracting(place + 8..<end))
        guard checksum.value == Self.number(window, at: place + 4) as UInt32 else { return .damage(0..<0) }
        let number: UInt64 = Self.number(window, at: place + 16)
        guard number < JournalFormat.mostCaptures else { return .damage(0..<0) }
        return .record(kind, JournalSequence(number: number, unproven: Int(word >> 8)), record: place..<end)
    }

    private static func number<N: FixedWidthInteger>(_ bytes: Span<UInt8>, at offset: Int) -> N {
        var value: N = 0
        for place in 0..<N.bitWidth / 8 { value |= N(truncatingIfNeeded: bytes[offset + place]) << N(8 * place) }
        return value
    }
}
