package import IngestCore
import Platform

/// Reads everything in the spool and tells what is damaged. Changes nothing by itself, and works beside a running gateway: what goes
/// while it looks is not damage.
package final class SpoolInspection {
    package struct Finding: Sendable {
        package let place: SpoolPlace
        package let damage: SpoolDamage
        /// Somebody may still be copying it in.
        package let isYoung: Bool
    }

    package private(set) var looked = 0
    private let store: SpoolStore

    package init(_ store: SpoolStore) { self.store = store }

    /// - Parameters:
    ///   - progress: called after each entry.
    ///   - found: called for each that is damaged.
    package func run(progress: (Int) -> Void, found: (Finding) throws(SpoolError) -> Void) throws(SpoolError) {
        for area in SpoolLayout.Area.allCases {
            let walk = store.walk(.oldestFirst, in: area)
            while let name = try walk.next(1).first {
                do throws(SpoolError) { _ = try store.verify(name, in: area) } catch {
                    switch error {
                    case .gone: continue
                    case .damaged(_, let damage): try found(try finding(SpoolPlace(area: area, name: name), damage))
                    default: throw error
                    }
                }
                looked += 1
                progress(looked)
            }
            for name in try picturesWithoutRecord(in: area) {
                looked += 1
                try found(try finding(SpoolPlace(area: area, name: name), .noRecord))
            }
        }
    }

    /// The names of everything in an area: entries, then pictures without record.
    package func each(in area: SpoolLayout.Area, _ body: (SpoolEntryName) throws(SpoolError) -> Void) throws(SpoolError) {
        let walk = store.walk(.oldestFirst, in: area)
        while let name = try walk.next(1).first { try body(name) }
        for name in try picturesWithoutRecord(in: area) { try body(name) }
    }

    private func finding(_ place: SpoolPlace, _ damage: SpoolDamage) throws(SpoolError) -> Finding {
        Finding(place: place, damage: damage, isYoung: place.area == .pending ? try store.isYoung(place.name) : false)
    }

    /// Found by looking twice: a picture is there a moment before its record.
    private func picturesWithoutRecord(in area: SpoolLayout.Area) throws(SpoolError) -> [SpoolEntryName] {
        var suspects: [SpoolEntryName] = []
        for hour in try store.hours(of: area) {
            var failure: SpoolError?
            try store.files.each("\(store.layout.folder(area))/\(hour)") { file in
                guard case .picture(let name, _) = SpoolLayout.item(file) else { return }
                do throws(SpoolError) {
                    if try store.status(store.layout.record(area, name)) == nil { suspects.append(name) }
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
        }
        guard !suspects.isEmpty else { return [] }
        MonotonicClock.sleep(.milliseconds(200))
        var halves: [SpoolEntryName] = []
        for name in suspects {
            let record = try store.status(store.layout.record(area, name))
            if record == nil, try store.hasPicture(name, area) { halves.append(name) }
        }
        return halves
    }
}
