/// Whether a whole picture is one that came before.
package enum Verdict: Equatable, Sendable {
    case new
    /// Counted and logged, and never stored.
    case repeated
}

extension Assembler {
    /// Judges a complete capture by its content, and remembers it when it is new.
    ///
    /// Without an image id: a repeat when an equal picture of the camera was complete within `repeat_window` before this one's
    /// run began. With one: when an equal picture of the same id was complete within `processed_ttl`.
    /// - Parameter namedAreNew: Redis decides whether a capture with an image id was stored before.
    package mutating func verdict(on handle: CaptureHandle, checksum: Checksum, namedAreNew: Bool = false) -> Verdict {
        guard let capture = record(of: handle), captures[capture].state == .complete else { return .new }
        let it = captures[capture]
        if !(it.isNamed && namedAreNew), wasComplete(it, checksum) { return .repeated }
        let camera = it.camera
        // One that waited must not hide those before it that are newer.
        let completed = max(it.completed, finished.entry(at: cameras[camera].newestFinished)?.completed ?? .min)
        cameras[camera].newestFinished = finished.add(
            FinishedPictures.Entry(
                checksum: checksum, idHash: it.idHash, completed: completed, message: cameras[camera].messages,
                previous: cameras[camera].newestFinished))
        return .new
    }

    private func wasComplete(_ capture: Capture, _ checksum: Checksum) -> Bool {
        let ttl = ConnectedClock.nanoseconds(limits.processedTTL)
        var position = cameras[capture.camera].newestFinished
        while let entry = finished.entry(at: position) {
            if entry.checksum == checksum, entry.idHash == capture.idHash {
                if capture.isNamed ? capture.completed - entry.completed <= ttl : isOpen(entry, of: capture.camera, at: capture.runStarted)
                {
                    return true
                }
            }
            // What is older than the window, and too many messages ago for the broker, is so for every entry before.
            if !capture.isNamed, capture.runStarted - entry.completed > ConnectedClock.nanoseconds(limits.repeatWindow),
                cameras[capture.camera].messagesBefore - entry.message >= limits.receiveMaximum
                    || connectionBegan <= entry.completed
            {
                break
            }
            position = entry.previous
        }
        return false
    }

    /// Whether some picture of the camera was complete so short a time ago that it may come again.
    func isWithinWindow(of camera: CameraID, at ticks: Int64) -> Bool {
        guard let newest = finished.entry(at: cameras[camera].newestFinished) else { return false }
        return isOpen(newest, of: camera, at: ticks)
    }

    /// The window starts anew with a connection, for the pictures that the broker may still repeat then.
    private func isOpen(_ entry: FinishedPictures.Entry, of camera: CameraID, at ticks: Int64) -> Bool {
        let window = ConnectedClock.nanoseconds(limits.repeatWindow)
        guard window > 0 else { return false }
        var start = entry.completed
        if connectionBegan > start, ticks >= connectionBegan {
            let before = cameras[camera].connection == connection ? cameras[camera].messagesBefore : cameras[camera].messages
            if before - entry.message < limits.receiveMaximum { start = connectionBegan }
        }
        return ticks - start <= window
    }
}
