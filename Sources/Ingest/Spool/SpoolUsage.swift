/// What the spool holds, as far as it was counted.
package struct SpoolUsage: Equatable, Sendable {
    package struct Tally: Equatable, Sendable {
        /// Records.
        package var entries = 0
        /// Of all files, as they are.
        package var bytes = 0
        /// Of all files, as the disk has them: whole blocks.
        package var allocated = 0

        package init() {}

        package static func += (a: inout Tally, b: Tally) {
            a.entries += b.entries
            a.bytes += b.bytes
            a.allocated += b.allocated
        }

        package static func -= (a: inout Tally, b: Tally) {
            a.entries = max(0, a.entries - b.entries)
            a.bytes = max(0, a.bytes - b.bytes)
            a.allocated = max(0, a.allocated - b.allocated)
        }
    }

    package var pending = Tally()
    package var quarantine = Tally()

    package init() {}

    /// Everything in both, as the disk has it. Rejected payloads and the journal come on top.
    package var allocated: Int { pending.allocated + quarantine.allocated }
}

/// The tally of each hour's folder, so that one that was counted anew replaces what was known of it.
struct SpoolTallies {
    private(set) var usage = SpoolUsage()
    private var folders: [String: SpoolUsage.Tally] = [:]

    subscript(area: SpoolLayout.Area, folder: String) -> SpoolUsage.Tally {
        get { folders[area.rawValue + "/" + folder] ?? SpoolUsage.Tally() }
        set {
            let key = area.rawValue + "/" + folder
            let old = folders[key] ?? SpoolUsage.Tally()
            folders[key] = newValue == SpoolUsage.Tally() ? nil : newValue
            switch area {
            case .pending:
                usage.pending -= old
                usage.pending += newValue
            case .quarantine:
                usage.quarantine -= old
                usage.quarantine += newValue
            }
        }
    }

    /// Folders that have a tally in `area`.
    func folders(of area: SpoolLayout.Area) -> [String] {
        folders.keys.filter { $0.hasPrefix(area.rawValue + "/") }.map { String($0.dropFirst(area.rawValue.utf8.count + 1)) }
    }
}
