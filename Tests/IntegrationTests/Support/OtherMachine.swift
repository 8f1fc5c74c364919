import Foundation
import TestServices

/// Another machine, as far as the kernel can tell: a network of its own (ip-netns(8)) at the other end of a cable, where a relay leads
/// back to a port of this one's. Needs root.
final class OtherMachine {
    /// This machine's address on the cable, and the other one's.
    let here, there: String
    /// Where the relay listens there, and where it leads to here.
    let port = 1883
    let upstream: Int
    private let name: String
    private let folder: TemporaryFolder
    private var relay: Service?

    private static let script = """
        import socket, sys, threading
        def pump(a, b):
            try:
                while data := a.recv(65536): b.sendall(data)
                b.shutdown(socket.SHUT_WR)
            except OSError: pass
        listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
        while True:
            client, _ = listener.accept()
            try: server = socket.create_connection((sys.argv[3], int(sys.argv[4])))
            except OSError: client.close(); continue
            for pair in (client, server), (server, client): threading.Thread(target=pump, args=pair, daemon=True).start()
        """

    init() throws {
        name = "thermo-" + UUID().uuidString.prefix(6).lowercased()
        folder = try TemporaryFolder()
        upstream = try freePort()
        let net = "10.\(Int.random(in: 64..<128)).\(Int.random(in: 0..<256))"
        (here, there) = (net + ".1", net + ".2")
        try ip("netns", "add", name)
        try ip("link", "add", "\(name)a", "type", "veth", "peer", "name", "\(name)b", "netns", name)
        try ip("addr", "add", here + "/30", "dev", "\(name)a")
        try ip("link", "set", "\(name)a", "up")
        try ipThere("addr", "add", there + "/30", "dev", "\(name)b")
        try ipThere("link", "set", "\(name)b", "up")
        relay = try Service(
            "relay",
            Self.entering(name) + ["/usr/bin/python3", "-c", Self.script, there, "\(port)", here, "\(upstream)"],
            in: folder.url)
    }

    /// What enters a network. `ip netns exec` changes mounts as well, which not every container lets it (nsenter(1) does not).
    private static func entering(_ name: String) -> [String] { ["/usr/bin/nsenter", "--net=/run/netns/\(name)"] }

    private func ip(_ arguments: String...) throws { try succeed(["/usr/sbin/ip"] + arguments) }
    private func ipThere(_ arguments: String...) throws { try succeed(Self.entering(name) + ["/usr/sbin/ip"] + arguments) }

    private func succeed(_ command: [String]) throws {
        let end = try run(command)
        guard end.status == 0 else { throw ServiceError("\(command.joined(separator: " ")): \(end.errors)") }
    }

    deinit {
        relay?.kill()
        relay = nil
        // The cable goes with it.
        try? ip("netns", "del", name)
    }
}
