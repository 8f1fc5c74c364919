import Glibc
import Platform

/// A TCP socket that listens.
struct ListeningSocket: ~Copyable {
    let descriptor: CInt
    /// The port it has, also where the kernel chose it.
    let port: UInt16

    /// Tries the addresses of `address.host` in the resolver's order.
    ///
    /// The corresponding C functions are `getaddrinfo`, `bind` and `listen`.
    init(_ address: ListenAddress) throws(HTTPServerFailure) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(address.host.isEmpty ? nil : address.host, String(address.port), &hints, &list)
        guard code == 0 else { throw .address(address, reason: unsafe String(cString: gai_strerror(code))) }
        defer { unsafe freeaddrinfo(list) }

        var failure = HTTPServerFailure.address(address, reason: "no address")
        var next = unsafe list
        while let candidate = unsafe next {
            do throws(SystemError) {
                let opened = try unsafe Self.listen(candidate)
                descriptor = opened
                port = Self.port(of: opened)
                return
            } catch {
                failure =
                    switch error.code {
                    case EADDRINUSE: .addressInUse(address)
                    case EADDRNOTAVAIL, EACCES: .address(address, reason: error.description)
                    default: .system(error)
                    }
            }
            unsafe next = candidate.pointee.ai_next
        }
        throw failure
    }

    private static func listen(_ candidate: UnsafeMutablePointer<addrinfo>) throws(SystemError) -> CInt {
        let (family, length) = unsafe (candidate.pointee.ai_family, candidate.pointee.ai_addrlen)
        let opened = socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard opened >= 0 else { throw SystemError("socket", errno) }
        var yes: CInt = 1
        // So that a restart need not wait for the last connections' TIME_WAIT (socket(7)).
        unsafe setsockopt(opened, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
        guard unsafe bind(opened, candidate.pointee.ai_addr, length) == 0 else {
            let code = errno
            close(opened)
            throw SystemError("bind", code)
        }
        // A SYN for which the queue has no room is lost, and comes again after a second.
        guard Glibc.listen(opened, SOMAXCONN) == 0 else {
            let code = errno
            close(opened)
            throw SystemError("listen", code)
        }
        return opened
    }

    private static func port(of descriptor: CInt) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe getsockname(descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
            // sockaddr_in and sockaddr_in6 both hold the port, in network order, after the family.
            return unsafe UInt16(bigEndian: bytes.load(fromByteOffset: 2, as: UInt16.self))
        }
    }
}
