import Glibc
import Platform

/// Asks the gateway's own HTTP interface: one GET, one connection, one answer.
///
/// What stays simple because of what it refuses: HTTP/1.0 (RFC 1945), so the answer ends with the connection; no TLS, no redirects, nothing
/// kept alive. All of it, the name service included, within one deadline, and no answer beyond `limit`.
package struct HTTPClient: Sendable {
    package struct Answer: Equatable, Sendable {
        package let status: Int
        package let body: [UInt8]
    }

    /// More than 10,000 cameras need.
    package static let limit = 8 << 20

    package let address: ListenAddress
    private let timeout: Duration

    /// - Parameter address: as a server listens there; one that listens everywhere is asked on the loopback interface.
    package init(_ address: ListenAddress, timeout: Duration = .seconds(5)) {
        let host =
            switch address.host {
            case "", "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: address.host
            }
        self.address = ListenAddress(host: host, port: address.port)
        self.timeout = timeout
    }

    package func get(_ path: String) throws(HTTPClientFailure) -> Answer {
        let deadline = MonotonicClock.now() + timeout
        let addresses: [String]
        do throws(HostLookup.Failure) {
            addresses = try HostLookup(address.host).addresses(within: timeout)
        } catch {
            throw .lookup(address, error.description)
        }
        var failure = HTTPClientFailure.lookup(address, "the name has no address")
        for numeric in addresses {
            do throws(HTTPClientFailure) {
                return try exchange(numeric, path, until: deadline)
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// The corresponding C functions are `connect`, `send` and `recv`.
    private func exchange(_ numeric: String, _ path: String, until deadline: Duration) throws(HTTPClientFailure) -> Answer {
        let descriptor = try connect(numeric, until: deadline)
        defer { close(descriptor) }
        var rest = Array("GET \(path) HTTP/1.0\r\nHost: \(address)\r\nUser-Agent: thermo-ingest\r\n\r\n".utf8)[...]
        while !rest.isEmpty {
            try wait(for: POLLOUT, on: descriptor, until: deadline)
            let (count, code) = unsafe rest.withUnsafeBytes { bytes in
                let count = unsafe send(descriptor, bytes.baseAddress, bytes.count, CInt(MSG_NOSIGNAL))
                return (count, errno)
            }
            if count >= 0 { rest = rest.dropFirst(count) } else if code != EAGAIN && code != EINTR { throw network(code) }
        }
        var answer: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            try wait(for: POLLIN, on: descriptor, until: deadline)
            let count = unsafe recv(descriptor, &piece, piece.count, 0)
            let code = errno
            if count == 0 { return try parse(answer) }
            if count < 0 {
                guard code == EAGAIN || code == EINTR else { throw network(code) }
                continue
            }
            answer += piece.prefix(count)
            // Some servers leave it to us to hang up.
            if let whole = wholeLength(answer), answer.count >= whole { return try parse(Array(answer.prefix(whole))) }
            guard answer.count <= Self.limit else { throw .malformed(address, "the answer has more than \(Self.limit >> 20) MiB") }
        }
    }

    private func connect(_ numeric: String, until deadline: Duration) throws(HTTPClientFailure) -> CInt {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(numeric, String(address.port), &hints, &list) == 0, let target = unsafe list else {
            throw .lookup(address, "\(numeric) is no address")
        }
        defer { unsafe freeaddrinfo(list) }
        let descriptor = unsafe socket(
            target.pointee.ai_family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw network(errno) }
        do throws(HTTPClientFailure) {
            if unsafe Glibc.connect(descriptor, target.pointee.ai_addr, target.pointee.ai_addrlen) != 0 {
                let code = errno
                guard code == EINPROGRESS else { throw network(code) }
                try wait(for: POLLOUT, on: descriptor, until: deadline)
                let error = SocketCalls.takeError(of: descriptor)
                guard error == 0 else { throw network(error) }
            }
            return descriptor
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func wait(for events: CInt, on descriptor: CInt, until deadline: Duration) throws(HTTPClientFailure) {
        while true {
            let left = deadline - MonotonicClock.now()
            guard left > .zero else { throw .timedOut(address, timeout) }
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if unsafe poll(&entry, 1, left.pollMilliseconds) > 0 { return }
        }
    }

    /// RFC 9112, section 4: `HTTP/1.1 200 OK`, headers, an empty line, the body.
    private func parse(_ answer: [UInt8]) throws(HTTPClientFailure) -> Answer {
        let line = String(decoding: answer.prefix { $0 != 13 && $0 != 10 }, as: UTF8.self).split(separator: " ")
        guard line.count >= 2, line[0].hasPrefix("HTTP/1."), let status = Int(line[1]) else {
            throw .malformed(address, "what answers there is no HTTP server")
        }
        guard let start = bodyStart(answer), answer.count >= wholeLength(answer) ?? start else {
            throw .malformed(address, "the answer ends too early")
        }
        return Answer(status: status, body: Array(answer[start...]))
    }

    /// Behind the empty line; nil before it has come.
    private func bodyStart(_ answer: [UInt8]) -> Int? {
        var index = 0
        while index + 4 <= answer.count {
            if answer[index] == 13, answer[index + 1] == 10, answer[index + 2] == 13, answer[index + 3] == 10 { return index + 4 }
            index += 1
        }
        return nil
    }

    /// How long the answer will be, when it says so (RFC 9112, section 6.3).
    private func wholeLength(_ answer: [UInt8]) -> Int? {
        guard let start = bodyStart(answer) else { return nil }
        for line in String(decoding: answer.prefix(start), as: UTF8.self).split(whereSeparator: \.isNewline) {
            let sides = line.split(separator: ":", maxSplits: 1)
            guard sides.count == 2, sides[0].lowercased() == "content-length" else { continue }
            return Int(sides[1].filter { $0 != " " }).flatMap { (0...Self.limit).contains($0) ? start + $0 : nil }
        }
        return nil
    }

    private func network(_ code: CInt) -> HTTPClientFailure { .network(address, unsafe String(cString: strerror(code))) }
}
