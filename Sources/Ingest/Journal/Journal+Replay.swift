import Clients
import IngestCore
import Platform

extension Journal {
    /// Reads all segments. Nothing has been written before, but for torn tails that were cut.
    /// - Parameter progress: told now and then how many bytes were read, of how many.
    /// - Throws: when the disk does not let it be read; to be called again then.
    func replay(ringCapacity: Int, progress: (Int, Int) -> Void) throws(SystemError) -> JournalFindings {
        try makeFolder()
        ledger = JournalLedger()
        var segments: [(number: UInt64, size: Int)] = []
        var last: UInt64 = 0
        let listing = try files.directory(folder)
        while let name = try listing.next() {
            guard let number = JournalFormat.segment(fileName: name) else { continue }
            last = max(last, number)
            // Whatever else has a segment's name was made by somebody else, and is let alone.
            guard let status = try files.status(folder + "/" + name), status.kind == .file else { continue }
            segments.append((number, status.size))
        }
        segments.sort { $0.number < $1.number }
        let total = segments.reduce(0) { $0 + $1.size }
        var replay = JournalReplay(ringCapacity: ringCapacity)
        var done = 0
        for segment in segments {
            try read(segment.number, size: segment.size, into: &replay) { progress(done + $0, total) }
            done += segment.size
        }
        for (segment, offset) in replay.cuts {
            count(damaged: 0, torn: 1)
            try cut(segment, at: offset)
        }
        // A process that was killed may have left it to the kernel alone, and what is read here is built upon: the newest, and the end of
        // an older one that could not be cut.
        for segment in segments {
            do throws(SystemError) { try sync(segment.number) } catch {
                // What may pass is tried again; one bad place of the disk does not keep the gateway from starting for ever.
                let mayPass = error.code == DiskCode.inputOutput && failure?.attempts ?? 0 < 5
                guard segment.number != segments.last?.number, !mayPass else { throw error }
            }
        }
        let findings = replay.findings()
        for capture in findings.captures { ledger.restore(capture) }
        begun = BegunPictures(findings.begun)
        begin(after: findings, lastSegment: last)
        return findings
    }

    private func makeFolder() throws(SystemError) {
        var path = ""
        for part in folder.split(separator: "/") {
            let parent = path.isEmpty ? "/" : path
            path += "/" + part
            let isThere = try files.status(path).map { $0.kind != .file } ?? false
            if !isThere { try files.makeDirectory(path) }
            // Also where it was there: whoever made it may not have come to this, and all that is in it would go with its name.
            do throws(SystemError) { try files.syncDirectory(parent) } catch {
                // Others' folders need not let us do this.
                guard isThere, error.code != DiskCode.inputOutput else { throw error }
            }
        }
    }

    /// For good: what was cut must not come back with the next crash.
    private func cut(_ segment: UInt64, at offset: Int) throws(SystemError) {
        try files.truncate(path(segment), to: offset)
        try sync(segment)
        ledger.grew(segment, to: offset)
    }

    private func sync(_ segment: UInt64) throws(SystemError) {
        try files.withFile(path(segment), .append) { file throws(SystemError) in try files.sync(file) }
    }

    private func read(
        _ segment: UInt64, size: Int, into replay: inout JournalReplay, progress: (Int) -> Void
    ) throws(SystemError) {
        let path = path(segment)
        ledger.began(segment, bytes: size)
        let file: CInt
        do throws(SystemError) { file = try files.open(path, .read) } catch {
            // What the disk cannot read is damage. What keeps us out is waited for: others may let us in again, and nothing is lost.
            guard error.code == DiskCode.inputOutput else { throw error }
            return count(damaged: 1, torn: 0)
        }
        defer { files.close(file) }
        var window = SegmentWindow(file, size: size, files)
        try window.fill(atLeast: JournalFormat.segmentHeader)
        guard let (number, salt) = JournalScanner.segment(window.bytes.span, CRC32.self), number == segment else {
            // A crash while it was being made leaves one that is empty; anything else is damage.
            count(damaged: size > JournalFormat.segmentHeader ? 1 : 0, torn: size > JournalFormat.segmentHeader ? 0 : 1)
            return
        }
        salts[segment] = salt
        let scanner = JournalScanner(salt: salt)
        window.position = JournalFormat.segmentHeader
        var damage: Range<Int>?
        while true {
            let finding = scanner.next(in: window.bytes.span, at: window.position, left: size - window.start, CRC32.self)
            switch finding {
            case .needsMore(let count):
                try window.fill(atLeast: count)
            case .damage(let range):
                let from = window.start + range.lowerBound
                let to = window.start + range.upperBound
                damage = damage.map { $0.upperBound == from ? $0.lowerBound..<to : $0 } ?? from..<to
                window.position = range.upperBound
            case .record(let kind, let sequence, let record):
                if damage != nil { count(damaged: 1, torn: 0) }
                damage = nil
                let body = record.lowerBound + JournalFormat.recordHeader..<record.upperBound
                if let content = JournalRecord(kind, window.bytes.span.extracting(body)) {
                    let place = JournalPlace(segment: segment, offset: window.start + record.lowerBound, length: record.count)
                    replay.add(content, sequence, at: place)
                } else {
                    count(damaged: 1, torn: 0)
                }
                window.position = record.upperBound
                progress(window.start + window.position)
            case .end:
                guard let damage else { return }
                count(damaged: 0, torn: 1)
                try cut(segment, at: damage.lowerBound)
                return
            }
        }
    }
}

/// A piece of a file, moved along it.
private struct SegmentWindow {
    private let file: CInt
    private let size: Int
    private let files: any FileSystem
    /// From where in the file on.
    private(set) var start = 0
    private(set) var bytes: [UInt8] = []
    /// What was dealt with, from the beginning of the window.
    var position = 0

    init(_ file: CInt, size: Int, _ files: any FileSystem) {
        self.file = file
        self.size = size
        self.files = files
    }

    /// Moves it, so that it has `count` bytes from the position on, or all that are left.
    mutating func fill(atLeast count: Int) throws(SystemError) {
        let gone = position
        bytes.removeFirst(gone)
        start += gone
        position = 0
        let wanted = min(max(count, 256 << 10), size - start)
        while bytes.count < wanted {
            let had = bytes.count
            bytes.append(contentsOf: repeatElement(0, count: wanted - had))
            let count: Int
            do throws(SystemError) {
                count = try files.read(file, at: start + had, into: &bytes, had..<wanted)
            } catch {
                // Sectors that cannot be read are damage like any other: zero bytes are no record.
                guard error.code == DiskCode.inputOutput else { throw error }
                bytes.removeLast(max(0, bytes.count - had - 4096))
                continue
            }
            bytes.removeLast(wanted - had - count)
            // Shorter than it was when it was looked at.
            if count == 0 { bytes.append(contentsOf: repeatElement(0, count: wanted - had)) }
        }
    }
}
