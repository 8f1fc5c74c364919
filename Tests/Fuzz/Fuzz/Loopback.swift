import Clients
import Glibc
import Platform

/// Both ends of connections on the loopback interface.
enum Loopback {
    /// Answers whoever connects with the bytes at hand.
    static let answers = Answers()

    /// The gateway's own server, with a handler that says what it was asked.
    static let server: HTTPServer = {
        do {
            return try HTTPServer(ListenAddress(host: "127.0.0.1", port: 0)) { request in
                .now(.text("\(request.segments) \(request.query)\n"))
            }
        } catch {
            fatalError("\(error)")
        }
    }()

    /// Sends `bytes`, and does not wait for more than the first of an answer.
    /// - Returns: how many bytes of it came within `patience`.
    @discardableResult
    static func ask(_ port: UInt16, _ bytes: [UInt8], patience: timeval) -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var patience = patience
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard connect(descriptor, to: port) else { fatalError("cannot connect: \(String(cString: strerror(errno)))") }
        send(bytes, to: descriptor)
        var answer = [UInt8](repeating: 0, count: 16 << 10)
        return read(descriptor, &answer, answer.count)
    }

    static func send(_ bytes: [UInt8], to descriptor: CInt) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { break }
            sent += count
        }
        shutdown(descriptor, Int32(SHUT_WR))
    }

    private static func connect(_ descriptor: CInt, to port: UInt16) -> Bool {
        var address = Self.address(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    fileprivate static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        return address
    }

    /// A server that says one thing to everybody.
    final class Answers: Sendable {
        let port: Int
        private let bytes = Monitor<[UInt8]>([])

        fileprivate init() {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Loopback.address(0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let isBound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, length) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &length) == 0
                }
            }
            guard isBound else { fatalError("cannot listen: \(String(cString: strerror(errno)))") }
            port = Int(UInt16(bigEndian: address.sin_port))
            let bytes = bytes
            do {
                _ = try NamedThread("answers") {
                    var heard = [UInt8](repeating: 0, count: 4096)
                    while true {
                        let peer = accept(listener, nil, nil)
                        guard peer >= 0 else { continue }
                        Loopback.send(bytes.read { $0 }, to: peer)
                        while read(peer, &heard, heard.count) > 0 {}
                        close(peer)
                    }
                }
            } catch {
                fatalError("\(error)")
            }
        }

        func say(_ new: [UInt8]) { bytes.update { $0 = new } }
    }
}
