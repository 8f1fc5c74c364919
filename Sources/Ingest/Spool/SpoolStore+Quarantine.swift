package import IngestCore
import Platform

extension SpoolStore {
    /// Takes an entry that is refused for good out of the way. `record.lastError` says why.
    package func quarantine(_ name: SpoolEntryName, _ record: SpoolRecord) throws(SpoolError) {
        try move(name, record.fileExtension, from: .pending, record.json)
    }

    /// Takes a damaged entry out of the way, or what there is of it. Nothing of it is deleted: a record that cannot be read becomes
    /// `.json.damaged`.
    package func quarantine(_ name: SpoolEntryName, _ damage: SpoolDamage) throws(SpoolError) {
        let picture = try pictureExtension(name, .pending)
        let record = layout.record(.pending, name)
        if var readable = try readableRecord(record) {
            readable.lastError = damage.description
            // The record may speak of another kind of picture than the one that lies there; the file is what is kept.
            try move(name, picture ?? SpoolEntryName.recordExtension, from: .pending, readable.json)
        } else {
            var size: Int?
            if let picture { size = try status(layout.file(.pending, name, picture))?.size }
            let note = SpoolRecord.note(on: name, size: size, damage: damage)
            try move(name, picture ?? SpoolEntryName.recordExtension, from: .pending, note)
        }
    }

    /// Takes a picture out of the way that lies beside the one its record speaks of.
    func quarantineSurplus(_ name: SpoolEntryName, _ fileExtension: String) throws(SpoolError) {
        try ensureFolder(.quarantine, name)
        try putAside(name, fileExtension, in: .quarantine)
        let (from, to) = (layout.file(.pending, name, fileExtension), layout.file(.quarantine, name, fileExtension))
        try onDisk { () throws(SystemError) in
            try files.rename(from, to: to)
            try syncBoth(layout.folder(.quarantine, name), layout.folder(.pending, name))
        }
    }

    /// Puts an entry back from quarantine to be delivered again, as new: no attempts, no error.
    /// - Throws: `damaged` when it cannot be delivered, `exists` when pending has one of that name.
    package func restore(_ name: SpoolEntryName) throws(SpoolError) {
        var record = try verify(name, in: .quarantine).record
        record.attempts = 0
        record.lastError = nil
        record.nextAttempt = nil
        let taken = layout.record(.pending, name)
        guard try status(taken) == nil, try !hasPicture(name, .pending) else {
            throw .exists(name)
        }
        try move(name, record.fileExtension, from: .quarantine, record.json)
    }

    /// Moves an entry to the other area, with a new record. The mark's rename is the commit; `finishMove` may be repeated from there.
    private func move(
        _ name: SpoolEntryName, _ fileExtension: String, from area: SpoolLayout.Area, _ record: [UInt8]
    ) throws(SpoolError) {
        let old = try measure(area, name, fileExtension)
        guard old != SpoolUsage.Tally() else { throw .gone(name) }
        try ensureFolder(area.other, name)
        try putAside(name, fileExtension, in: area.other)
        let mark = layout.moving(area, name, fileExtension)
        let folder = layout.folder(area, name)
        try onDisk { () throws(SystemError) in
            do throws(SystemError) {
                try writeSynced(record, to: mark + ".tmp")
                try files.rename(mark + ".tmp", to: mark)
            } catch {
                try? files.unlink(mark + ".tmp")
                throw error
            }
            try files.syncDirectory(folder)
        }
        try finishMove(name, fileExtension, from: area)
        tallies[area, name.folder] -= old
    }

    /// Finishes a move that has its mark: the picture, then what is left of the old record, then the mark, which becomes the record.
    func finishMove(_ name: SpoolEntryName, _ fileExtension: String, from area: SpoolLayout.Area) throws(SpoolError) {
        try ensureFolder(area.other, name)
        let (source, destination) = (layout.folder(area, name), layout.folder(area.other, name))
        let oldRecord = layout.record(area, name)
        let oldIsReadable = try readableRecord(oldRecord) != nil
        try onDisk { () throws(SystemError) in
            if fileExtension != SpoolEntryName.recordExtension {
                try unlessMissing { () throws(SystemError) in
                    try files.rename(layout.file(area, name, fileExtension), to: layout.file(area.other, name, fileExtension))
                }
            }
            try unlessMissing { () throws(SystemError) in
                if oldIsReadable {
                    try files.unlink(oldRecord)
                } else {
                    try files.rename(oldRecord, to: layout.record(area.other, name) + ".damaged")
                }
            }
            try syncBoth(destination, source)
            try files.rename(layout.moving(area, name, fileExtension), to: layout.record(area.other, name))
            try syncBoth(destination, source)
        }
        count(area.other, name, fileExtension)
        removeIfEmpty(source)
    }

    /// The new place first: a name in both places is harmless, one in neither is a loss.
    private func syncBoth(_ destination: String, _ source: String) throws(SystemError) {
        try files.syncDirectory(destination)
        try files.syncDirectory(source)
    }

    /// Renames what has the entry's name where it is to go, for nothing is overwritten.
    private func putAside(_ name: SpoolEntryName, _ fileExtension: String, in area: SpoolLayout.Area) throws(SpoolError) {
        for path in Set([layout.record(area, name), layout.file(area, name, fileExtension)]) {
            try onDisk { () throws(SystemError) in
                guard try files.status(path) != nil else { return }
                var number = 1
                while try files.status("\(path).\(number)") != nil { number += 1 }
                try files.rename(path, to: "\(path).\(number)")
            }
        }
    }

    /// Nil when it is not there or cannot be understood.
    func readableRecord(_ path: String) throws(SpoolError) -> SpoolRecord? {
        do throws(SystemError) {
            let bytes = try files.contents(of: path, limit: SpoolRecord.longest)
            return try? SpoolRecord(json: bytes)
        } catch {
            switch error.code {
            case DiskCode.missing, DiskCode.noFolder, DiskCode.tooLarge: return nil
            default: throw SpoolError(error)
            }
        }
    }
}
