import CPQ
import Glibc
import Platform

/// One connection to PostgreSQL, and everything on it with a deadline.
///
/// What stays simple because of what it refuses:
/// - It is in libpq's pipeline mode from its first statement to its end. One statement is a pipeline of one.
/// - A transaction is what stands between two synchronisation points; there is no BEGIN to forget the end of.
/// - It is never mended. After a lost connection or a passed deadline it is of no more use; make another.
/// - It never asks the server to cancel: a server that hangs would hang that too. `statement_timeout` is for the server to keep.
///
/// One owner, one thread: "no two threads [may] attempt to manipulate the same PGconn object at the same time" (PostgreSQL manual, 34.20).
@safe package struct PostgresConnection: ~Copyable {
    let handle: OpaquePointer
    let secret: String?
    /// How long to wait for the next sign of life.
    package let timeout: Duration
    /// Called at least every few seconds while it waits, to show that its thread gets on.
    let waiting: () -> Void
    /// Set for good by a lost connection or a passed deadline.
    var isBroken = false

    /// Connects and logs in within `timeout`; of several hosts each has that long, should those before it hang.
    ///
    /// Only the look-up of a host name has its own limit (resolv.conf(5), `timeout` and `attempts`), for libpq waits for it.
    ///
    /// The corresponding C functions are `PQconnectStartParams`, `PQconnectPoll` and `PQenterPipelineMode`.
    package init(_ target: PostgresTarget, timeout: Duration, waiting: @escaping () -> Void = {}) throws(PostgresError) {
        // First: what throws comes before any field that must be destroyed (Swift 6.2).
        unsafe handle = try Self.connectToAny(target.rotations, timeout: timeout, waiting)
        self.timeout = timeout
        self.waiting = waiting
        secret = target.secret
    }

    deinit { unsafe PQfinish(handle) }

    /// The number of the server's process, as whoever answered the login gave it. A pooler gives one of its own, which is not what
    /// `pg_backend_pid()` says (PgBouncer 1.18 and 1.24, `client_proto.c`: a random key for each client).
    ///
    /// The corresponding C function is `PQbackendPID`.
    package var serverProcess: Int32 { unsafe PQbackendPID(handle) }

    /// False once the server has closed the connection, by a restart for instance. Does not wait.
    ///
    /// The corresponding C functions are `PQconsumeInput` and `PQstatus`.
    package mutating func isAlive() -> Bool {
        // Last words and the end of the stream need a read each.
        for _ in 0..<4 where !isBroken {
            guard unsafe Self.wait(for: POLLIN, on: handle, until: nil) else { break }
            if unsafe PQconsumeInput(handle) == 0 || PQstatus(handle) != CONNECTION_OK { isBroken = true }
        }
        return !isBroken
    }

    private static func connectToAny(
        _ targets: [PostgresTarget], timeout: Duration, _ waiting: () -> Void
    ) throws(PostgresError) -> OpaquePointer {
        var hung: PostgresError?
        for target in targets {
            do throws(PostgresError) {
                return try unsafe connect(target, timeout: timeout, waiting)
            } catch {
                guard error.kind == .timeout else { throw error }
                hung = hung ?? error
            }
        }
        throw hung ?? PostgresError(.setup, "connect", "there is no host to connect to")
    }

    private static func connect(
        _ target: PostgresTarget, timeout: Duration, _ waiting: () -> Void
    ) throws(PostgresError) -> OpaquePointer {
        let deadline = MonotonicClock.now() + timeout
        let values = target.completed(timeout: timeout).map { ($0.key, $0.value) }
        let started = unsafe withCStrings(values.map(\.0)) { keywords in
            unsafe withCStrings(values.map(\.1)) { values in unsafe PQconnectStartParams(keywords, values, 0) }
        }
        guard let handle = unsafe started else { throw PostgresError(.setup, "connect", "out of memory") }
        do throws(PostgresError) {
            unsafe PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
            unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)  // libpq's own would print to standard error
            try unsafe finishConnecting(handle, target, until: deadline, waiting)
            guard unsafe PQsetnonblocking(handle, 1) == 0, unsafe PQenterPipelineMode(handle) == 1 else {
                throw unsafe failure(of: handle, hiding: target.secret)
            }
            return unsafe handle
        } catch {
            unsafe PQfinish(handle)
            throw error
        }
    }

    private static func finishConnecting(
        _ handle: OpaquePointer, _ target: PostgresTarget, until deadline: Duration, _ waiting: () -> Void
    ) throws(PostgresError) {
        var step = PGRES_POLLING_WRITING
        while true {
            guard unsafe PQstatus(handle) != CONNECTION_BAD else { throw unsafe failure(of: handle, hiding: target.secret) }
            let event = step == PGRES_POLLING_READING ? POLLIN : POLLOUT
            guard unsafe wait(for: event, on: handle, until: deadline, waiting) else {
                throw PostgresError(.timeout, "connect", "no answer in time from \(target)")
            }
            step = unsafe PQconnectPoll(handle)
            switch step {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_FAILED: throw unsafe failure(of: handle, hiding: target.secret)
            default: continue
            }
        }
    }

    /// Waits until the socket is ready; false when the deadline, or without one this moment, passes first.
    ///
    /// The corresponding C function is `poll`.
    static func wait(for events: Int32, on handle: OpaquePointer, until deadline: Duration?, _ waiting: () -> Void = {}) -> Bool {
        while true {
            waiting()
            let left = deadline.map { max(.zero, $0 - MonotonicClock.now()) } ?? .zero
            var entry = pollfd(fd: unsafe PQsocket(handle), events: Int16(events), revents: 0)
            // Rounded up, so that the deadline has passed when poll gives up.
            let ready = unsafe poll(&entry, 1, Int32(clamping: milliseconds(min(left, longestWait) + .microseconds(999))))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { return true }  // the next libpq call says what is wrong with the socket
            if left == .zero { return false }
        }
    }

    /// Of one poll.
    private static let longestWait = Duration.seconds(2)

    static func failure(of handle: OpaquePointer, hiding secret: String?) -> PostgresError {
        let text = unsafe PQerrorMessage(handle).map { unsafe String(cString: $0) } ?? ""
        return .connecting(text, hiding: secret)
    }

    static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }

    /// Gives `body` an array of C strings, ended by a null pointer. None of `texts` may hold a NUL.
    static func withCStrings<R>(_ texts: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R) -> R {
        var bytes = [CChar]()
        var starts = [Int?]()
        for text in texts {
            starts.append(text == nil ? nil : bytes.count)
            guard let text else { continue }
            for byte in text.utf8 { bytes.append(CChar(bitPattern: byte)) }
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var pointers = unsafe starts.map { start in unsafe start.flatMap { unsafe bytes.baseAddress?.advanced(by: $0) } }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
        }
    }
}
