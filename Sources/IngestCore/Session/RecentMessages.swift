/// A message that came with a packet identifier.
package struct RecentMessage: Equatable, Sendable {
    package let camera: CameraUID
    /// In its camera's history.
    package let key: UInt64
    package let packet: UInt16
}

/// The newest messages over all cameras, with their packet identifiers.
///
/// When a connection begins with a session that the broker kept, it first sends again what it heard no acknowledgement of, in its order
/// and under the same identifiers (MQTT 5.0, 4.4): at most `receive_maximum` messages. One that is found here did what it had to do when
/// it came the first time, and does nothing now: it opens no capture again that was given up, and counts for nothing. From the first that
/// is not found on, all are judged by what they say: they are a repetition that began there. A camera that sends something again of its
/// own gets new identifiers from the broker.
///
/// Identifiers are used again after 65,535 messages, so nothing much older than `receive_maximum` may be found.
struct RecentMessages {
    private struct Entry {
        var key: UInt64
        var camera: Int32
        var packet: UInt16
    }

    private var entries: [Entry] = []
    private var oldest = 0
    private let capacity: Int

    /// - Parameter window: so many messages may be unacknowledged.
    init(window: Int) { capacity = Self.capacity(for: window) }

    /// More than may come again: a journal knows not exactly in which order they came.
    static func capacity(for window: Int) -> Int { min(4 * window, 8192) }

    mutating func add(_ key: UInt64, packet: UInt16, of camera: CameraID) {
        guard packet != 0 else { return }
        let entry = Entry(key: key, camera: Int32(truncatingIfNeeded: camera.record), packet: packet)
        if entries.count < capacity {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = oldest + 1 == capacity ? 0 : oldest + 1
        }
    }

    func contains(_ key: UInt64, packet: UInt16, of camera: CameraID) -> Bool {
        packet != 0 && entries.contains { $0.packet == packet && $0.key == key && $0.camera == Int32(truncatingIfNeeded: camera.record) }
    }

    /// Its record is another camera's from now on.
    mutating func forget(_ camera: CameraID) {
        for index in entries.indices where entries[index].camera == Int32(truncatingIfNeeded: camera.record) { entries[index].packet = 0 }
    }
}
