package import IngestCore
import Platform

/// Goes once through everything in the spool: counts it, finishes what a crash interrupted, and finds what is damaged.
///
/// It works in steps, so that the thread it shares goes on with deliveries, and in memory for one large hour at most. Files younger
/// than `youngest` are not judged: somebody may be copying them in.
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
    }

    /// Of a file's last change, before it is judged.
    package static let youngest = Duration.seconds(5)
    /// Half entries told apart in one pass over a folder.
    static let hashesTogether = 64 << 10

    /// Files that looked unfinished but were too young to be judged: scan again soon when there are any.
    package private(set) var young = 0
    package private(set) var isDone = false

    private let store: SpoolStore
    private let depth: Depth
    private let holdsCapture: (String) -> Bool
    private var folders: [(area: SpoolLayout.Area, folder: String, isSecond: Bool)]?
    private var hour: HourScan?
    private var findings: [Finding] = []

    /// - Parameter holdsCapture: whether the journal held all chunks of the picture with this SHA-256 when the gateway started.
    package init(_ store: SpoolStore, depth: Depth = .names, holdsCapture: @escaping (String) -> Bool) {
        self.store = store
        self.depth = depth
        self.holdsCapture = holdsCapture
    }

    /// Looks at about `budget` files and answers what it found there.
    package func step(_ budget: Int = 20_000) throws(SpoolError) -> [Finding] {
        if folders == nil { folders = try hours() }
        findings = []
        var left = budget
        while left > 0, !isDone {
            if let hour {
                left -= try hour.step(left, store)
                if hour.isDone {
                    self.hour = nil
                    try judge(hour)
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
    private func hours() throws(SpoolError) -> [(area: SpoolLayout.Area, folder: String, isSecond: Bool)] {
        var found: [(area: SpoolLayout.Area, folder: String, isSecond: Bool)] = []
        for area in SpoolLayout.Area.allCases {
            let hours = try store.hours(of: area)
            let present = Set(hours)
            for gone in store.tallies.folders(of: area) where !present.contains(gone) {
                store.tallies[area, gone] = SpoolUsage.Tally()
            }
            found += hours.map { (area, $0, false) }
        }
        return found.reversed()
    }

    // MARK: Judging

    private func judge(_ hour: HourScan) throws(SpoolError) {
        store.tallies[hour.area, hour.folder] = hour.tally
        let path = store.layout.folder(hour.area) + "/" + hour.folder
        let before = findings.count
        try bringHome(hour, path)
        for file in hour.temporaries { try judgeTemporary(path + "/" + file) }
        for mark in hour.moving {
            try store.finishMove(mark.name, mark.fileExtension, from: hour.area)
            findings.append(.finished(mark.name))
        }
        for mark in hour.removed {
            store.noteRemoval(hour.area, mark.name, mark.fileExtension)
            findings.append(.finished(mark.name))
        }
        if !hour.removed.isEmpty { try store.finishRemovals() }
        if hour.area == .pending {
            if !hour.pairing.isComplete { try judgeHalves(path, files: hour.pairing.pictures + hour.pairing.records) }
            if depth != .names { try judgeRecords(hour.folder) }
        }
        if hour.files == 0 { store.removeIfEmpty(path) }
        // What was changed here must be counted again; once, for others may change things for ever.
        let changed = findings.count > before
        if changed, !hour.isSecond { folders?.append((hour.area, hour.folder, true)) }
    }

    /// Where their names do not lead, nobody would ever look for them. The picture goes first, as everywhere.
    private func bringHome(_ hour: HourScan, _ path: String) throws(SpoolError) {
        for stray in hour.strays.sorted(by: { !$0.isRecord && $1.isRecord }) {
            guard let status = try store.status("\(path)/\(stray.name)") else { continue }
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
    private func judgeHalves(_ path: String, files: Int) throws(SpoolError) {
        let passes = UInt64(max(1, (files + Self.hashesTogether - 1) / Self.hashesTogether))
        for pass in 0..<passes {
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
            for half in halves { try judgeHalf(half.name, half.fileExtension) }
        }
    }

    private func judgeHalf(_ name: SpoolEntryName, _ fileExtension: String) throws(SpoolError) {
        let isRecord = fileExtension == SpoolEntryName.recordExtension
        guard let status = try store.status(store.layout.file(.pending, name, fileExtension)) else { return }
        let hasRecord = try store.status(store.layout.record(.pending, name)) != nil
        if isRecord {
            guard try store.pictureExtension(name, .pending) == nil else { return }
        } else {
            if hasRecord { return try judgeDoubled(name, fileExtension) }
            if try store.status(store.layout.moving(.quarantine, name, fileExtension)) != nil {
                try store.finishMove(name, fileExtension, from: .quarantine)
                findings.append(.finished(name))
                return
            }
            let path = store.layout.file(.pending, name, fileExtension)
            // By content: a capture that several gateways agreed about may be finished under another name and moment.
            if let sha256 = try store.digest(of: path), holdsCapture(sha256) {
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

    private func judgeRecords(_ folder: String) throws(SpoolError) {
        let walk = SpoolWalk(store.layout.folder(.pending), store.files, .oldestFirst, within: folder)
        while let name = try walk.next(1).first {
            do throws(SpoolError) {
                _ = try depth == .checksums ? store.verify(name) : store.load(name)
            } catch {
                switch error {
                case .gone: continue
                case .damaged(_, let damage):
                    let record = try store.status(store.layout.record(.pending, name))
                    if let record, isYoung(record) { young += 1 } else { try quarantine(name, damage) }
                default: throw error
                }
            }
        }
    }

    private func quarantine(_ name: SpoolEntryName, _ damage: SpoolDamage) throws(SpoolError) {
        do throws(SpoolError) {
            try store.quarantine(name, damage)
            findings.append(.damaged(name, damage))
        } catch {
            guard case .gone = error else { throw error }
        }
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
    var removed: [(name: SpoolEntryName, fileExtension: String)] = []
    var moving: [(name: SpoolEntryName, fileExtension: String)] = []
    /// At most `mostStrays`; the next scan finds the others.
    var strays: [SpoolStore.Stray] = []
    static let mostStrays = 4096
    var files = 0
    var isDone = false
    private var stream: (any DirectoryStream)?

    init(_ area: SpoolLayout.Area, _ folder: String, isSecond: Bool) {
        self.area = area
        self.folder = folder
        self.isSecond = isSecond
    }

    /// Reads up to `budget` names and answers how many.
    func step(_ budget: Int, _ store: SpoolStore) throws(SpoolError) -> Int {
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
                guard let status = try store.files.status(path + "/" + name) else { continue }
                tally.bytes += status.size
                tally.allocated += max(status.size, status.allocated)
                let item = SpoolLayout.item(name)
                if let stray = SpoolStore.Stray(item, name, in: folder) {
                    if strays.count < Self.mostStrays { strays.append(stray) }
                    continue
                }
                switch item {
                case .picture(let name, _): pairing.addPicture(name)
                case .record(let name):
                    pairing.addRecord(name)
                    tally.entries += 1
                case .temporary: temporaries.append(name)
                case .removed(let name, let fileExtension): removed.append((name, fileExtension))
                case .moving(let name, let fileExtension): moving.append((name, fileExtension))
                case .foreign: break
                }
            }
            return budget
        } catch {
            guard error.code == DiskCode.missing else { throw SpoolError(error) }
            isDone = true
            return 1
        }
    }
}
