import Foundation
import TestServices

/// A client that says exactly what it is told to.
final class TestConnection {
    struct Reply {
        var status = 0
        var headers: [String: String] = [:]
        var body = Data()
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    private let descriptor: Int32
    private var received = Data()

    init(_ port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard connected == 0 else { throw ServiceError("connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Takes in little at a time: most of a long answer stays with the server.
    func readSlowly() {
        var size: Int32 = 4096
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Whether the server has ended it.
    var isClosed: Bool {
        // POLLRDHUP, which poll.h has for GNU programs only.
        var entry = pollfd(fd: descriptor, events: 0x2000, revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    func request(_ text: String, isHead: Bool = false) throws -> Reply {
        try send(text)
        return try reply(isHead: isHead)
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw ServiceError("send failed") }
    }

    func reply(isHead: Bool = false) throws -> Reply {
        while received.range(of: Data("\r\n\r\n".utf8)) == nil { try receive() }
        let end = received.range(of: Data("\r\n\r\n".utf8))!
        let lines = String(decoding: received[received.startIndex..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        received = Data(received[end.upperBound...])
        var reply = Reply()
        reply.status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            reply.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        let length = isHead ? 0 : Int(reply.headers["content-length"] ?? "0") ?? 0
        while received.count < length { try receive() }
        reply.body = Data(received.prefix(length))
        received = Data(received.dropFirst(length))
        return reply
    }

    private func receive() throws {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw ServiceError("the server closed the connection") }
        received.append(contentsOf: buffer.prefix(count))
    }
}
