import Clients
import IngestCore
import Platform

/// The file of past hours: lines of `AccountLine`, after a first one that says since when. When it has doubled, its older hours are folded
/// into days (UTC), and the oldest go.
struct AccountFile {
    static let hoursKept: Int64 = 400 * 24
    /// Hours of the last week are told one by one.
    static let hoursUnfolded: Int64 = 7 * 24
    /// However many cameras there are. The oldest lines go first.
    private static let mostBytes = 16 << 20
    private static let leastFolded = 64 << 10

    private let path: String
    /// Its size when it was folded last, or first seen.
    private var foldedSize: Int?
    private let files: any FileSystem
    /// Where the last writing began, until it is on the disk.
    private var unsure: Int?
    /// The folder has the file's name on the disk.
    private var isNameSafe = false

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

    /// What was read is on the disk when it returns.
    mutating func sync() throws(SystemError) {
        try files.withFile(path, .append) { file throws(SystemError) in try files.sync(file) }
        try keepName()
    }

    private mutating func keepName() throws(SystemError) {
        guard !isNameSafe else { return }
        try files.syncDirectory(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        isNameSafe = true
    }

    /// Says since when, where that is not said yet.
    mutating func begin(at moment: Timestamp) throws(SystemError) {
        guard try files.status(path) == nil else { return }
        try replace("start \(moment.milliseconds)\n")
    }

    /// The lines are on the disk when it returns. A torn one of a crash before costs itself only.
    mutating func append(_ lines: [AccountLine], now: Timestamp) throws(SystemError) {
        try keepName()
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
        guard let size = try? files.status(path)?.size else { return }
        guard size > min(max(2 * (foldedSize ?? before), Self.leastFolded), Self.mostBytes) else {
            foldedSize = foldedSize ?? before
            return
        }
        // What was appended is there either way. Where the disk fails, the next writing says so, and this is tried again with it.
        do throws(SystemError) { try fold(now: now) } catch { return }
        foldedSize = try? files.status(path)?.size
    }

    /// From which hour on the file tells, where `hour` is asked for.
    static func beginning(for hour: Int64, now: Timestamp) -> Int64 {
        let present = Account.hour(of: now)
        return folded(max(hour, present - hoursKept), present)
    }

    private static func folded(_ hour: Int64, _ present: Int64) -> Int64 {
        hour < present - hoursUnfolded ? hour - (hour % 24 + 24) % 24 : hour
    }

    private mutating func fold(now: Timestamp) throws(SystemError) {
        let present = Account.hour(of: now)
        let oldest = Self.beginning(for: .min, now: now)
        let content = try read { $0.place.hour >= oldest }
        let newest = content.lines.map(\.generation).max() ?? 0
        var folded: [AccountLine] = []
        var places: [Account.Place: Int] = [:]
        for line in content.lines {
            // What was written last the journal may not know of yet.
            guard line.generation < newest else {
                folded.append(line)
                continue
            }
            let place = Account.Place(hour: Self.folded(line.place.hour, present), camera: line.place.camera)
            if let index = places[place] {
                folded[index] = folded[index].adding(line)
            } else {
                places[place] = folded.count
                folded.append(AccountLine(generation: line.generation, isJournaled: line.isJournaled, place: place, counts: line.counts))
            }
        }
        var text = "start \(content.start?.milliseconds ?? now.milliseconds)\n"
        for line in folded.suffix(Self.mostBytes / 256) { text += line.text(CRC32.self) }
        try replace(text)
    }

    private mutating func replace(_ text: String) throws(SystemError) {
        let temporary = path + ".tmp"
        try files.withFile(temporary, .create) { file throws(SystemError) in
            try files.write(Array(text.utf8), to: file)
            try files.sync(file)
        }
        isNameSafe = false
        try files.rename(temporary, to: path)
        try keepName()
    }
}
