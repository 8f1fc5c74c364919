package import IngestCore
package import Platform

/// Goes once through everything in the spool: counts it, finishes what a crash interrupted, and finds what is damaged.
///
/// It works in steps, so that the thread it shares goes on with deliveries, and in memory for one large hour at most. Between steps the
/// entries come and go, so what a step saw is looked at again before it is judged. Files younger than `youngest` are not judged:
/// somebody may be copying them in. What goes wrong with one file or folder costs that alone.
package final class SpoolScan {
    package enum Depth: Sendable {
        /// Names and sizes.
        case names
        /// And each record is read, and compared with its picture's size.
        case records
        /// And each picture is read, and compared with its record's checksum.
        case checksums
    }

    package enum Finding: Equatable, Sendable {
        /// Moved to quarantine.
        case damaged(SpoolEntryName, SpoolDamage)
        /// A picture that a crash left without record, and whose capture the journal still holds: deleted, to be stored anew.
        case leftover(SpoolEntryName)
        /// A removal or a move that a crash interrupted: now finished.
        case finished(SpoolEntryName)
        /// A file that was being made when a crash came: deleted.
        case temporary(String)
        /// A file that somebody copied into another hour's folder than its name says: moved there.
        case broughtHome(SpoolEntryName, from: String)
        /// A file or folder that the system would not let be read, moved or deleted; all others were gone through. `isFolder`: whatever
        /// is in it is not known.
        case passedOver(SystemError, SpoolEntryName?, isFolder: Bool)
    }

    /// Of a file's last change, before it is judged.
    package static let youngest = Duration.seconds(5)
    /// Half entries told apart in one pass over a folder.
    static let hashesTogether = 64 << 10

    /// Files that looked unfinished but were too young to be judged: scan again soon when there are any.
    package private(set) var young = 0
    package private(set) var isDone = false
    /// Whether something could not be read, or not be done.
    private(set) var isPartial = false

    private let store: SpoolStore
    private let depth: Depth
    private let holdsCapture: (String) -> Bool?
    private let isSetAside: (SpoolEntryName) -> Bool
    private var folders: [(area: SpoolLayout.Area, folder: String, isSecond: Bool)]?
    private var hour: HourScan?
    private var findings: [Finding] = []

    /// - Parameters:
    ///   - holdsCapture: whether the journal held all chunks of the picture with this SHA-256 when the gateway started; nil while that is
    ///     not known: then such a picture is judged another time.
    ///   - isSetAside: entries that are not to be read now, for they could not be a while ago.
    package init(
        _ store: SpoolStore, depth: Depth = .names, holdsCapture: @escaping (String) -> Bool?,
        isSetAside: @escaping (SpoolEntryName) -> Bool = { _ in false }
    ) {
        self.store = store
        self.depth = depth
        self.holdsCapture = holdsCapture
        self.isSetAside = isSetAside
    }

    /// Looks at about `budget` files and answers what it found there.
    package func step(_ budget: Int = 20_000) -> [Finding] {
        findings = []
        if folders == nil { folders = hours() }
        var left = budget
        while left > 0, !isDone {
            if let hour {
                do throws(SystemError) { left -= try hour.step(left, store) } catch {
                    // As far as it could be read it is judged.
                    passOver(error, isFolder: true)
                    hour.isDone = true
                    hour.isPartial = true
                    left -= 1
                }
                if hour.isDone {
                    self.hour = nil
                    judge(hour)
                }
            } else if let next = folders?.popLast() {
                hour = HourScan(next.area, next.folder, isSecond: next.isSecond)
            } else {
                isDone = true
            }
        }
        return findings
    }

    // MARK: Folders

    /// The last first. Tallies of folders that are gone are forgotten.
    private func hours() -> [(area: SpoolLayout.Area, folder: String, isSecond: Bool)] {
        var found: [(area: SpoolLayout.Area, folder: String, isSecond: Bool)] = []
        for area in SpoolLayout.Area.allCases {
            let hours = store.hours(of: area) { passOver($0, isFolder: true) }
            let present = Set(hours)
            for gone in store.tallies.folders(of: area) where !present.contains(gone) {
                store.tallies[area, gone] = SpoolUsage.Tally()
            }
            found += hours.map { (area, $0, false) }
        }
        return found.reversed()
    }

    private func passOver(_ error: SystemError, _ name: SpoolEntryName? = nil, isFolder: Bool = false) {
        isPartial = true
        findings.append(.passedOver(error, name, isFolder: isFolder))
    }

    /// Does what concerns one file. What the system answers to that is the file's own.
    private func attempt(_ name: SpoolEntryName? = nil, _ body: () throws(SpoolError) -> Void) {
        do throws(SpoolError) { try body() } catch {
            // Whatever else it may be is gone meanwhile.
            if let error = error.system { passOver(error, name) }
        }
    }

    // MARK: Judging

    private func judge(_ hour: HourScan) {
        if !hour.isPartial { store.tallies[hour.area, hour.folder] = hour.tally }
        let path = store.layout.folder(hour.area) + "/" + hour.folder
        let before = findings.count
        bringHome(hour, path)
        for file in hour.temporaries { attempt { () throws(SpoolError) in try judgeTemporary(path + "/" + file) } }
        finishMarks(hour)
        if hour.area == .pending, !hour.isPartial {
            if !hour.pairing.isComplete { judgeHalves(path, files: hour.pairing.pictures + hour.pairing.records) }
            if depth != .names { judgeRecords(hour.folder) }
        }
        if hour.files == 0, !hour.isPartial { store.removeIfEmpty(path) }
        // What was changed here must be counted again; once, for others may change things for ever.
        let changed = findings[before...].contains { if case .passedOver = $0 { false } else { true } }
        if changed, !hour.isSecond { folders?.append((hour.area, hour.folder, true)) }
    }

    /// What a crash interrupted, and not what is being done at this moment, here or by another program.
    private func finishMarks(_ hour: HourScan) {
        func isDue(_ mark: String) throws(SpoolError) -> Bool {
            guard let status = try store.status(mark) else { return false }
            guard isYoung(status) else { return true }
            young += 1
            return false
        }
        for mark in hour.moving {
            attempt(mark.name) { () throws(SpoolError) in
                guard try isDue(store.layout.moving(hour.area, mark.name, mark.fileExtension)) else { return }
                try store.finishMove(mark.name, mark.fileExtension, from: hour.area)
                findings.append(.finished(mark.name))
            }
        }
        var removed: [(name: SpoolEntryName, mark: String)] = []
        for mark in hour.removed where !store.isLeaving(mark.name, hour.area) {
            attempt(mark.name) { () throws(SpoolError) in
                let path = store.mark(of: mark)
                guard try isDue(path) else { return }
                store.noteRemoval(mark)
                removed.append((mark.name, path))
            }
        }
        guard !removed.isEmpty else { return }
        store.finishRemovals()
        for error in store.takeRemovalErrors() { passOver(error) }
        for (name, mark) in removed {
            attempt(name) { () throws(SpoolError) in if try store.status(mark) == nil { findings.append(.finished(name)) } }
        }
    }

    /// Where their names do not lead, nobody would ever look for them. The picture goes first, as everywhere.
    private func bringHome(_ hour: HourScan, _ path: String) {
        for stray in hour.strays.sorted(by: { !$0.isRecord && $1.isRecord }) {
            attempt(stray.entry) { () throws(SpoolError) in
                guard let status = try store.status("\(path)/\(stray.name)") else { return }
                if isYoung(status) {
                    young += 1
                } else if try store.bringHome(stray, from: path, in: hour.area) {
                    findings.append(.broughtHome(stray.entry, from: path))
                    let home = stray.entry.folder
                    if folders?.contains(where: { $0.area == hour.area && $0.folder == home }) == false {
                        folders?.append((hour.area, home, true))
                    }
                }
            }
        }
    }

    private func judgeTemporary(_ path: String) throws(SpoolError) {
        guard let status = try store.status(path) else { return }
        if isYoung(status) {
            young += 1
            return
        }
        try onDisk { () throws(SystemError) in
            try store.unlessMissing { () throws(SystemError) in try store.files.unlink(path) }
        }
        findings.append(.temporary(path))
    }

    /// Finds the names of which there is one half only. In passes, each over a part of all hashes, to hold few of them at a time.
    private func judgeHalves(_ path: String, files: Int) {
        do throws(SystemError) {
            let passes = UInt64(max(1, (files + Self.hashesTogether - 1) / Self.hashesTogether))
            for pass in 0..<passes {
                for half in try halves(path, pass, of: passes) {
                    attempt(half.name) { () throws(SpoolError) in try judgeHalf(half.name, half.fileExtension) }
                }
            }
        } catch {
            passOver(error, isFolder: true)
        }
    }

    private func halves(
        _ path: String, _ pass: UInt64, of passes: UInt64
    ) throws(SystemError) -> [(name: SpoolEntryName, fileExtension: String)] {
        var pictures = Set<UInt64>()
        var records = Set<UInt64>()
        var doubled = Set<UInt64>()
        try store.files.each(path) { fileName in
            switch SpoolLayout.item(fileName) {
            case .picture(let name, _):
                let hash = SpoolPairing.hash(name.base)
                if hash % passes == pass, !pictures.insert(hash).inserted { doubled.insert(hash) }
            case .record(let name):
                let hash = SpoolPairing.hash(name.base)
                if hash % passes == pass { records.insert(hash) }
            default: break
            }
        }
        let suspects = pictures.symmetricDifference(records).union(doubled)
        var halves: [(name: SpoolEntryName, fileExtension: String)] = []
        try store.files.each(path) { fileName in
            switch SpoolLayout.item(fileName) {
            case .picture(let name, let fileExtension) where suspects.contains(SpoolPairing.hash(name.base)):
                halves.append((name, fileExtension))
            case .record(let name) where suspects.contains(SpoolPairing.hash(name.base)):
                halves.append((name, SpoolEntryName.recordExtension))
            default: break
            }
        }
        return halves
    }

    private func judgeHalf(_ name: SpoolEntryName, _ fileExtension: String) throws(SpoolError) {
        let isRecord = fileExtension == SpoolEntryName.recordExtension
        guard !isSetAside(name), let status = try store.status(store.layout.file(.pending, name, fileExtension)) else { return }
        let hasRecord = try store.status(store.layout.record(.pending, name)) != nil
        if isRecord {
            guard try store.pictureExtension(name, .pending) == nil else { return }
        } else {
            if hasRecord { return try judgeDoubled(name, fileExtension) }
            if let mark = try store.status(store.layout.moving(.quarantine, name, fileExtension)), !isYoung(mark) {
                try store.finishMove(name, fileExtension, from: .quarantine)
                findings.append(.finished(name))
                return
            }
        }
        // It was delivered since the folder was listed, or is being moved: no half, but one that is going.
        if try store.isUnderWay(name, .pending) { return }
        if !isRecord {
            let path = store.layout.file(.pending, name, fileExtension)
            // By content: a capture that several gateways agreed about may be finished under another name and moment.
            guard let sha256 = try store.digest(of: path) else { return }
            guard let isHeld = holdsCapture(sha256) else {
                young += 1
                return
            }
            if isHeld {
                try onDisk { () throws(SystemError) in try store.files.unlink(path) }
                findings.append(.leftover(name))
                return
            }
        }
        if isYoung(status) {
            young += 1
            return
        }
        try quarantine(name, isRecord ? .noPicture : .noRecord)
    }

    /// Two pictures under one name: the record's own stays, the other has no record.
    private func judgeDoubled(_ name: SpoolEntryName, _ fileExtension: String) throws(SpoolError) {
        do throws(SpoolError) {
            guard try store.load(name).record.fileExtension != fileExtension else { return }
            try store.quarantineSurplus(name, fileExtension)
            findings.append(.damaged(name, .noRecord))
        } catch {
            guard case .damaged(_, let damage) = error else { throw error }
            try quarantine(name, damage)
        }
    }

    private func judgeRecords(_ folder: String) {
        let walk = SpoolWalk(store.layout.folder(.pending), store.files, .oldestFirst, within: folder) {
            [self] in passOver($0, isFolder: true)
        }
        while let name = walk.next(1).first {
            attempt(name) { () throws(SpoolError) in
                do throws(SpoolError) {
                    _ = try depth == .checksums ? store.verify(name) : store.load(name)
                } catch {
                    guard case .damaged(_, let damage) = error else { throw error }
                    let record = try store.status(store.layout.record(.pending, name))
                    if let record, isYoung(record) { young += 1 } else { try quarantine(name, damage) }
                }
            }
        }
    }

    private func quarantine(_ name: SpoolEntryName, _ damage: SpoolDamage) throws(SpoolError) {
        try store.quarantine(name, damage)
        findings.append(.damaged(name, damage))
    }

    private func isYoung(_ status: FileStatus) -> Bool { store.isYoung(status) }
}

/// One hour's folder while it is being read.
private final class HourScan {
    let area: SpoolLayout.Area
    let folder: String
    let isSecond: Bool
    var tally = SpoolUsage.Tally()
    var pairing = SpoolPairing()
    var temporaries: [String] = []
    var removed: [SpoolStore.Leaving] = []
    var moving: [(name: SpoolEntryName, fileExtension: String)] = []
    /// At most `mostStrays`; the next scan finds the others.
    var strays: [SpoolStore.Stray] = []
    static let mostStrays = 4096
    var files = 0
    var isDone = false
    /// It could be read in part only, so that nothing can be said of what its names are without.
    var isPartial = false
    private var stream: (any DirectoryStream)?

    init(_ area: SpoolLayout.Area, _ folder: String, isSecond: Bool) {
        self.area = area
        self.folder = folder
        self.isSecond = isSecond
    }

    /// Reads up to `budget` names and answers how many.
    func step(_ budget: Int, _ store: SpoolStore) throws(SystemError) -> Int {
        let path = store.layout.folder(area) + "/" + folder
        do throws(SystemError) {
            if stream == nil { stream = try store.files.directory(path) }
            guard let stream else { return 1 }
            for count in 0..<budget {
                guard let name = try stream.next() else {
                    isDone = true
                    return count + 1
                }
                files += 1
                do throws(SystemError) {
                    guard let status = try store.files.status(path + "/" + name) else { continue }
                    tally.bytes += status.size
                    tally.allocated += max(status.size, status.allocated)
                } catch {
                    // It is there, whatever its size is: whoever needs it finds out.
                }
                note(name)
            }
            return budget
        } catch {
            guard error.code == DiskCode.missing else { throw error }
            isDone = true
            return 1
        }
    }

    private func note(_ name: String) {
        let item = SpoolLayout.item(name)
        if let stray = SpoolStore.Stray(item, name, in: folder) {
            if strays.count < Self.mostStrays { strays.append(stray) }
            return
        }
        switch item {
        case .picture(let name, _): pairing.addPicture(name)
        case .record(let name):
            pairing.addRecord(name)
            tally.entries += 1
        case .temporary: temporaries.append(name)
        case .removed(let name, let fileExtension, let departure):
            removed.append(.init(area: area, name: name, fileExtension: fileExtension, departure: departure))
        case .moving(let name, let fileExtension): moving.append((name, fileExtension))
        case .foreign: break
        }
    }
}
