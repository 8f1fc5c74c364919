import Glibc

/// The few calls on somebody else's socket that both MQTT and Redis need.
enum SocketCalls {
    /// A connection that is gone shows as EPIPE where it was written to. Unless somebody handles SIGPIPE, it is ignored from here on in
    /// the whole process.
    static let ignorePipeSignal: Void = {
        var present = sigaction()
        unsafe sigaction(SIGPIPE, nil, &present)
        if unsafe present.__sigaction_handler.sa_handler == nil { signal(SIGPIPE, SIG_IGN) }
    }()

    /// What poll(2) says at once: of `events`, and `POLLERR` and `POLLHUP`; 0 for nothing.
    static func state(of descriptor: CInt, awaiting events: CInt) -> CInt {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        return unsafe poll(&entry, 1, 0) > 0 ? CInt(entry.revents) : 0
    }

    /// The pending error, as an errno(3), which is cleared; 0 for none (SO_ERROR, socket(7)).
    static func takeError(of descriptor: CInt) -> CInt {
        var error: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        return error
    }

    /// Whether whoever is at the other end of a TCP connection is on this machine: its address is a loopback one, or the same as at this
    /// end. Nil without a connection (getpeername(2), getsockname(2)).
    static func isPeerHere(_ descriptor: CInt) -> Bool? {
        guard let peer = unsafe address(descriptor, getpeername), let own = unsafe address(descriptor, getsockname) else { return nil }
        let isLoopback = peer.count == 4 ? peer[0] == 127 : peer == [UInt8](repeating: 0, count: 15) + [1]
        // An IPv4 address in IPv6's clothes.
        let isMapped = peer.count == 16 && peer.dropLast(4) == [UInt8](repeating: 0, count: 10) + [255, 255]
        return isLoopback || isMapped && peer[12] == 127 || peer == own
    }

    private static func address(
        _ descriptor: CInt, _ call: (CInt, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> CInt
    ) -> [UInt8]? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe call(descriptor, $0, &length) }
        }
        guard code == 0 else { return nil }
        // Behind family and port; of IPv6 behind the flow label, too.
        let range: Range<Int>? = CInt(storage.ss_family) == AF_INET ? 4..<8 : CInt(storage.ss_family) == AF_INET6 ? 8..<24 : nil
        guard let range else { return [] }
        return unsafe withUnsafeBytes(of: &storage) { unsafe Array($0[range]) }
    }

    /// Whether an errno(3) says that a connection is lost or never was.
    static func isLost(_ error: CInt) -> Bool {
        [ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN].contains(error)
    }
}
