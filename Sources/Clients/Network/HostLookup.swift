import Glibc
package import Platform

/// Finds the addresses of one host without ever waiting longer than asked.
///
/// getaddrinfo(3) has no deadline of its own and may hold its caller for half a minute when name servers are out of reach.
/// So a name is looked up on a short-lived thread; a lookup that is not done in time goes on, and the next call takes its
/// answer. Numeric addresses are answered at once, without a thread. Not `Sendable`: one thread owns it.
package final class HostLookup {
    package enum Failure: Error, Equatable, CustomStringConvertible {
        /// The resolver's own words (gai_strerror(3)).
        case unknown(String)
        case timedOut(Duration)
        /// No thread could be started.
        case system(SystemError)

        package var description: String {
            switch self {
            case .unknown(let reason): reason
            case .timedOut(let limit): "the name service gave no answer within \(limit)"
            case .system(let error): error.description
            }
        }
    }

    package let host: String
    private var pending: (thread: NamedThread, answer: Monitor<Result<[String], Failure>?>)?

    package init(_ host: String) { self.host = host }

    /// The host's addresses in numeric form, in the order in which they should be tried (RFC 6724).
    ///
    /// The corresponding C function is `getaddrinfo`.
    package func addresses(within timeout: Duration) throws(Failure) -> [String] {
        if pending == nil {
            if case .success(let addresses) = Self.resolve(host, flags: AI_NUMERICHOST) { return addresses }
            let answer = Monitor<Result<[String], Failure>?>(nil)
            do throws(SystemError) {
                let thread = try NamedThread("lookup") { [host] in
                    let found = Self.resolve(host, flags: 0)
                    answer.update { $0 = found }
                }
                pending = (thread, answer)
            } catch {
                throw .system(error)
            }
        }
        guard let (thread, answer) = pending, let found = answer.wait(atMost: timeout, until: { $0 }) else { throw .timedOut(timeout) }
        thread.join()
        pending = nil
        return try found.get()
    }

    private static func resolve(_ host: String, flags: CInt) -> Result<[String], Failure> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = flags
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return .failure(.unknown(unsafe String(cString: gai_strerror(code)))) }
        defer { unsafe freeaddrinfo(list) }

        var addresses: [String] = []
        var next = unsafe list
        while let entry = unsafe next {
            let text = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { room -> String? in
                let length = socklen_t(room.count)
                let code = unsafe getnameinfo(
                    entry.pointee.ai_addr, entry.pointee.ai_addrlen, room.baseAddress, length, nil, 0, NI_NUMERICHOST)
                return unsafe code == 0 ? String(cString: room.baseAddress!) : nil
            }
            if let text, !addresses.contains(text) { addresses.append(text) }
            unsafe next = entry.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(.unknown("the name has no address")) : .success(addresses)
    }
}
