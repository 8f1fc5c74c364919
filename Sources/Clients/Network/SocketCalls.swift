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

    /// Whether an errno(3) says that a connection is lost or never was.
    static func isLost(_ error: CInt) -> Bool {
        [ECONNREFUSED, ECONNRESET, ECONNABORTED, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN].contains(error)
    }
}
