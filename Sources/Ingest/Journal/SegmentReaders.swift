import Clients
import IngestCore
import Platform

/// Reads records back out of segments, whose files stay open for a while. Used by the intake thread alone.
struct SegmentReaders: ~Copyable {
    /// Descriptors are kept for so many segments.
    private static let most = 8

    private let files: any FileSystem
    private var open: [(segment: UInt64, file: CInt)] = []
    /// What was read last.
    private(set) var bytes: [UInt8] = []

    init(files: any FileSystem) { self.files = files }

    deinit { for reader in open { files.close(reader.file) } }

    /// Reads what lies at `place` of the file at `path` into `bytes`.
    /// - Returns: how much of it there is.
    mutating func load(_ place: JournalPlace, of path: String) throws(SystemError) -> Int {
        let (offset, length) = (Int(place.offset), Int(place.length))
        makeRoom(length)
        let file = try file(of: place.segment, path)
        var done = 0
        while done < length {
            let count = try files.read(file, at: offset + done, into: &bytes, done..<length)
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// The same, of what is in memory still.
    mutating func load(_ record: Span<UInt8>) -> Int {
        makeRoom(record.count)
        for index in record.indices { bytes[index] = record[index] }
        return record.count
    }

    private mutating func makeRoom(_ length: Int) {
        if bytes.count < length { bytes = [UInt8](repeating: 0, count: length) }
    }

    private mutating func file(of segment: UInt64, _ path: String) throws(SystemError) -> CInt {
        if let known = open.first(where: { $0.segment == segment }) { return known.file }
        let file = try files.open(path, .read)
        if open.count >= Self.most { files.close(open.removeFirst().file) }
        open.append((segment, file))
        return file
    }

    mutating func close(_ segment: UInt64) {
        for reader in open where reader.segment == segment { files.close(reader.file) }
        open.removeAll { $0.segment == segment }
    }
}
