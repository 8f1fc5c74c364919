import IngestCore
import Platform

/// What a camera's newest entry is, told by names alone. Hours sort by time, so the search ends in the first folder that has one.
extension SpoolStore {
    /// The folders of an area that hours have, `2026-11-22/08`, the oldest first.
    func hours(of area: SpoolLayout.Area) throws(SpoolError) -> [String] {
        var hours: [String] = []
        let root = layout.folder(area)
        for day in try names(in: root) where SpoolWalk.isDay(day) {
            for hour in try names(in: root + "/" + day) where SpoolWalk.isHour(hour) { hours.append(day + "/" + hour) }
        }
        return hours.sorted()
    }

    /// Of each camera the newest pending entry of one hour, in one pass over its folder.
    /// - Parameter isWanted: asked of a camera's uid as names have it. Of more than 4096 that are, the others are passed over.
    func newest(inHour hour: String, isWanted: (Substring) -> Bool = { _ in true }) throws(SpoolError) -> [SpoolEntryName] {
        var newest: [Substring: SpoolEntryName] = [:]
        try files.each(layout.folder(.pending) + "/" + hour) { fileName in
            guard case .record(let name) = SpoolLayout.item(fileName), isWanted(name.encodedCamera) else { return }
            if let other = newest[name.encodedCamera] ?? (newest.count < 4096 ? name : nil), other <= name {
                newest[name.encodedCamera] = name
            }
        }
        return newest.values.sorted().reversed()
    }

    /// A camera's newest pending picture.
    /// - Parameter deadline: where a large spool is given up.
    /// - Returns: nil, and whether all of the spool was looked at.
    func newest(of camera: CameraUID, until deadline: Instant) throws(SpoolError) -> (picture: Picture?, isSure: Bool) {
        guard let digest = try? sha256(camera) else { return (nil, false) }
        let (uid, cut) = (camera.encoded, "-" + digest.prefix(16))
        for hour in try hours(of: .pending).reversed() {
            guard .current < deadline else { return (nil, false) }
            for name in try newest(inHour: hour, isWanted: { $0 == uid || $0.hasSuffix(cut) }) {
                if let picture = try? load(name).record.picture, picture.camera == camera { return (picture, true) }
            }
        }
        return (nil, true)
    }
}
