package import Glibc

/// What the program tells the service manager that started it (sd_notify(3)), if any did.
///
/// Each message is one datagram of `KEY=VALUE` lines to the socket named by `$NOTIFY_SOCKET`, a protocol that systemd documents
/// as stable. Callable from any thread.
package struct ServiceManager: Sendable {
    package enum Notice: Equatable, Sendable {
        case ready
        /// For people, in `systemctl status`. Control characters are escaped.
        case status(String)
        /// Still making progress.
        case watchdog
        /// Reading the configuration again; `ready` must follow.
        case reloading
        case stopping
        /// Start, reload or stop may take this much longer from now on.
        case extendTimeout(Duration)
    }

    /// Where notices go; nil when nobody asked for them.
    package let socketPath: String?
    /// A `watchdog` notice is due at least this often, or the program is killed; nil when nobody watches. Half of it is a good pace.
    package let watchdogInterval: Duration?

    /// Reads `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` (sd_watchdog_enabled(3)).
    package init(environment: (String) -> String? = Environment.value, processID: pid_t = getpid()) {
        socketPath = environment("NOTIFY_SOCKET").flatMap { $0.isEmpty ? nil : $0 }
        let meantForUs = environment("WATCHDOG_PID").map { $0 == String(processID) } ?? true
        let pause = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        watchdogInterval = meantForUs && pause > 0 ? .microseconds(pause) : nil
    }

    /// Sends all `notices` in one message. Does nothing where there is no service manager.
    package func notify(_ notices: Notice...) throws(SystemError) { try notify(notices) }

    /// Sends all `notices` in one message. Does nothing where there is no service manager.
    package func notify(_ notices: [Notice]) throws(SystemError) {
        guard let socketPath else { return }
        let lines = notices.map(Self.line).joined(separator: "\n")
        try LocalDatagramSocket(to: socketPath).send(Array(lines.utf8))
    }

    static func line(_ notice: Notice) -> String {
        switch notice {
        case .ready: return "READY=1"
        case .status(let text): return "STATUS=" + LogText.escaped(text)
        case .watchdog: return "WATCHDOG=1"
        case .stopping: return "STOPPING=1"
        case .extendTimeout(let pause): return "EXTEND_TIMEOUT_USEC=\(pause.microseconds)"
        case .reloading:
            var now = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &now)
            return "RELOADING=1\nMONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)"
        }
    }
}

extension Duration {
    fileprivate var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
