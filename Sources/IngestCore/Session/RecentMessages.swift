/// A message that came with a packet identifier.
package struct RecentMessage: Equatable, Sendable {
    package let camera: CameraUID
    /// In its camera's history.
    package let key: UInt64
    package let packet: UInt16
}

/// The newest messages over all cameras, with their packet identifiers.
///
/// When a connection begins with a session that the broker kept, it first sends again what it heard no acknowledgement of, under the
/// same identifiers (MQTT 5.0, 4.4): at most `receive_maximum` messages. One that is found here changed what it had to change when it
/// came the first time, and changes nothing now. A camera that sends something again of its own gets new identifiers from the broker.
///
/// Identifiers are used again after 65,535 messages, so nothing older than twice `receive_maximum` may be found.
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
    init(window: Int) { capacity = 2 * window }

    mutating func add(_ key: UInt64, packet: UInt16, of camera: Int) {
        guard packet != 0 else { return }
        let entry = Entry(key: key, camera: Int32(truncatingIfNeeded: camera), packet: packet)
        if entries.count < capacity {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = oldest + 1 == capacity ? 0 : oldest + 1
        }
    }

    func contains(_ key: UInt64, packet: UInt16, of camera: Int) -> Bool {
        packet != 0 && entries.contains { $0.packet == packet && $0.key == key && $0.camera == Int32(truncatingIfNeeded: camera) }
    }

    /// Its record is another camera's from now on.
    mutating func forget(_ camera: Int) {
        for index in entries.indices where entries[index].camera == Int32(truncatingIfNeeded: camera) { entries[index].packet = 0 }
    }
}
