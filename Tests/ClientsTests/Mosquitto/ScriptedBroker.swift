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

    /// A SUBSCRIBE (MQTT 5, 3.8): its filters, and the options byte of each.
    struct Subscribe {
        let identifier: [UInt8]
        var filters: [String] = []
        var options: [UInt8] = []
    }

    /// Those that came since the connection began.
    var subscribes: [Subscribe] {
        var rest = received[...]
        var found: [Subscribe] = []
        while let type = rest.first, rest.count > 1 {
            // All packets of these tests are shorter than 128 bytes.
            let body = rest.dropFirst(2).prefix(Int(rest[rest.startIndex + 1]))
            if type == 0x82 {
                var list = body.dropFirst(3)
                var packet = Subscribe(identifier: Array(body.prefix(2)))
                while list.count > 2 {
                    let length = Int(list[list.startIndex + 1])
                    packet.filters.append(String(decoding: list.dropFirst(2).prefix(length), as: UTF8.self))
                    packet.options.append(list[list.startIndex + 2 + length])
                    list = list.dropFirst(3 + length)
                }
                found.append(packet)
            }
            rest = rest.dropFirst(2 + body.count)
        }
        return found
    }

    /// SUBACK, with a grant or a reason code for each filter.
    func answer(_ packet: Subscribe, _ grants: [UInt8]) { send([0x90, UInt8(3 + grants.count)] + packet.identifier + [0] + grants) }

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

    /// Connects, and is accepted.
    /// - Parameter present: the broker has the session.
    func connect(to broker: ScriptedBroker, present: Bool = false) throws {
        try greet(broker)
        broker.send([0x20, 3, present ? 1 : 0, 0, 0])
        try turn(until: "connected") { client.isConnected }
    }

    /// The so manieth SUBSCRIBE of this connection.
    func subscribe(_ count: Int, at broker: ScriptedBroker) throws -> ScriptedBroker.Subscribe {
        try turn(until: "SUBSCRIBE number \(count)") {
            broker.turn()
            return broker.subscribes.count == count
        }
        return broker.subscribes[count - 1]
    }
}
