import Foundation

/// Stands in for systemd: a socket for `$NOTIFY_SOCKET` that takes down every message at once, as systemd would.
public final class NotifySocket: @unchecked Sendable {
    public struct Message: Sendable {
        public let at: ContinuousClock.Instant
        /// One `KEY=VALUE` each.
        public let lines: [String]
    }

    public let path: String
    private let descriptor: Int32
    private let lock = NSLock()
    private var heard: [Message] = []

    public init(in folder: TemporaryFolder) throws {
        path = folder.file("notify").path
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8) + [0]
        guard name.count <= MemoryLayout.size(ofValue: address.sun_path) else { throw ServiceError("\(path) is too long for a socket") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard bound == 0 else { throw ServiceError("cannot bind \(path)") }
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 {
                self?.take(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
            close(descriptor)
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        unlink(path)
    }

    private func take(_ text: String) {
        let message = Message(at: .now, lines: text.split(separator: "\n").map(String.init))
        lock.withLock { heard.append(message) }
    }

    public var messages: [Message] { lock.withLock { heard } }

    /// How many messages had this line.
    public func count(_ line: String) -> Int { messages.count { $0.lines.contains(line) } }

    /// What follows `KEY=` in the last message that had it.
    public func last(_ key: String) -> String? {
        for message in messages.reversed() {
            if let line = message.lines.first(where: { $0.hasPrefix(key + "=") }) { return String(line.dropFirst(key.utf8.count + 1)) }
        }
        return nil
    }
}
