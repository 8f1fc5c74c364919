package import IngestCore
package import Platform

extension SpoolStore {
    /// How many removals are finished together, to sync a folder for all of them at once.
    static let removalsTogether = 256

    /// Removes an entry that both stores have confirmed, or that a person wants gone.
    ///
    /// Its record is renamed to a mark, which says why, and with that the entry is gone. Picture and mark follow, many at a time, in
    /// `finishRemovals`: were a picture deleted before the mark is on the disk, or the mark before the picture's deletion is, a crash
    /// could leave a half that looks like damage. If the mark itself is lost, the entry is whole again and is delivered again,
    /// into the same row and object.
    package func remove(
        _ name: SpoolEntryName, _ fileExtension: String, in area: SpoolLayout.Area = .pending, as departure: SpoolDeparture = .stored
    ) throws(SpoolError) {
        let tally = try measure(area, name, fileExtension)
        let (record, mark) = (layout.record(area, name), layout.removed(area, name, fileExtension, departure))
        do throws(SystemError) {
            try files.rename(record, to: mark)
        } catch {
            throw error.code == DiskCode.missing ? .gone(name) : SpoolError(error)
        }
        tallies[area, name.folder] -= tally
        noteRemoval(Leaving(area: area, name: name, fileExtension: fileExtension, departure: departure))
        if removalCount >= Self.removalsTogether { finishRemovals() }
    }

    func noteRemoval(_ entry: Leaving) {
        removals[layout.folder(entry.area, entry.name), default: []].append(entry)
        removalCount += 1
    }

    /// Whether the entry is removed, or on its way to the other area, and only half of it is still there: by this process or another,
    /// or by one that a crash ended, which the next scan finishes.
    func isUnderWay(_ name: SpoolEntryName, _ area: SpoolLayout.Area) throws(SpoolError) -> Bool {
        if isLeaving(name, area) { return true }
        for fileExtension in SpoolLayout.pictureExtensions.sorted() + [SpoolEntryName.recordExtension] {
            let marks =
                SpoolDeparture.allCases.map { layout.removed(area, name, fileExtension, $0) }
                + [layout.moving(area, name, fileExtension), layout.moving(area.other, name, fileExtension)]
            for mark in marks where try status(mark) != nil { return true }
        }
        return false
    }

    /// The same of removals by this process that are not finished yet.
    func isLeaving(_ name: SpoolEntryName, _ area: SpoolLayout.Area) -> Bool {
        if uncounted[name]?.area == area { return true }
        return removals[layout.folder(area, name)]?.contains { $0.name == name } ?? false
    }

    /// Deletes the pictures of removed entries. Call when there is nothing else to do, when room is needed, and before the end.
    ///
    /// What the system will not let go keeps its mark, by which the next scan finds it again; all others go. See `takeRemovalErrors`.
    package func finishRemovals() {
        for (folder, entries) in removals {
            removalErrors += finishRemovals(of: entries, in: folder)
            removalCount -= entries.count
            removeIfEmpty(folder)
        }
        removals = [:]
    }

    /// Finishes the removal of an entry before another one takes its name, as when the journal still has a picture whose row a crash has
    /// cost the journal: what is left to be deleted of the old one would be the new one's.
    func finishRemoval(of name: SpoolEntryName, _ fileExtension: String) throws(SpoolError) {
        for departure in SpoolDeparture.allCases {
            let entry = Leaving(area: .pending, name: name, fileExtension: fileExtension, departure: departure)
            let mark = mark(of: entry)
            guard try status(mark) != nil else { continue }
            if !isLeaving(name, .pending) { noteRemoval(entry) }
            finishRemovals()
            if var bare = uncounted[name] {
                // From now on the mark says that it has no picture.
                bare.fileExtension = SpoolEntryName.recordExtension
                let bareMark = self.mark(of: bare)
                try onDisk { () throws(SystemError) in try files.rename(mark, to: bareMark) }
                uncounted[name] = bare
            } else if try status(mark) != nil {
                throw removalErrors.last.map { SpoolError($0) } ?? .exists(name)
            }
        }
    }

    /// What went wrong since this was last asked, a file or folder at a time.
    package func takeRemovalErrors() -> [SystemError] {
        defer { removalErrors = [] }
        return removalErrors
    }

    private func finishRemovals(of entries: [Leaving], in folder: String) -> [SystemError] {
        var errors: [SystemError] = []
        func isDone(_ body: () throws(SystemError) -> Void) -> Bool {
            do throws(SystemError) {
                try unlessMissing(body)
                return true
            } catch {
                errors.append(error)
                return false
            }
        }
        // Until the marks are on the disk, nothing may be deleted; until that is, no mark.
        guard isDone({ () throws(SystemError) in try files.syncDirectory(folder) }) else { return errors }
        let gone = entries.filter { entry in
            guard entry.fileExtension != SpoolEntryName.recordExtension else { return true }
            return isDone { () throws(SystemError) in try files.unlink("\(folder)/\(entry.name.file(entry.fileExtension))") }
        }
        guard isDone({ () throws(SystemError) in try files.syncDirectory(folder) }) else { return errors }
        for entry in gone {
            if entry.departure.fate != nil {
                uncounted[entry.name] = entry
            } else {
                _ = isDone { () throws(SystemError) in try files.unlink(mark(of: entry)) }
            }
        }
        return errors
    }

    /// Gives up the oldest entries until `bytes` are free, and tells which.
    /// - Parameter kept: entries that are let alone: they are being delivered.
    /// - Throws: when none could be given up, though there are some.
    package func dropOldest(bytes: Int, keeping kept: Set<SpoolEntryName> = []) throws(SpoolError) -> [SpoolEntryName] {
        var failure: SpoolError?
        var dropped: [SpoolEntryName] = []
        var freed = 0
        let walk = walk(.oldestFirst)
        while freed < bytes, let name = walk.next(1).first {
            if kept.contains(name) { continue }
            do throws(SpoolError) {
                let fileExtension = try pictureExtension(name, .pending) ?? SpoolEntryName.recordExtension
                let tally = try measure(.pending, name, fileExtension)
                try remove(name, fileExtension, as: .dropped)
                freed += tally.allocated
                dropped.append(name)
            } catch {
                // One that cannot be removed stays; the next one goes.
                if error.system != nil { failure = error }
            }
        }
        finishRemovals()
        if dropped.isEmpty, let failure { throw failure }
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
