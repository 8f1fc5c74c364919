import CLinux
package import Glibc

/// The signals the program heeds, received as events by one thread instead of interrupting any.
///
/// Create it first thing on the main thread: threads started later inherit the blocked signals, so the kernel hands them to
/// nobody but the descriptor. SIGPIPE is ignored: a peer that is gone shows as EPIPE where it was written to.
///
/// The corresponding C functions are `pthread_sigmask` and `signalfd`.
package struct Signals: ~Copyable {
    package enum Event: Equatable, Sendable {
        case terminate, interrupt, hangUp, user1, user2
    }

    /// Readable while a signal waits; for poll(2).
    package let descriptor: CInt

    package init() throws(SystemError) {
        var heeded = sigset_t()
        unsafe sigemptyset(&heeded)
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2] { unsafe sigaddset(&heeded, signal) }
        let code = unsafe pthread_sigmask(SIG_BLOCK, &heeded, nil)
        guard code == 0 else { throw SystemError("pthread_sigmask", code) }
        signal(SIGPIPE, SIG_IGN)
        let opened = unsafe CLinux_signalfd(&heeded)
        guard opened >= 0 else { throw SystemError("signalfd", errno) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// The next signal that waits, or nil when none does. Never blocks.
    package mutating func next() -> Event? {
        while case let number = CLinux_next_signal(descriptor), number > 0 {
            switch number {
            case SIGTERM: return .terminate
            case SIGINT: return .interrupt
            case SIGHUP: return .hangUp
            case SIGUSR1: return .user1
            case SIGUSR2: return .user2
            default: continue
            }
        }
        return nil
    }

    /// Waits for a signal; nil when `timeout` is over, when `waker` was woken (and is cleared), or when one of `others` is ready, whichever
    /// is first.
    package mutating func wait(atMost timeout: Duration, or waker: Waker? = nil, watching others: [pollfd] = []) -> Event? {
        if let event = next() { return event }
        var watched = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        if let waker { watched.append(pollfd(fd: waker.descriptor, events: Int16(POLLIN), revents: 0)) }
        watched += others
        unsafe poll(&watched, nfds_t(watched.count), timeout.pollMilliseconds)
        if let waker, watched[1].revents != 0 { waker.clear() }
        return next()
    }
}

extension Duration {
    /// For poll(2): whole milliseconds, rounded up so that a deadline has passed when the wait ends; at most an hour.
    package var pollMilliseconds: CInt {
        let parts = max(self, .zero).components
        guard parts.seconds < 3600 else { return 3_600_000 }
        return CInt(parts.seconds * 1000 + (parts.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
