package import IngestCore
import Platform

/// Goes through the entries of an area in order, hour by hour, in memory for a few thousand names however many there are.
///
/// Entries that come behind its position are not met: begin a new walk for them. Entries that go meanwhile may still be named. A folder
/// that cannot be read is told of and passed over, or, where that begins in its middle, what comes after.
package final class SpoolWalk {
    /// Names held at most, twice this while choosing. A folder is read once for so many of its entries.
    static let namesTogether = 8192

    private let root: String
    private let files: any FileSystem
    private let order: Configuration.Drain.Order
    private let staysIn: String?
    private let unreadable: (SystemError) -> Void
    /// `2026-11-22/08`, the hour it is in; nil at the beginning.
    private var folder: String?
    /// The last file chosen in it.
    private var position: String?
    private var names: ArraySlice<SpoolEntryName> = []
    private var folderIsDone = true

    /// - Parameters:
    ///   - hour: the one to stay in; nil for all.
    ///   - unreadable: told of each folder that cannot be read, each time it is met.
    init(
        _ root: String, _ files: any FileSystem, _ order: Configuration.Drain.Order, within hour: String? = nil,
        unreadable: @escaping (SystemError) -> Void
    ) {
        self.root = root
        self.files = files
        self.order = order
        staysIn = hour
        self.unreadable = unreadable
    }

    /// The next entries, at most `count`; none at the end.
    package func next(_ count: Int) -> [SpoolEntryName] {
        while names.isEmpty {
            if folderIsDone {
                guard let next = nextFolder() else { return [] }
                folder = next
                position = nil
                folderIsDone = false
            }
            choose()
        }
        let chosen = Array(names.prefix(count))
        names = names.dropFirst(count)
        return chosen
    }

    private func choose() {
        guard let folder else { return }
        var selection = SpoolSelection(Self.namesTogether, order, after: position)
        list(root + "/" + folder) { fileName in
            // Whether it is an entry's is asked of the chosen ones only: most names are met many times before their turn comes.
            if fileName.hasSuffix(".json") { selection.offer(fileName) }
        }
        let chosen = selection.take()
        position = chosen.last ?? position
        folderIsDone = chosen.count < Self.namesTogether
        names = chosen.compactMap { if case .record(let name) = SpoolLayout.item($0) { name } else { nil } }[...]
    }

    private func nextFolder() -> String? {
        if let staysIn { return folder == nil ? staysIn : nil }
        let parts = folder?.split(separator: "/").map { String($0) }
        if let parts, let hour = following(parts[1], of: root + "/" + parts[0], isName: SpoolWalk.isHour) {
            return parts[0] + "/" + hour
        }
        var day = parts?[0]
        while let next = following(day, of: root, isName: SpoolWalk.isDay) {
            if let hour = following(nil, of: root + "/" + next, isName: SpoolWalk.isHour) { return next + "/" + hour }
            day = next
        }
        return nil
    }

    /// The name that comes after `name`, or the first.
    private func following(_ name: String?, of folder: String, isName: (String) -> Bool) -> String? {
        var selection = SpoolSelection(1, order, after: name)
        list(folder) { if isName($0) { selection.offer($0) } }
        return selection.take().first
    }

    private func list(_ folder: String, _ body: (String) -> Void) {
        do throws(SystemError) { try files.each(folder, body) } catch { unreadable(error) }
    }

    /// `2026-11-22`
    static func isDay(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [4, 2, 2] && parts.allSatisfy(isNumber)
    }

    /// `08`
    static func isHour(_ name: String) -> Bool { name.utf8.count == 2 && isNumber(name[...]) }

    private static func isNumber(_ text: Substring) -> Bool {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}

extension FileSystem {
    /// The names in a folder; none where there is no such folder.
    func each(_ folder: String, _ body: (String) -> Void) throws(SystemError) {
        do throws(SystemError) {
            let stream = try directory(folder)
            while let name = try stream.next() { body(name) }
        } catch {
            guard error.code == DiskCode.missing else { throw error }
        }
    }
}
