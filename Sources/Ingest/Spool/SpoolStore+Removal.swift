package import IngestCore
import Platform

extension SpoolStore {
    /// How many removals are finished together, to sync a folder for all of them at once.
    static let removalsTogether = 256

    /// Removes an entry that both stores have confirmed, or that a person wants gone.
    ///
    /// Its record is renamed to a mark, and with that the entry is gone. Picture and mark follow, many at a time, in
    /// `finishRemovals`: were a picture deleted before the mark is on the disk, or the mark before the picture's deletion is, a crash
    /// could leave a half that looks like damage. Should the mark itself be lost, the entry is whole again and is delivered again,
    /// into the same row and object.
    package func remove(_ name: SpoolEntryName, _ fileExtension: String, in area: SpoolLayout.Area = .pending) throws(SpoolError) {
        let tally = try measure(area, name, fileExtension)
        let (record, mark) = (layout.record(area, name), layout.removed(area, name, fileExtension))
        do throws(SystemError) {
            try files.rename(record, to: mark)
        } catch {
            throw error.code == DiskCode.missing ? .gone(name) : SpoolError(error)
        }
        tallies[area, name.folder] -= tally
        noteRemoval(area, name, fileExtension)
        if removalCount >= Self.removalsTogether { try finishRemovals() }
    }

    func noteRemoval(_ area: SpoolLayout.Area, _ name: SpoolEntryName, _ fileExtension: String) {
        removals[layout.folder(area, name), default: []].append((name, fileExtension))
        removalCount += 1
    }

    /// Whether the entry is removed and only its picture is still there: a walk that began before may name it again.
    func isLeaving(_ name: SpoolEntryName, _ area: SpoolLayout.Area) -> Bool {
        removals[layout.folder(area, name)]?.contains { $0.name == name } ?? false
    }

    /// Deletes the pictures of removed entries. Call when there is nothing else to do, when room is needed, and before the end.
    package func finishRemovals() throws(SpoolError) {
        for (folder, entries) in removals {
            try onDisk { () throws(SystemError) in
                try unlessMissing { () throws(SystemError) in try files.syncDirectory(folder) }
                for entry in entries where entry.fileExtension != SpoolEntryName.recordExtension {
                    try unlessMissing { () throws(SystemError) in try files.unlink("\(folder)/\(entry.name.file(entry.fileExtension))") }
                }
                try unlessMissing { () throws(SystemError) in try files.syncDirectory(folder) }
                for entry in entries {
                    try unlessMissing { () throws(SystemError) in
                        try files.unlink("\(folder)/.\(entry.name.file(entry.fileExtension)).removed")
                    }
                }
            }
            removals[folder] = nil
            removalCount -= entries.count
            removeIfEmpty(folder)
        }
    }

    /// Gives up the oldest entries until `bytes` are free, and tells which.
    /// - Parameter kept: entries that are let alone: they are being delivered.
    package func dropOldest(bytes: Int, keeping kept: Set<SpoolEntryName> = []) throws(SpoolError) -> [SpoolEntryName] {
        var dropped: [SpoolEntryName] = []
        var freed = 0
        let walk = walk(.oldestFirst)
        while freed < bytes, let name = try walk.next(1).first {
            if kept.contains(name) { continue }
            let fileExtension = try pictureExtension(name, .pending) ?? SpoolEntryName.recordExtension
            let tally = try measure(.pending, name, fileExtension)
            do throws(SpoolError) { try remove(name, fileExtension) } catch {
                if case .gone = error { continue }
                throw error
            }
            freed += tally.allocated
            dropped.append(name)
        }
        try finishRemovals()
        return dropped
    }

    /// Takes an hour's folder away when nothing is in it any more, and the day's too. Others may fill them again at any moment.
    func removeIfEmpty(_ folder: String) {
        guard (try? files.removeDirectory(folder)) != nil else { return }
        forgetFolders()
        if let slash = folder.lastIndex(of: "/") { try? files.removeDirectory(String(folder[..<slash])) }
    }

    func unlessMissing(_ body: () throws(SystemError) -> Void) throws(SystemError) {
        do throws(SystemError) { try body() } catch {
            guard error.code == DiskCode.missing else { throw error }
        }
    }
}
