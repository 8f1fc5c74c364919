import Ingest
import IngestCore

/// What lies on the disk, where anybody may have changed it.
extension Target {
    static let files = [
        Target(name: "spool-record") { bytes in
            guard let record = try? SpoolRecord(json: bytes) else { return }
            guard let again = try? SpoolRecord(json: record.json) else { fatalError("cannot be read back") }
            require(again == record, "another when read back: \(again) for \(record)")
        },
        Target(name: "spool-name") { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let (name, fileExtension) = SpoolEntryName.parse(fileName: text[...]) else { return }
            require(name.file(fileExtension) == text, "\(name.file(fileExtension)) for \(text)")
            require(SpoolEntryName(base: name.base) == name, "another when read back")
            _ = name.recordedAt
        },
        Target(name: "segment") { bytes in
            guard let (_, salt) = JournalScanner.segment(bytes.span, AnySum.self) else { return }
            let scanner = JournalScanner(salt: salt)
            var replay = JournalReplay(ringCapacity: 64)
            var place = JournalFormat.segmentHeader
            while true {
                switch scanner.next(in: bytes.span, at: place, left: bytes.count, AnySum.self) {
                case .record(let kind, let sequence, let record):
                    require(record.lowerBound == place && record.upperBound > place, "a record of \(record) at \(place)")
                    let body = bytes.span.extracting(record).extracting(JournalFormat.recordHeader...)
                    if let read = JournalRecord(kind, body) {
                        replay.add(read, sequence, at: JournalPlace(segment: 1, offset: place, length: record.count))
                    }
                    place = record.upperBound
                case .damage(let range):
                    require(range.lowerBound == place && range.upperBound > place, "damage of \(range) at \(place)")
                    place = range.upperBound
                case .needsMore(let count): fatalError("\(count) more of a window that has all")
                case .end: return check(replay)
                }
            }
        },
        Target(name: "journal") { bytes in
            var input = Input(bytes)
            var replay = JournalReplay(ringCapacity: 8)
            var number: UInt64 = 1
            while !input.isEmpty {
                let kind = JournalFormat.Kind.allCases[input.below(JournalFormat.Kind.allCases.count)]
                let step = input.byte()
                let body = input.take(input.below(300))
                number = step > 200 ? number / 2 : number + UInt64(step % 4)
                guard let record = JournalRecord(kind, body.span) else { continue }
                replay.add(
                    record, JournalSequence(number: number, unproven: Int(step) % 8), at: JournalPlace(segment: 1, offset: 64, length: 96))
            }
            check(replay)
        },
    ]

    private static func check(_ replay: consuming JournalReplay) {
        for capture in replay.findings().captures {
            require(capture.total > 0 && capture.total <= JournalFormat.mostChunks, "a capture of \(capture.total) chunks")
        }
    }
}

/// Takes every record for whole, so that a fuzzer reaches what lies behind the checksum.
private struct AnySum: JournalChecksum {
    mutating func update(_ bytes: Span<UInt8>) {}
    var value: UInt32 { 0 }
}
