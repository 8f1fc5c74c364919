import IngestCore
import Platform

/// Knows what time it was while this machine did not: heard from the kernel and from the object store, kept in a file for pictures that
/// wait beyond the next start. Any thread.
final class ClockHistory: Sendable {
    private struct State {
        var anchors: ClockAnchors
        var isKept = true
    }

    private let state: Monitor<State>
    private let path: String
    private let files: any FileSystem

    /// - Parameter path: of the file; the spool makes its folder.
    init(_ path: String, files: any FileSystem = LocalFiles()) {
        self.path = path
        self.files = files
        // Without the file nothing is lost but corrections of pictures of earlier runs of the machine.
        let text = (try? files.contents(of: path, limit: 64 << 10)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        state = Monitor(State(anchors: ClockAnchors(text)))
    }

    /// The object store's clock, a moment ago.
    func heard(_ wall: Timestamp) { note(wall, .store) }

    /// Looks whether the kernel's clock can be trusted, and writes down what is new. Called now and then, by the thread that may wait for
    /// the disk.
    func look() {
        if KernelClock.isSynchronised { note(Timestamp(milliseconds: MonotonicClock.wallMilliseconds()), .kernel) }
        guard let text = state.read({ $0.isKept ? nil : $0.anchors.text }) else { return }
        do throws(SystemError) {
            try keep(Array(text.utf8))
            state.update { if $0.anchors.text == text { $0.isKept = true } }
        } catch {
            // Tried again the next time; meanwhile it is in memory, and the disk's failure is told by those who need it.
        }
    }

    func healed(_ picture: Picture) -> Picture {
        guard picture.notes.completed != nil else { return picture }
        return state.read { $0.anchors.healed(picture) }
    }

    private func note(_ wall: Timestamp, _ source: ClockAnchors.Source) {
        guard let boot = KernelClock.boot else { return }
        let moment = PictureNotes.BootMoment(boot: boot, milliseconds: MonotonicClock.now().wholeMilliseconds)
        state.update { state in
            if state.anchors.note(.init(moment: moment, wall: wall, source: source)) { state.isKept = false }
        }
    }

    private func keep(_ bytes: [UInt8]) throws(SystemError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let temporary = path + ".tmp"
        try files.withFile(temporary, .create) { file throws(SystemError) in
            try files.write(bytes, to: file)
            try files.sync(file)
        }
        try files.rename(temporary, to: path)
        try files.syncDirectory(folder)
    }
}
