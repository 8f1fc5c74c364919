import IngestCore
import Platform

extension SpoolStore {
    /// The spool in `directory`, on the kernel's files.
    package static func local(_ directory: String) -> SpoolStore {
        SpoolStore(
            directory: directory, files: LocalFiles(), digest: { OpenSSLDigest() },
            wallClock: { Timestamp(milliseconds: MonotonicClock.wallMilliseconds()) }
        )
    }

    /// Whether somebody may still be copying it in. A clock that was set back makes files look as if they came from the future; those
    /// are not young.
    func isYoung(_ status: FileStatus) -> Bool {
        let age = Duration.milliseconds(wallClock().milliseconds - status.changed)
        return age >= .zero && age < SpoolScan.youngest
    }

    /// The same of an entry: either of its halves.
    func isYoung(_ name: SpoolEntryName) throws(SpoolError) -> Bool {
        var paths = [layout.record(.pending, name)]
        if let picture = try pictureExtension(name, .pending) { paths.append(layout.file(.pending, name, picture)) }
        for path in paths {
            if let status = try status(path), isYoung(status) { return true }
        }
        return false
    }

    /// When an entry's record last changed; nil when it cannot be told.
    func changed(_ name: SpoolEntryName) -> Int64? { (try? status(layout.record(.pending, name)))??.changed }
}
