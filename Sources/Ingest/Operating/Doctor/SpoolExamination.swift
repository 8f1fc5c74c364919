import Glibc
import IngestCore
import Platform

/// Looks whether pictures can be kept in the spool's folder, and how long the disk takes to keep one.
struct SpoolExamination {
    /// A disk that takes longer than this to make a chunk safe will hold back the cameras.
    private static let slow = Duration.milliseconds(250)
    private static let tries = 5

    private let settings: Configuration.Spool
    private let files = LocalFiles()

    init(_ settings: Configuration.Spool) { self.settings = settings }

    func run(_ note: (Finding) -> Void) {
        let path = settings.directory
        var step = "folder"
        do throws(SystemError) {
            guard let folder = try place(note) else { return }
            step = "write"
            try write(in: folder, note)
            step = "space"
            note(try space(of: folder))
        } catch {
            note(Finding(.spool, step, .failed, "\(error)", fix: error.fix(in: path)))
        }
    }

    /// - Returns: the folder to try, which is its parent while the gateway has yet to make it; nil where it cannot be used.
    private func place(_ note: (Finding) -> Void) throws(SystemError) -> String? {
        let path = settings.directory
        guard let status = try FolderStatus(path) else {
            let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
            guard !parent.isEmpty, let above = try FolderStatus(parent), above.isFolder, above.isWritable else {
                note(Finding(.spool, "folder", .failed, "\(path) does not exist", fix: Self.making(path)))
                return nil
            }
            note(Finding(.spool, "folder", .good, "\(path) does not exist yet; the gateway makes it at its first start"))
            return parent
        }
        let mode = String(status.mode, radix: 8)
        guard status.isFolder else {
            note(Finding(.spool, "folder", .failed, "\(path) is no folder", fix: "remove it, or correct [spool] directory"))
            return nil
        }
        guard status.isWritable else {
            let what = "\(path) belongs to \(status.owner) (mode \(mode)), and \(FolderStatus.user) may not write there"
            note(Finding(.spool, "folder", .failed, what, fix: "chown -R \(FolderStatus.user): \(path), or run this as the gateway's user"))
            return nil
        }
        let asWhom = status.owner == FolderStatus.user ? "" : "; tried as \(FolderStatus.user)"
        note(Finding(.spool, "folder", .good, "\(path), of \(status.owner), mode \(mode)\(asWhom)"))
        return path
    }

    private func write(in folder: String, _ note: (Finding) -> Void) throws(SystemError) {
        let path = "\(folder)/.thermo-ingest-doctor-\(getpid()).tmp"
        let block = [UInt8](repeating: 0x5a, count: 16 << 10)
        var times: [Duration] = []
        defer { try? files.unlink(path) }
        try files.withFile(path, .create) { file throws(SystemError) in
            for _ in 0..<Self.tries {
                var watch = Stopwatch()
                try files.write(block, to: file)
                try files.sync(file)
                times.append(watch.lap())
            }
        }
        let median = times.sorted()[Self.tries / 2]
        let what = "16 KiB are on the disk after \(Self.milliseconds(median)) ms"
        let isSlow = median > Self.slow
        let fix = "the disk is slow, perhaps worn out: try another card, or see what else writes to it (iotop)"
        note(Finding(.spool, "write", isSlow ? .warning : .good, what, fix: isSlow ? fix : nil, took: median))
    }

    private func space(of folder: String) throws(SystemError) -> Finding {
        let space = try files.space(folder)
        let left = "\(StatusText.size(space.available)) of \(StatusText.size(space.capacity)) are free"
        if space.available <= settings.keepFree {
            return Finding(
                .spool, "space", .failed, "\(left), and \(StatusText.size(settings.keepFree)) must stay so ([spool] keep_free)",
                fix: "make room on that disk, or lower [spool] keep_free: until then no picture can be kept here"
            )
        }
        if space.available - settings.keepFree < settings.maxSize / 10 {
            return Finding(
                .spool, "space", .warning, "\(left), far less than [spool] max_size (\(StatusText.size(settings.maxSize)))",
                fix: "make room on that disk, or lower [spool] max_size to what it has"
            )
        }
        return Finding(.spool, "space", .good, left)
    }

    static func milliseconds(_ duration: Duration) -> String {
        let tenths = duration.components.seconds * 10_000 + duration.components.attoseconds / 100_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func making(_ path: String) -> String {
        "make it for the gateway's user: install -d -o thermo-ingest -g thermo-ingest -m 0750 \(path)"
    }
}
