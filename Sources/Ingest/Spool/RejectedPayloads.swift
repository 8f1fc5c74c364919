package import IngestCore
package import Platform

/// The newest refused payloads, for whoever asks why: `rejected/20261122T083105.123Z~cam7~base64.payload`.
///
/// Kept within a number of bytes, reckoned in whole blocks, by deleting the oldest. A payload that would take more than a quarter of
/// it is cut there and its name says so. Nothing is synced: a crash may cost the last few, and an SD card is not worn for them.
package final class RejectedPayloads {
    private static let block = 4096

    private let folder: String
    /// In bytes; a smaller one holds from the next payload on.
    package var limit: Int
    private let files: any FileSystem
    /// By name, and so by time.
    private var kept: [(name: String, size: Int)] = []
    private var cost = 0

    /// - Parameters:
    ///   - folder: `SpoolLayout.rejected`.
    ///   - limit: `keep_rejected`; 0 keeps none.
    package init(_ folder: String, limit: Int, files: any FileSystem) {
        self.folder = folder
        self.limit = limit
        self.files = files
    }

    /// How many are kept.
    package var count: Int { kept.count }
    /// What they take on the disk, in bytes.
    package var allocated: Int { cost }

    /// Finds what earlier runs left, and deletes what is too much.
    package func load() throws(SpoolError) {
        kept = []
        cost = 0
        var found: [String] = []
        try onDisk { () throws(SystemError) in try files.each(folder) { if $0.hasSuffix(".payload") { found.append($0) } } }
        for name in found.sorted() {
            // What is no file, or cannot be looked at, is none of ours.
            if let status = try? files.status(folder + "/" + name), status.kind == .file { append(name, status.size) }
        }
        makeRoom(for: 0)
    }

    /// Keeps a payload.
    /// - Parameter camera: as it was named, if it was; any bytes.
    package func keep(_ payload: Span<UInt8>, camera: String?, reason: Refusal, at now: Timestamp) throws(SpoolError) {
        let size = min(payload.count, limit / 4)
        guard size > 0 || payload.isEmpty, limit >= 4 * Self.block else { return }
        makeRoom(for: Self.cost(size))
        let uid = camera.map { String(PercentEncoding.encode($0.utf8).prefix(120)) } ?? "unknown"
        let stem = "\(now.compact)~\(uid)~\(reason.rawValue)" + (size < payload.count ? "~first-\(size)-of-\(payload.count)" : "")
        var name = stem + ".payload"
        var number = 1
        while kept.contains(where: { $0.name == name }) {
            number += 1
            name = "\(stem)~\(number).payload"
        }
        let path = folder + "/" + name
        let piece = payload.extracting(first: size)
        do throws(SystemError) {
            try files.withFile(path, .create) { file throws(SystemError) in
                try unsafe piece.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) throws(SystemError) in
                    try unsafe files.write(bytes, to: file)
                }
            }
        } catch {
            try? files.unlink(path)
            throw SpoolError(error)
        }
        append(name, size)
    }

    private func makeRoom(for bytes: Int) {
        while cost + bytes > limit, let oldest = kept.first {
            // One that will not go is let alone, and no more reckoned with than anything else that people put there.
            try? files.unlink(folder + "/" + oldest.name)
            cost -= Self.cost(oldest.size)
            kept.removeFirst()
        }
    }

    private func append(_ name: String, _ size: Int) {
        // Usually the newest; a clock that was set back puts it where its name belongs.
        let place = (kept.lastIndex { $0.name < name } ?? -1) + 1
        kept.insert((name, size), at: place)
        cost += Self.cost(size)
    }

    private static func cost(_ size: Int) -> Int { (max(size, 1) + block - 1) / block * block }
}
