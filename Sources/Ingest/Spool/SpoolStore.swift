package import IngestCore
package import Platform

/// The spool: finished pictures that could not be delivered yet, as plain files that a person can open, copy and delete.
///
/// What stays simple because of what it refuses:
/// - The files are the truth. What is kept in memory is a count, which a scan makes anew; an entry copied in by hand is one.
/// - One thread. Other programs may come and go in the same folder: whatever is gone is `gone`, not an error of the disk.
/// - It delivers nothing and knows no backend. It answers what there is, in order, and keeps what it is told.
///
/// Every step is ordered so that a crash after any of them leaves each entry whole, absent, or in a state that the next scan
/// recognises by name alone (see `SpoolLayout`). The order, everywhere: the bytes, then the name, then the folder.
package final class SpoolStore {
    package let layout: SpoolLayout
    let files: any FileSystem
    let makeDigest: () -> any SpoolDigest
    /// Wall clock, to tell young files from old.
    let wallClock: () -> Timestamp
    var tallies = SpoolTallies()
    /// Entries whose record is gone and whose picture is still there.
    var removals: [String: [Leaving]] = [:]
    var removalCount = 0
    /// Entries of which only the mark is left, until the account has them.
    var uncounted: [SpoolEntryName: Leaving] = [:]
    var removalErrors: [SystemError] = []
    /// Folders known to be there and on the disk; few, and forgotten as a whole.
    private var knownFolders: Set<String> = []

    package init(
        directory: String, files: any FileSystem, digest: @escaping () -> any SpoolDigest, wallClock: @escaping () -> Timestamp
    ) {
        layout = SpoolLayout(directory)
        self.files = files
        makeDigest = digest
        self.wallClock = wallClock
    }

    /// Counts what was stored, removed and scanned so far.
    package var usage: SpoolUsage { tallies.usage }

    /// Makes the folders that are missing, and tries whether pictures can be written.
    package func prepare() throws(SpoolError) {
        knownFolders = []
        for folder in [layout.root, layout.folder(.pending)] { try ensure(folder) }
        // Pictures do without these. Who needs one makes it again, and tells what is wrong with it.
        for folder in [layout.folder(.quarantine), layout.rejected] { try? ensure(folder) }
        try rehearse()
    }

    /// Writes what a picture needs, two files at once, each synced and renamed, and takes them away again. When this can be done,
    /// whatever could not be done with one file is that file's own trouble.
    package func rehearse() throws(SpoolError) {
        let files = files
        let names = ["picture", "record"].map { "\(layout.root)/.rehearsal.\($0)" }
        try onDisk { () throws(SystemError) in
            do throws(SystemError) {
                for name in names { try writeSynced([UInt8](repeating: 0x5a, count: 4096), to: name + ".tmp") }
                for name in names { try files.rename(name + ".tmp", to: name) }
                try files.syncDirectory(layout.root)
                for name in names { try files.unlink(name) }
            } catch {
                for name in names { for path in [name + ".tmp", name] { try? files.unlink(path) } }
                throw error
            }
        }
    }

    /// What the file system that holds the spool still has.
    package func space() throws(SpoolError) -> FileSystemSpace { try onDisk { () throws(SystemError) in try files.space(layout.root) } }

    // MARK: Storing

    /// Stores a picture and its record; both are on the disk when it returns. The same picture stored again stays as it was.
    /// - Parameter contents: hands all the picture's bytes, in order and in any pieces, to the function it is given.
    package func store(
        _ record: SpoolRecord, contents: (_ write: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) -> Void
    ) throws(SpoolError) -> SpoolEntryName {
        var name = try SpoolEntryName(record.picture, sha256: sha256)
        if let other = storedPicture(name), other != record.picture.sha256 {
            name = try SpoolEntryName(record.picture, distinguished: true, sha256: sha256)
        }
        try finishRemoval(of: name, record.fileExtension)
        try ensureFolder(.pending, name)
        if storedPicture(name) == record.picture.sha256 {
            // An earlier attempt may have failed at the very last step.
            let folder = layout.folder(.pending, name)
            try onDisk { () throws(SystemError) in try files.syncDirectory(folder) }
            return name
        }
        do throws(SystemError) {
            try unsafe write(name, record, contents)
        } catch {
            knownFolders = []
            throw SpoolError(error)
        }
        count(.pending, name, record.fileExtension)
        return name
    }

    private func write(
        _ name: SpoolEntryName, _ record: SpoolRecord,
        _ contents: (_ write: (UnsafeRawBufferPointer) throws(SystemError) -> Void) throws(SystemError) -> Void
    ) throws(SystemError) {
        let picture = (
            temporary: layout.temporary(.pending, name, record.fileExtension), final: layout.file(.pending, name, record.fileExtension)
        )
        let note = (
            temporary: layout.temporary(.pending, name, SpoolEntryName.recordExtension), final: layout.record(.pending, name)
        )
        let folder = layout.folder(.pending, name)
        var mess = [picture.temporary, note.temporary]
        do throws(SystemError) {
            try files.withFile(picture.temporary, .create) { file throws(SystemError) in
                try unsafe contents { bytes throws(SystemError) in try unsafe files.write(bytes, to: file) }
                try files.sync(file)
            }
            try writeSynced(record.json, to: note.temporary)
            mess.append(picture.final)
            try files.rename(picture.temporary, to: picture.final)
            // Without this, a crash could leave a record whose picture has no name.
            try files.syncDirectory(folder)
            mess = [note.temporary, picture.final]
            try files.rename(note.temporary, to: note.final)
            mess = []
            try files.syncDirectory(folder)
        } catch {
            // What cannot be removed now, a scan will find.
            for path in mess { try? files.unlink(path) }
            throw error
        }
    }

    /// The checksum of the picture stored under `name`; "" where something lies there that cannot be read, nil when there is nothing.
    private func storedPicture(_ name: SpoolEntryName) -> String? {
        do throws(SpoolError) {
            return try load(name).record.picture.sha256
        } catch {
            switch error {
            case .gone: return nil
            case .damaged(_, .noPicture), .damaged(_, .noRecord): return nil
            default:
                // Something is there; or, as far as can be told, nothing.
                return (try? status(layout.record(.pending, name))) == nil ? nil : ""
            }
        }
    }

    /// Replaces an entry's record. It is the new one or the old one after a crash.
    package func update(_ name: SpoolEntryName, _ record: SpoolRecord) throws(SpoolError) {
        let path = layout.record(.pending, name)
        guard let old = try status(path) else { throw .gone(name) }
        let temporary = layout.temporary(.pending, name, SpoolEntryName.recordExtension)
        let new = record.json
        try onDisk { () throws(SystemError) in
            do throws(SystemError) {
                try writeSynced(new, to: temporary)
                try files.rename(temporary, to: path)
            } catch {
                try? files.unlink(temporary)
                throw error
            }
        }
        tallies[.pending, name.folder].bytes += new.count - old.size
    }

    // MARK: Reading

    /// Reads an entry's record and looks whether its picture is there, in full length.
    /// - Throws: `gone`; `damaged`: then quarantine it; else it, or the disk, cannot be read.
    package func load(_ name: SpoolEntryName, in area: SpoolLayout.Area = .pending) throws(SpoolError) -> SpoolEntry {
        let bytes: [UInt8]
        let path = layout.record(area, name)
        do throws(SystemError) {
            bytes = try files.contents(of: path, limit: SpoolRecord.longest)
        } catch {
            switch error.code {
            case DiskCode.missing, DiskCode.noFolder:
                let isHalf = try hasPicture(name, area)
                let isGoing = try isUnderWay(name, area)
                throw isHalf && !isGoing ? .damaged(name, .noRecord) : .gone(name)
            case DiskCode.tooLarge: throw .damaged(name, .record("it is longer than \(SpoolRecord.longest) bytes"))
            default: throw SpoolError(error)
            }
        }
        let record: SpoolRecord
        do throws(SpoolDamage) { record = try SpoolRecord(json: bytes) } catch { throw .damaged(name, error) }
        let picture = layout.file(area, name, record.fileExtension)
        guard let status = try self.status(picture) else {
            // Taken out by hand since the record was read, or is it being moved?
            let isGoing = try isUnderWay(name, area)
            guard try status(path) != nil, !isGoing else { throw .gone(name) }
            throw .damaged(name, .noPicture)
        }
        // The system's own word for what stands there.
        guard status.kind == .file else {
            files.close(try onDisk { () throws(SystemError) in try files.open(picture, .read) })
            throw .gone(name)
        }
        guard status.size == record.picture.size else {
            throw .damaged(name, .size(expected: record.picture.size, found: status.size))
        }
        return SpoolEntry(name: name, record: record, picturePath: picture)
    }

    /// As `load`, and reads the whole picture to compare its checksum.
    package func verify(_ name: SpoolEntryName, in area: SpoolLayout.Area = .pending) throws(SpoolError) -> SpoolEntry {
        let entry = try load(name, in: area)
        guard let found = try digest(of: entry.picturePath) else { throw .gone(name) }
        guard found == entry.record.picture.sha256 else {
            throw .damaged(name, .checksum(expected: entry.record.picture.sha256, found: found))
        }
        return entry
    }

    /// SHA-256 of a file in hex; nil when it is gone.
    func digest(of path: String) throws(SpoolError) -> String? {
        var digest = makeDigest()
        do throws(SystemError) {
            try files.withFile(path, .read) { file throws(SystemError) in
                let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
                defer { unsafe room.deallocate() }
                var offset = 0
                while true {
                    let count = try unsafe files.read(file, at: offset, into: room)
                    if count == 0 { return }
                    unsafe digest.update(UnsafeRawBufferPointer(rebasing: room[..<count]))
                    offset += count
                }
            }
        } catch {
            if error.code == DiskCode.missing { return nil }
            throw SpoolError(error)
        }
        return try onDisk { () throws(SystemError) in try digest.finish() }
    }

    /// Entries of `area` in order, from the beginning.
    /// - Parameter unreadable: told of each folder that cannot be read; it is passed over.
    package func walk(
        _ order: Configuration.Drain.Order, in area: SpoolLayout.Area = .pending, unreadable: @escaping (SystemError) -> Void = { _ in }
    ) -> SpoolWalk {
        SpoolWalk(layout.folder(area), files, order, unreadable: unreadable)
    }

    // MARK: Common steps

    func sha256(_ camera: CameraUID) throws(SpoolError) -> String {
        var digest = makeDigest()
        unsafe Array(camera.text.utf8).withUnsafeBytes { unsafe digest.update($0) }
        return try onDisk { () throws(SystemError) in try digest.finish() }
    }

    func hasPicture(_ name: SpoolEntryName, _ area: SpoolLayout.Area) throws(SpoolError) -> Bool {
        try pictureExtension(name, area) != nil
    }

    /// Which picture lies under that name, whatever its record says.
    func pictureExtension(_ name: SpoolEntryName, _ area: SpoolLayout.Area) throws(SpoolError) -> String? {
        for fileExtension in SpoolLayout.pictureExtensions.sorted() {
            let path = layout.file(area, name, fileExtension)
            if try status(path) != nil { return fileExtension }
        }
        return nil
    }

    func status(_ path: String) throws(SpoolError) -> FileStatus? {
        try onDisk { () throws(SystemError) in try files.status(path) }
    }

    func writeSynced(_ bytes: [UInt8], to path: String) throws(SystemError) {
        try files.withFile(path, .create) { file throws(SystemError) in
            try files.write(bytes, to: file)
            try files.sync(file)
        }
    }

    /// The day's and the hour's folder, made where missing, with their names on the disk.
    func ensureFolder(_ area: SpoolLayout.Area, _ name: SpoolEntryName) throws(SpoolError) {
        let hour = layout.folder(area, name)
        if knownFolders.contains(hour) { return }
        if knownFolders.count >= 64 { knownFolders = [] }
        try ensure(layout.folder(area))
        try ensure(layout.folder(area) + "/" + name.folder.prefix(10))
        try ensure(hour)
    }

    private func ensure(_ folder: String) throws(SpoolError) {
        guard !knownFolders.contains(folder) else { return }
        try onDisk { () throws(SystemError) in
            do throws(SystemError) {
                try files.makeDirectory(folder)
            } catch {
                guard error.code == DiskCode.exists else { throw error }
            }
            // Also where it was there: whoever made it may not have come to this.
            let parent = folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)]
            do throws(SystemError) { try files.syncDirectory(parent.isEmpty ? "/" : String(parent)) } catch {
                // The spool's own parent belongs to others, who may not let us read it.
                guard folder == layout.root, error.code == DiskCode.access else { throw error }
            }
        }
        knownFolders.insert(folder)
    }

    func forgetFolders() { knownFolders = [] }

    /// What an entry's files take.
    func measure(_ area: SpoolLayout.Area, _ name: SpoolEntryName, _ fileExtension: String) throws(SpoolError) -> SpoolUsage.Tally {
        var tally = SpoolUsage.Tally()
        for path in Set([layout.file(area, name, fileExtension), layout.record(area, name)]) {
            guard let status = try self.status(path) else { continue }
            if path == layout.record(area, name) { tally.entries = 1 }
            tally.bytes += status.size
            tally.allocated += max(status.size, status.allocated)
        }
        return tally
    }

    /// What cannot be measured now, the next scan counts.
    func count(_ area: SpoolLayout.Area, _ name: SpoolEntryName, _ fileExtension: String) {
        if let tally = try? measure(area, name, fileExtension) { tallies[area, name.folder] += tally }
    }
}

/// An entry that is there, with both its halves.
package struct SpoolEntry: Equatable, Sendable {
    package let name: SpoolEntryName
    package var record: SpoolRecord
    package let picturePath: String
}
