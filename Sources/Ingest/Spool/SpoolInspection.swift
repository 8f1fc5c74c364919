package import IngestCore
package import Platform

/// Reads everything in the spool and tells what is damaged, and what cannot be read. Changes nothing by itself, and works beside a running
/// gateway: what goes while it looks is not damage.
package final class SpoolInspection {
    package struct Finding: Sendable {
        package let place: SpoolPlace
        package let damage: SpoolDamage
        /// Somebody may still be copying it in.
        package let isYoung: Bool
    }

    package private(set) var looked = 0
    private let store: SpoolStore
    private let unreadable: (SystemError, SpoolPlace?) -> Void

    /// - Parameter unreadable: told of each folder, and of each entry, that cannot be read; all others are gone through.
    package init(_ store: SpoolStore, unreadable: @escaping (SystemError, SpoolPlace?) -> Void) {
        self.store = store
        self.unreadable = unreadable
    }

    /// - Parameters:
    ///   - progress: called after each entry.
    ///   - found: called for each that is damaged.
    package func run(progress: (Int) -> Void, found: (Finding) throws(SpoolError) -> Void) throws(SpoolError) {
        for area in SpoolLayout.Area.allCases {
            try each(in: area) { place, hasRecord throws(SpoolError) in
                var damage: SpoolDamage?
                if hasRecord {
                    do throws(SpoolError) { _ = try store.verify(place.name, in: area) } catch {
                        guard case .damaged(_, let what) = error else { throw error }
                        damage = what
                    }
                } else {
                    damage = .noRecord
                }
                if let damage {
                    let isYoung = area == .pending ? try store.isYoung(place.name) : false
                    try found(Finding(place: place, damage: damage, isYoung: isYoung))
                }
                looked += 1
                progress(looked)
            }
        }
    }

    /// Everything in an area: entries, in order, then pictures without record. One that is gone meanwhile is passed over, as is one
    /// that cannot be read.
    package func each(
        in area: SpoolLayout.Area, _ body: (_ place: SpoolPlace, _ hasRecord: Bool) throws(SpoolError) -> Void
    ) throws(SpoolError) {
        let unreadable = unreadable
        let walk = store.walk(.oldestFirst, in: area) { unreadable($0, nil) }
        while let name = walk.next(1).first {
            try attempt(SpoolPlace(area: area, name: name)) { (place) throws(SpoolError) in try body(place, true) }
        }
        for name in picturesWithoutRecord(in: area) {
            try attempt(SpoolPlace(area: area, name: name)) { (place) throws(SpoolError) in try body(place, false) }
        }
    }

    /// An error on a path of the spool's is the entry's own.
    private func attempt(_ place: SpoolPlace, _ body: (SpoolPlace) throws(SpoolError) -> Void) throws(SpoolError) {
        do throws(SpoolError) { try body(place) } catch {
            if case .gone = error { return }
            guard let cause = error.system, cause.subject?.hasPrefix(store.layout.root + "/") == true else { throw error }
            unreadable(cause, place)
        }
    }

    /// Found by looking twice: a picture is there a moment before its record. A folder that cannot be read was told of by the walk.
    private func picturesWithoutRecord(in area: SpoolLayout.Area) -> [SpoolEntryName] {
        func lacksRecord(_ name: SpoolEntryName) -> Bool {
            // What cannot even be looked at was met by the walk, if it is an entry.
            do throws(SpoolError) { return try store.status(store.layout.record(area, name)) == nil } catch { return false }
        }
        var suspects: [SpoolEntryName] = []
        for hour in store.hours(of: area) {
            try? store.files.each("\(store.layout.folder(area))/\(hour)") { file in
                if case .picture(let name, _) = SpoolLayout.item(file), lacksRecord(name) { suspects.append(name) }
            }
        }
        guard !suspects.isEmpty else { return [] }
        MonotonicClock.sleep(.milliseconds(200))
        return suspects.filter { lacksRecord($0) && (try? store.hasPicture($0, area)) == true }
    }
}
