@testable import IngestCore

/// A checksum for tests without zlib (FNV-1a, folded).
struct TestChecksum: JournalChecksum {
    private var state: UInt64 = 0xcbf2_9ce4_8422_2325
    var value: UInt32 { UInt32(truncatingIfNeeded: state ^ state >> 32) }

    mutating func update(_ bytes: Span<UInt8>) {
        for index in bytes.indices { state = (state ^ UInt64(bytes[index])) &* 0x100_0000_01b3 }
    }
}
