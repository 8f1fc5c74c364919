import IngestCore
import Logging
import Platform

// MARK: - What goes wrong with one file alone

extension SpoolWorker {
    /// Things other than entries that cannot be read, by path; more are let alone without a word.
    private static let mostPaths = 1000

    /// Whether new files can be written, so that whatever could not be done with one file is that file's own trouble. Tried at most once
    /// a second.
    func takesNewFiles() -> Bool {
        guard !room.isBroken else { return false }
        if let rehearsedAt, .current - rehearsedAt < .seconds(1) { return true }
        do throws(SpoolError) {
            try store.rehearse()
        } catch {
            // A disk without room can be read, and what is on it removed.
            if case .full = error { return true }
            failed(error, adding: 0)
            return false
        }
        rehearsedAt = .current
        return true
    }

    func failed(_ error: SpoolError, adding size: Int) {
        var isFull = false
        if case .full = error { isFull = true }
        room.failed(error.advice, isFull: isFull, adding: size, now: .current)
    }

    /// An entry cannot be read, or, once it is delivered, not be removed. All others go on.
    /// - Returns: false when it is the disk that fails.
    func passOver(_ name: SpoolEntryName, _ error: SystemError, isDelivered: Bool = false) -> Bool {
        guard takesNewFiles() else { return false }
        if queue.setAside(name, isDelivered: isDelivered) {
            tellPassedOver("The entry \(name) cannot be \(isDelivered ? "removed, though it is delivered" : "read")", error, name)
        }
        return true
    }

    /// What a scan could not get at. An entry that a walk meets as well is told of there.
    func passOver(_ error: SystemError, _ name: SpoolEntryName?, isFolder: Bool) {
        let path = error.subject ?? name?.base ?? store.layout.root
        guard unreadablePaths.count < Self.mostPaths else { return }
        let isNews = toldPaths[path] == nil && unreadablePaths[path] == nil
        unreadablePaths[path] = isFolder
        guard isNews else { return }
        tellPassedOver("\(path) cannot be \(isFolder ? "listed" : "read or changed")", error, name)
    }

    /// Everything was looked at.
    func sweepPassedOver() {
        toldPaths = unreadablePaths
        unreadablePaths = [:]
    }

    /// For `/spool`: entries that cannot be read, and folders of which nobody knows what they hold.
    var unreadableCount: Int { queue.aside.count + toldPaths.merging(unreadablePaths) { $1 }.values.count { $0 } }

    private func tellPassedOver(_ what: String, _ error: SystemError, _ name: SpoolEntryName?) {
        guard let more = passedOver.note("", now: .current) else { return }
        log.event(
            .entryUnreadable, .error,
            "\("\(what): \(error)".followed(by: error.spoolFix)) All others go on; this is looked at again every ten minutes, and at once after thermo-ingest spool retry --all\(more).",
            camera: name?.camera, image: name.map { String($0.imageID) }
        )
    }
}
