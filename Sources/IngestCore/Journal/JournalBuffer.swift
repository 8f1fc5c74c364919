/// Records in the making: the bytes that are not yet known to be on the disk. Its storage is used again.
package struct JournalBuffer: Sendable {
    package private(set) var bytes: [UInt8] = []
    /// Of the record under way.
    private var start = 0
    private let salt: UInt64
    private let saltBytes: [UInt8]

    package init(salt: UInt64, capacity: Int) {
        self.salt = salt
        saltBytes = (0..<8).map { UInt8(truncatingIfNeeded: salt >> (8 * UInt64($0))) }
        bytes.reserveCapacity(capacity)
    }

    package var count: Int { bytes.count }

    /// Takes all records out of it, for storage to go on with.
    package mutating func exchange(_ storage: inout [UInt8]) {
        storage.removeAll(keepingCapacity: true)
        swap(&bytes, &storage)
    }

    /// Puts records that were taken out before those that came since.
    package mutating func putBack(_ records: [UInt8]) { bytes.insert(contentsOf: records, at: 0) }

    /// Records up to this one are known to be on the disk.
    package var proven: UInt64 = 0

    /// Begins a record; `end` makes it one.
    package mutating func begin(_ kind: JournalFormat.Kind, sequence: UInt64) {
        start = bytes.count
        put(UInt32(truncatingIfNeeded: salt))
        put(UInt32(0))
        put(UInt32(0))
        let unproven = min(Int(clamping: sequence - 1 - proven), JournalFormat.carried - 1)
        put(UInt32(kind.rawValue) | UInt32(unproven) << 8)
        put(sequence)
    }

    /// Seals the record that was begun.
    /// - Returns: where it lies in the buffer.
    package mutating func end<Checksum: JournalChecksum>(_: Checksum.Type) -> Range<Int> {
        set(UInt32(truncatingIfNeeded: bytes.count - start - JournalFormat.recordHeader), at: start + 8)
        seal(Checksum.self, start)
        return start..<bytes.count
    }

    /// Adds a whole record of another run of the gateway.
    package mutating func carry<Checksum: JournalChecksum>(_ record: Span<UInt8>, _: Checksum.Type) -> Range<Int> {
        start = bytes.count
        append(record)
        set(UInt32(truncatingIfNeeded: salt), at: start)
        set(UInt32(bytes[start + 12]) | UInt32(JournalFormat.carried) << 8, at: start + 12)
        seal(Checksum.self, start)
        return start..<bytes.count
    }

    private mutating func seal<Checksum: JournalChecksum>(_: Checksum.Type, _ start: Int) {
        var checksum = Checksum()
        checksum.update(saltBytes.span)
        checksum.update(bytes.span.extracting(start + 8..<bytes.count))
        set(checksum.value, at: start + 4)
    }

    package mutating func put(_ value: some FixedWidthInteger) {
        var rest = value
        for _ in 0..<value.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    package mutating func put(_ text: String) { bytes.append(contentsOf: text.utf8) }

    package mutating func append(_ more: Span<UInt8>) {
        bytes.reserveCapacity(bytes.count + more.count)
        for index in more.indices { bytes.append(more[index]) }
    }

    package mutating func append(contentsOf more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    private mutating func set(_ value: UInt32, at offset: Int) {
        for place in 0..<4 { bytes[offset + place] = UInt8(truncatingIfNeeded: value >> (8 * UInt32(place))) }
    }

    /// The first bytes of a segment.
    package static func segmentHeader<Checksum: JournalChecksum>(_ number: UInt64, salt: UInt64, _: Checksum.Type) -> [UInt8] {
        var header = JournalBuffer(salt: salt, capacity: JournalFormat.segmentHeader)
        header.bytes = JournalFormat.magic
        header.put(number)
        header.put(salt)
        header.put(UInt32(0))
        var checksum = Checksum()
        checksum.update(header.bytes.span)
        header.put(checksum.value)
        return header.bytes
    }
}
