import IngestCore
import Platform

/// Why an entry left the spool. The raw value is its mark's ending.
package enum SpoolDeparture: String, CaseIterable, Sendable {
    /// Or a person took it out.
    case stored = "removed"
    /// It turned out to be stored before.
    case repeated
    /// Given up by `when_full`.
    case dropped

    /// As what it is counted; nil where nothing is: it was counted when it went to the spool.
    var fate: Account.Fate? {
        switch self {
        case .stored: nil
        case .repeated: .repeatedFromSpool
        case .dropped: .droppedFromSpool
        }
    }
}

extension SpoolStore {
    /// An entry whose record has become a mark.
    struct Leaving {
        let area: SpoolLayout.Area
        let name: SpoolEntryName
        /// Its picture's, or the record's where there is no picture.
        var fileExtension: String
        let departure: SpoolDeparture
        /// Whether the account was asked to count it.
        var isTold = false
    }

    func mark(of entry: Leaving) -> String { layout.removed(entry.area, entry.name, entry.fileExtension, entry.departure) }

    /// Entries that the account was not told of yet. Their marks are on the disk, and nothing else of them is there.
    func takeUncounted() -> [EntryTallies.Entry] {
        var entries: [EntryTallies.Entry] = []
        for (name, entry) in uncounted where !entry.isTold {
            uncounted[name]?.isTold = true
            if let tally = tally(of: entry) { entries.append(tally) }
        }
        return entries
    }

    /// What the account is to count; nil for one that was stored. The mark is the record still.
    private func tally(of entry: Leaving) -> EntryTallies.Entry? {
        guard let fate = entry.departure.fate else { return nil }
        let camera = entry.name.camera ?? (try? readableRecord(mark(of: entry)))?.picture.camera ?? Account.others
        return .init(name: entry.name, end: PictureEnd(fate, camera, entry.name.recordedAt))
    }

    /// The account has them on the disk: their marks go.
    /// - Returns: those whose marks will not come back, whatever crashes.
    func finishCounted(_ names: [SpoolEntryName]) -> [SpoolEntryName] {
        var gone: [SpoolEntryName] = []
        let entries = Dictionary(grouping: names.compactMap { uncounted.removeValue(forKey: $0) }) { layout.folder($0.area, $0.name) }
        for (folder, entries) in entries {
            do throws(SystemError) {
                for entry in entries { try unlessMissing { () throws(SystemError) in try files.unlink(mark(of: entry)) } }
                try files.syncDirectory(folder)
                gone += entries.map(\.name)
            } catch {
                // A scan finds those that are still there, and asks again.
                removalErrors.append(error)
            }
            removeIfEmpty(folder)
        }
        return gone
    }

    /// What the marks say that are in the spool now, whoever made them.
    func marked(_ body: (EntryTallies.Entry) -> Void) throws(SpoolError) {
        for area in SpoolLayout.Area.allCases {
            for hour in hours(of: area) {
                var found: [Leaving] = []
                try onDisk { () throws(SystemError) in
                    try files.each(layout.folder(area) + "/" + hour) { fileName in
                        guard case .removed(let name, let fileExtension, let departure) = SpoolLayout.item(fileName) else { return }
                        found.append(Leaving(area: area, name: name, fileExtension: fileExtension, departure: departure))
                    }
                }
                for entry in found { if let tally = tally(of: entry) { body(tally) } }
            }
        }
    }
}
