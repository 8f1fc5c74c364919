import Foundation
import TestServices

@testable import Clients

/// A broker that says only what the test tells it to, byte by byte. Everything runs on the test's own thread.
final class ScriptedBroker {
    let port: Int
    /// All that the present client has sent.
    private(set) var received: [UInt8] = []
    private let listener: Int32
    private var connection: Int32 = -1

    init() throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        // Whichever port is free.
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) | listen(listener, 4) | getsockname(listener, $0, &length)
            }
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
        guard code == 0 else { throw ServiceError("scripted broker: \(String(cString: strerror(errno)))") }
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(listener)
        hangUp()
    }

    /// Takes a new client if there is one, and what the present one has sent.
    func turn() {
        let new = accept(listener, nil, nil)
        if new >= 0 {
            hangUp()
            connection = new
            received = []
        }
        guard connection >= 0 else { return }
        var room = [UInt8](repeating: 0, count: 4096)
        let count = recv(connection, &room, room.count, Int32(MSG_DONTWAIT))
        if count > 0 { received += room.prefix(count) }
    }

    func send(_ bytes: [UInt8]) { _ = Foundation.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }

    func hangUp() {
        if connection >= 0 { close(connection) }
        connection = -1
    }
}

extension Desk {
    convenience init(_ broker: ScriptedBroker, _ change: (inout MosquittoSettings) -> Void = { _ in }) throws {
        var settings = MosquittoSettings(host: "127.0.0.1", port: broker.port, clientID: "desk")
        settings.filters = ["camera/+/image_json"]
        settings.connectTimeout = .seconds(5)
        change(&settings)
        try self.init(settings, broker: broker)
    }

    /// Connects and lets the broker see the CONNECT.
    func greet(_ broker: ScriptedBroker) throws {
        forget()
        try client.connect()
        try turn(until: "CONNECT") {
            broker.turn()
            return broker.received.first == 0x10 && broker.received.count > 10
        }
    }
}
