public import Foundation

/// An HTTP server that answers as a test wants, wrongly or not at all included. Plain sockets; a thread for each connection.
public final class ScriptedHTTPServer: @unchecked Sendable {
    public struct Request: Sendable {
        /// Counted from 1, over all connections.
        public let number: Int
        /// Counted from 1.
        public let connection: Int
        public let method: String
        public let target: String
        /// Names in lower case.
        public let headers: [String: String]
        /// Empty unless the reply waits for it.
        public var body = Data()
    }

    public indirect enum Reply: Sendable {
        /// Reads the whole body, then decides.
        case afterBody(@Sendable (Request) -> Reply)
        /// Reads the whole body, then answers and keeps the connection.
        case answer(Int, [String: String] = [:], String = "")
        /// Answers without reading the body, then closes.
        case early(Int, [String: String] = [:], String = "")
        /// Answers, and closes the connection when a moment has passed without telling so.
        case answerThenClose(Int, [String: String] = [:])
        /// Reads the body no faster than that, then answers 200.
        case slow(bytesPerSecond: Int)
        /// Announces more bytes than it sends, then closes.
        case half(announcing: Int, sending: String)
        /// Reads that many bytes of the body, then resets the connection.
        case reset(afterBodyBytes: Int)
        /// Closes without a word.
        case hangUp
        /// Reads the body and says nothing until the client gives up.
        case silence
        /// Says these bytes and closes.
        case raw(String)
    }

    public let port: Int
    private let listener: Int32
    private let script: @Sendable (Request) -> Reply
    private let greeting: String?
    private let lock = NSLock()
    private var seen: [Request] = []
    private var connections = 0
    private var open: Set<Int32> = []

    /// - Parameter greeting: what it says first on every connection, before it is asked anything; then it closes.
    /// - Parameter window: receives at most about that many bytes ahead of its reading, in packets as small as a real link's.
    public init(greeting: String? = nil, window: Int32? = nil, _ script: @escaping @Sendable (Request) -> Reply = { _ in .hangUp }) throws {
        self.script = script
        self.greeting = greeting
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var window {
            var packet: Int32 = 1400
            setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size))
            setsockopt(listener, Int32(IPPROTO_TCP), TCP_MAXSEG, &packet, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = listener
        port = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard bind(descriptor, generic, length) == 0, listen(descriptor, 64) == 0, getsockname(descriptor, generic, &length) == 0
                else {
                    return 0
                }
                return Int(UInt16(bigEndian: pointer.pointee.sin_port))
            }
        }
        guard port > 0 else { throw ServiceError("scripted server: \(String(cString: strerror(errno)))") }
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0, let self else { return }
                let number = self.lock.withLock {
                    self.connections += 1
                    self.open.insert(connection)
                    return self.connections
                }
                Thread.detachNewThread { self.serve(connection, number) }
            }
        }
    }

    /// Ends the server and every connection.
    public func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        lock.withLock { for connection in open { shutdown(connection, Int32(SHUT_RDWR)) } }
    }

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    /// What has been asked so far, in order.
    public var requests: [Request] { lock.withLock { seen } }

    private func serve(_ connection: Int32, _ number: Int) {
        defer {
            _ = lock.withLock { open.remove(connection) }
            close(connection)
        }
        var buffer = Data()
        if let greeting { return say(greeting, on: connection) }
        while let end = read(connection, into: &buffer, until: { $0.range(of: Data("\r\n\r\n".utf8))?.upperBound }) {
            let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
            buffer = Data(buffer[end...])
            let first = lines[0].components(separatedBy: " ")
            guard first.count == 3 else { return }
            var headers: [String: String] = [:]
            for line in lines.dropFirst() {
                guard let colon = line.firstIndex(of: ":") else { continue }
                headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            }
            let position = lock.withLock {
                seen.append(Request(number: seen.count + 1, connection: number, method: first[0], target: first[1], headers: headers))
                return seen.count - 1
            }
            let reply = script(lock.withLock { seen[position] })
            guard play(reply, on: connection, &buffer, position) else { return }
        }
    }

    /// Answers whether the connection goes on.
    private func play(_ reply: Reply, on connection: Int32, _ buffer: inout Data, _ position: Int) -> Bool {
        let (length, isHead) = lock.withLock { (Int(seen[position].headers["content-length"] ?? "") ?? 0, seen[position].method == "HEAD") }
        func body(_ count: Int) -> Bool {
            let known = lock.withLock { !seen[position].body.isEmpty }
            guard !known else { return true }
            guard let end = read(connection, into: &buffer, until: { $0.count >= count ? $0.startIndex + count : nil }) else {
                return false
            }
            lock.withLock { seen[position].body = Data(buffer[..<end]) }
            buffer = Data(buffer[end...])
            return true
        }
        func say(_ status: Int, _ headers: [String: String], _ text: String, length: Int? = nil) {
            var answer = "HTTP/1.1 \(status) Scripted\r\n"
            for (name, value) in ["Content-Length": String(length ?? text.utf8.count)].merging(headers, uniquingKeysWith: { $1 }) {
                answer += "\(name): \(value)\r\n"
            }
            say(answer + "\r\n" + (isHead ? "" : text))
        }
        func say(_ text: String) { self.say(text, on: connection) }
        switch reply {
        case .afterBody(let decide):
            guard body(length) else { return false }
            return play(decide(lock.withLock { seen[position] }), on: connection, &buffer, position)
        case .answer(let status, let headers, let text):
            guard body(length) else { return false }
            say(status, headers, text)
            return true
        case .early(let status, let headers, let text):
            say(status, headers, text)
            // A close with unread bytes would be a reset, and could overtake the answer.
            shutdown(connection, Int32(SHUT_WR))
            _ = read(connection, into: &buffer) { _ in nil }
            return false
        case .answerThenClose(let status, let headers):
            guard body(length) else { return false }
            say(status, headers, "")
            return false
        case .slow(let rate):
            for count in stride(from: rate / 20, to: length + rate / 20, by: rate / 20) {
                poll(nil, 0, 50)
                guard read(connection, into: &buffer, until: { $0.count >= min(count, length) ? $0.startIndex : nil }) != nil else {
                    return false
                }
            }
            guard body(length) else { return false }
            say(200, ["ETag": "\"slow\""], "")
            return true
        case .half(let announced, let text):
            guard body(length) else { return false }
            say(200, ["ETag": "\"half\""], text, length: announced)
            return false
        case .reset(let count):
            guard body(count) else { return false }
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            return false
        case .hangUp:
            guard body(length) else { return false }
            return false
        case .silence:
            _ = body(length)
            _ = read(connection, into: &buffer) { _ in nil }
            return false
        case .raw(let text):
            guard body(length) else { return false }
            say(text)
            return false
        }
    }

    private func say(_ text: String, on connection: Int32) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until `found` says where; nil when the connection ends before.
    private func read(_ connection: Int32, into buffer: inout Data, until found: (Data) -> Data.Index?) -> Data.Index? {
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            if let end = found(buffer) { return end }
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            buffer.append(contentsOf: chunk[..<count])
        }
    }
}
