import IngestCore
import Platform

/// What a camera's newest entry is, told by names alone. Hours sort by time, so the search ends in the first folder that has one.
extension SpoolStore {
    /// The folders of an area that hours have, `2026-11-22/08`, the oldest first.
    /// - Parameter unreadable: told of each folder that cannot be read; it is passed over.
    func hours(of area: SpoolLayout.Area, unreadable: (SystemError) -> Void = { _ in }) -> [String] {
        func names(in folder: String, _ isName: (String) -> Bool) -> [String] {
            var names: [String] = []
            do throws(SystemError) { try files.each(folder) { if isName($0) { names.append($0) } } } catch { unreadable(error) }
            return names
        }
        let root = layout.folder(area)
        let days = names(in: root, SpoolWalk.isDay)
        return days.flatMap { day in names(in: root + "/" + day, SpoolWalk.isHour).map { day + "/" + $0 } }.sorted()
    }

    /// Of each camera the newest pending entry of one hour, in one pass over its folder.
    /// - Parameter isWanted: asked of a camera's uid as names have it. Of more than 4096 that are, the others are passed over.
    func newest(inHour hour: String, isWanted: (Substring) -> Bool = { _ in true }) -> [SpoolEntryName] {
        var newest: [Substring: SpoolEntryName] = [:]
        // What a folder that cannot be read has is not known; a scan tells of it.
        try? files.each(layout.folder(.pending) + "/" + hour) { fileName in
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
    func newest(of camera: CameraUID, until deadline: Instant) -> (picture: Picture?, isSure: Bool) {
        guard let digest = try? sha256(camera) else { return (nil, false) }
        let (uid, cut) = (camera.encoded, "-" + digest.prefix(16))
        var isSure = true
        for hour in hours(of: .pending, unreadable: { _ in isSure = false }).reversed() {
            guard .current < deadline else { return (nil, false) }
            for name in newest(inHour: hour, isWanted: { $0 == uid || $0.hasSuffix(cut) }) {
                if let picture = try? load(name).record.picture, picture.camera == camera { return (picture, true) }
            }
        }
        return (nil, isSure)
    }
}
