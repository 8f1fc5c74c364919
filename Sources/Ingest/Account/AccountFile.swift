import Clients
import IngestCore
import Platform

/// The file of past hours: lines of `AccountLine`, after a first one that says since when.
struct AccountFile {
    /// Older lines go.
    private static let hoursKept: Int64 = 400 * 24
    /// However many cameras there are. The oldest lines go first.
    private static let mostBytes = 32 << 20

    private let path: String
    private let files: any FileSystem
    /// Where the last writing began, until it is on the disk.
    private var unsure: Int?

    init(_ path: String, files: any FileSystem) {
        self.path = path
        self.files = files
    }

    struct Content {
        /// When counting began; nil where it never did.
        var start: Timestamp?
        var lines: [AccountLine] = []
        var damaged = 0
    }

    /// - Parameter wanted: of which lines more than the number is to be kept in memory.
    func read(_ wanted: (AccountLine) -> Bool = { _ in true }) throws(SystemError) -> Content {
        var content = Content()
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try files.contents(of: path, limit: 2 * Self.mostBytes) } catch {
            guard error.code == DiskCode.missing || error.code == DiskCode.noFolder else { throw error }
            return content
        }
        for piece in bytes.split(separator: UInt8(ascii: "\n")) {
            let text = String(decoding: piece, as: UTF8.self)
            if text.hasPrefix("start "), let milliseconds = Int64(text.dropFirst(6)) {
                content.start = Timestamp(milliseconds: milliseconds)
            } else if let line = AccountLine(text, CRC32.self) {
                if wanted(line) { content.lines.append(line) }
            } else {
                content.damaged += 1
            }
        }
        return content
    }

    /// Says since when, where that is not said yet.
    func begin(at moment: Timestamp) throws(SystemError) {
        guard try files.status(path) == nil else { return }
        try replace("start \(moment.milliseconds)\n")
    }

    /// The lines are on the disk when it returns. A torn one of a crash before costs itself only.
    mutating func append(_ lines: [AccountLine], now: Timestamp) throws(SystemError) {
        // Behind a torn line a new one begins.
        let text = "\n" + lines.map { $0.text(CRC32.self) }.joined()
        let before = try files.status(path)?.size ?? 0
        // What is not known to be on the disk must not be found there beside what is written instead.
        if let unsure, unsure < before { try files.truncate(path, to: unsure) }
        unsure = unsure ?? before
        try files.withFile(path, .append) { file throws(SystemError) in
            try files.write(Array(text.utf8), to: file)
            try files.sync(file)
        }
        unsure = nil
        if let size = try files.status(path)?.size, size > Self.mostBytes { try prune(now: now) }
    }

    private func prune(now: Timestamp) throws(SystemError) {
        let oldest = Account.hour(of: now) - Self.hoursKept
        let content = try read { $0.place.hour >= oldest }
        var text = "start \(content.start?.milliseconds ?? now.milliseconds)\n"
        for line in content.lines.suffix(Self.mostBytes / 256) { text += line.text(CRC32.self) }
        try replace(text)
    }

    private func replace(_ text: String) throws(SystemError) {
        let temporary = path + ".tmp"
        try files.withFile(temporary, .create) { file throws(SystemError) in
            try files.write(Array(text.utf8), to: file)
            try files.sync(file)
        }
        try files.rename(temporary, to: path)
        try files.syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }
}
