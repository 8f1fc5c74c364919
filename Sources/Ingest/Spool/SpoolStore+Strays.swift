import IngestCore
import Platform

extension SpoolStore {
    /// Half of an entry in a folder of another hour than its name says, as when somebody copied it there by hand.
    struct Stray {
        let name: String
        let entry: SpoolEntryName
        let isRecord: Bool

        init?(_ item: SpoolLayout.Item, _ name: String, in folder: String) {
            switch item {
            case .picture(let entry, _): (self.entry, isRecord) = (entry, false)
            case .record(let entry): (self.entry, isRecord) = (entry, true)
            default: return nil
            }
            guard entry.folder != folder else { return nil }
            self.name = name
        }
    }

    /// Moves it to where its name leads, unless there is such a file already: that one stays, and so does the stray.
    /// - Returns: whether it was moved.
    func bringHome(_ stray: Stray, from folder: String, in area: SpoolLayout.Area) throws(SpoolError) -> Bool {
        let home = layout.folder(area, stray.entry)
        guard try status("\(home)/\(stray.name)") == nil else { return false }
        try ensureFolder(area, stray.entry)
        try onDisk { () throws(SystemError) in
            try unlessMissing { () throws(SystemError) in
                try files.rename("\(folder)/\(stray.name)", to: "\(home)/\(stray.name)")
                try files.syncDirectory(home)
                try files.syncDirectory(folder)
            }
        }
        return true
    }
}
