/// The journal's files.
///
/// A journal is a row of segments, `<number in 16 hex digits>.journal`, written at their end only. All numbers are little-endian.
///
/// ```
/// Segment header, 32 bytes
/// offset  size
///      0     8  "thermoJ1": the format and its version
///      8     8  number of the segment, as in its name
///     16     8  salt: random, the same in all segments of one run of the gateway
///     24     4  zero
///     28     4  CRC-32 of the 28 bytes before
///
/// Record, 24 bytes and its body
///      0     4  mark: the salt's low half
///      4     4  CRC-32 of the salt and of all that follows in the record
///      8     4  bytes of the body
///     12     1  kind
///     13     3  unproven: records before this one that were not known to be on the disk; all ones for a carried record
///     16     8  sequence number
///     24        body
/// ```
/// A record is valid when
/// 1. its segment's header is,
/// 2. its mark is the salt's low half and its kind is known,
/// 3. it ends within the file,
/// 4. the CRC-32 is right,
/// 5. the body is as long as its own fields say, and they are in their ranges.
///
/// What is invalid costs itself only: the search for the next record goes on behind its first byte. Invalid bytes up to the end
/// of a file are a torn tail, which is cut. The salt enters the checksum so that no camera can plant a record in its pictures.
///
/// A disk may write the last blocks before a crash in any order, so behind a hole there may be records of a batch that nobody
/// acknowledged. They must not count, for the broker sends the whole batch again, in its order. A hole is damage, and costs itself
/// only, where a later record says that what was there had been on the disk: `sequence - unproven` and all below. Else the journal
/// ends at the hole, and is cut there.
///
/// Sequence numbers rise with time and never repeat. A record that is carried from an old segment to a new one keeps its number:
/// which of two records is the newer is told by number, never by place, and twice the same record means nothing.
package enum JournalFormat {
    package static let magic = Array("thermoJ1".utf8)
    package static let segmentHeader = 32
    package static let recordHeader = 24

    /// Of a record that was carried.
    package static let carried = 0xff_ffff

    /// Captures are numbered from 1 and below this, and records in sequence: more than can ever be.
    package static let mostCaptures: UInt64 = 1 << 62
    /// The most that `[intake] max_chunks` can be.
    package static let mostChunks = 65_536

    package enum Kind: UInt8, CaseIterable, Sendable {
        /// Of version 1.0, which are read and no longer written: `formerChunk`, `succeeded`, `formerArrival`, `formerCamera`.
        case formerChunk = 1, ended, succeeded, picture, formerArrival, formerCamera, clock
        case state, chunk, arrival, camera, notes, tally, account, archived
        case begun = 32, finished, arrivals, left
    }

    package static func fileName(_ segment: UInt64) -> String {
        let digits = String(segment, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + ".journal"
    }

    /// Nil for a file that is no segment.
    package static func segment(fileName: String) -> UInt64? {
        guard fileName.utf8.count == 24, fileName.hasSuffix(".journal"), let number = UInt64(fileName.prefix(16), radix: 16),
            self.fileName(number) == fileName
        else { return nil }
        return number
    }
}

/// CRC-32 as zlib has it; this module links no C library.
package protocol JournalChecksum {
    init()
    mutating func update(_ bytes: Span<UInt8>)
    var value: UInt32 { get }
}

/// Where a record lies.
package struct JournalPlace: Hashable, Sendable {
    package var segment: UInt64
    /// Of its header, from the beginning of the file.
    package var offset: UInt32
    /// Header and body.
    package var length: UInt32

    package init(segment: UInt64, offset: Int, length: Int) {
        self.segment = segment
        self.offset = UInt32(truncatingIfNeeded: offset)
        self.length = UInt32(truncatingIfNeeded: length)
    }
}
