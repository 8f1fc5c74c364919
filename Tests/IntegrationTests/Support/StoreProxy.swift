import Foundation
import TestServices

/// Stands between the gateway and its object store, and spoils what passes as a test wants. Plain sockets, a thread for each connection.
final class StoreProxy: @unchecked Sendable {
    enum Mode: Sendable {
        case pass
        /// Answers in place of the store, once it has read the request.
        case answer(Int, [String: String] = [:], String = "")
        /// The same to uploads; whoever only looks is told that all is well.
        case answerUploads(Int, [String: String] = [:], String = "")
        /// Lets the request through, and cuts the answer off.
        case halfAnAnswer
        /// Resets the connection when so many bytes of a request have come.
        case reset(after: Int)
        /// Closes every connection at once.
        case refuse
        /// Takes everything and says nothing.
        case silence
    }

    let port: Int
    private let upstream: Int
    private let listener: Int32
    private let lock = NSLock()
    private var currentMode = Mode.pass
    private var open: Set<Int32> = []
    private var spoiltUploads = 0

    init(to upstream: Int) throws {
        self.upstream = upstream
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let port = try freePort()
        self.port = port
        var reuse: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        let descriptor = listener
        guard Self.withAddress(port, { bind(descriptor, $0, $1) }) == 0, listen(descriptor, 64) == 0 else {
            throw ServiceError("store proxy: \(String(cString: strerror(errno)))")
        }
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                guard let self else {
                    close(connection)
                    return
                }
                self.lock.withLock { _ = self.open.insert(connection) }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    deinit { stop() }

    var endpoint: String { "http://127.0.0.1:\(port)" }

    /// Uploads that were spoilt so far.
    var spoilt: Int { lock.withLock { spoiltUploads } }

    /// Takes effect at once: connections that are open end.
    var mode: Mode {
        get { lock.withLock { currentMode } }
        set {
            lock.withLock {
                currentMode = newValue
                for connection in open { shutdown(connection, Int32(SHUT_RDWR)) }
            }
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        lock.withLock { for connection in open { shutdown(connection, Int32(SHUT_RDWR)) } }
    }

    private func serve(_ connection: Int32) {
        defer {
            _ = lock.withLock { open.remove(connection) }
            close(connection)
        }
        switch mode {
        case .pass: splice(connection, limit: .max)
        case .halfAnAnswer: splice(connection, limit: 12)
        case .refuse: return
        case .answer(let status, let headers, let text), .answerUploads(let status, let headers, let text):
            while let request = readRequest(connection, most: .max) {
                if request.hasPrefix("PUT") {
                    lock.withLock { spoiltUploads += 1 }
                } else if case .answerUploads = mode {
                    say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", on: connection)
                    continue
                }
                let fields = headers.map { "\($0): \($1)\r\n" }.joined()
                let body = request.hasPrefix("HEAD") ? "" : text
                say("HTTP/1.1 \(status) Spoilt\r\nContent-Length: \(text.utf8.count)\r\n\(fields)\r\n\(body)", on: connection)
            }
        case .reset(let count):
            guard readRequest(connection, most: count) != nil else { return }
            lock.withLock { spoiltUploads += 1 }
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        case .silence:
            var room = [UInt8](repeating: 0, count: 64 << 10)
            while recv(connection, &room, room.count, 0) > 0 {}
        }
    }

    /// - Parameter limit: bytes of the store's answers that come through.
    private func splice(_ connection: Int32, limit: Int) {
        let other = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(other) }
        guard Self.withAddress(upstream, { connect(other, $0, $1) }) == 0 else { return }
        var watched = [pollfd(fd: connection, events: Int16(POLLIN), revents: 0), pollfd(fd: other, events: Int16(POLLIN), revents: 0)]
        var room = [UInt8](repeating: 0, count: 64 << 10)
        var left = limit
        while poll(&watched, 2, -1) >= 0 {
            if watched[0].revents != 0 {
                let count = recv(connection, &room, room.count, 0)
                guard count > 0, send(room[..<count], on: other) else { return }
            }
            if watched[1].revents != 0 {
                let count = recv(other, &room, min(room.count, left), 0)
                guard count > 0, send(room[..<count], on: connection) else { return }
                left -= count
                guard left > 0 else {
                    lock.withLock { spoiltUploads += 1 }
                    return
                }
            }
        }
    }

    /// Head and body of one request, or what has come of it once that is `most` bytes; nil at the end.
    private func readRequest(_ connection: Int32, most: Int) -> String? {
        var bytes = Data()
        var room = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if let end = bytes.range(of: Data("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ")
                    .last
                if bytes.count - end.upperBound >= (length.flatMap { Int($0) } ?? 0) { return head }
            }
            if bytes.count >= most { return String(decoding: bytes.prefix(100), as: UTF8.self) }
            let count = recv(connection, &room, room.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: room[..<count])
        }
    }

    private func say(_ text: String, on connection: Int32) { _ = send(Array(text.utf8)[...], on: connection) }

    private func send(_ bytes: ArraySlice<UInt8>, on connection: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func withAddress<R>(_ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = in_port_t(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
