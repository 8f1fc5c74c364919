import CMosquitto
import Glibc
import Platform

/// What a library writes to its socket, caught on the way and kept until it may go.
///
/// The library writes all that it has queued, or nothing. So while it writes, one end of a pair of connected sockets stands in for
/// its socket (dup3(2)): what it writes is taken from the other end, byte for byte what the socket would have got, TLS records too,
/// and is sent later, in its order, over a second descriptor of the socket. To the pair an acknowledgement of 4 bytes costs a third
/// of what it costs to a TCP socket.
///
/// What is relied on inside libmosquitto (`net__write`, `packet__write` and `mosquitto_loop_write` of 2.0.11, 2.0.14, 2.0.15, 2.0.21,
/// 2.0.22 and 2.1.2 read):
/// - It writes with write(2) up to 2.0.14 and with send(2) and MSG_NOSIGNAL from 2.0.15 on; through OpenSSL's socket BIO with
///   write(2) (OpenSSL 3.0 and 3.5 read). A pipe would take write(2) alone; a pair of stream sockets takes all of them.
/// - Of EAGAIN, which a full pair gives as a full socket does, it keeps what is left, returns 0 and wants to write again.
/// - It uses the number of its socket for nothing but writing meanwhile. Two exceptions: after an error, and up to 2.0.22 after a
///   DISCONNECT, it closes it, which `isOpen` tells; and from 2.1 on it shuts it down after a DISCONNECT, so the pair is another one
///   for each connection.
///
/// What is held is bounded by what was read: 4 bytes an acknowledgement, some 30 with TLS. Used by its client's thread alone.
struct HeldWrites: ~Copyable {
    /// Connected stream sockets. Of the other end's closing neither hears, for both close together: no SIGPIPE.
    private struct Pair: ~Copyable {
        let inner: CInt
        let outer: CInt

        init?() {
            var ends: [CInt] = [-1, -1]
            let kind = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
            (outer, inner) = (ends[0], ends[1])
        }

        deinit {
            close(inner)
            close(outer)
        }
    }

    private var pair: Pair?
    /// The socket under a number of its own, from the first time something was held; else -1.
    private var socket: CInt = -1
    private var bytes: [UInt8] = []
    private var sent = 0
    /// How many acknowledgements are among it, as its owner counts them.
    private(set) var acknowledgements = 0
    /// Whether what is held may go, and goes as soon as the socket takes it.
    private(set) var mayGo = false

    init() {}

    deinit { if socket >= 0 { close(socket) } }

    var isEmpty: Bool { bytes.isEmpty }

    /// Catches what `write` has the library write to its socket, which goes by the number `descriptor`.
    /// - Parameters:
    ///   - write: writes once, and says whether something is left to write.
    ///   - isOpen: whether the library still has its socket. One that it closed is not put back: its number is somebody else's by now.
    /// - Returns: false when the system denies it; then nothing was written.
    mutating func hold(_ descriptor: CInt, acknowledgements count: Int, _ write: () -> Bool, isOpen: () -> Bool) -> Bool {
        if pair == nil { pair = Pair() }
        if socket < 0 { socket = fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        guard let inner = pair?.inner, socket >= 0, Self.put(inner, in: descriptor) else { return false }
        mayGo = false
        acknowledgements += count
        // The pair takes some hundred packets at a time: each costs it a buffer, however short it is (wmem_default, socket(7)).
        while write(), collect() {}
        _ = collect()
        // Of two open descriptors, this can only be interrupted.
        while isOpen(), !Self.put(socket, in: descriptor) {}
        return true
    }

    /// Sends what is held, as far as the socket takes it now. A connection that fails is told of by the next read.
    mutating func release() {
        guard !isEmpty else { return }
        mayGo = true
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent...])
                return unsafe send(socket, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
        clear()
    }

    /// Sends what is held, and waits for that as long as `patience` allows.
    mutating func drain(within patience: Duration) {
        let deadline = MonotonicClock.now() + patience
        while true {
            release()
            let left = deadline - MonotonicClock.now()
            guard !isEmpty, left > .zero else { return }
            var entry = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            unsafe poll(&entry, 1, CInt(left / .milliseconds(1)) + 1)
            guard entry.revents & Int16(POLLERR | POLLHUP) == 0 else { return }
        }
    }

    /// The connection ended: nothing of it may go any more.
    mutating func drop() {
        clear()
        if socket >= 0 { close(socket) }
        socket = -1
        pair = nil
    }

    private mutating func clear() {
        bytes.removeAll(keepingCapacity: true)
        sent = 0
        acknowledgements = 0
        mayGo = false
    }

    /// - Returns: whether anything was there.
    private mutating func collect() -> Bool {
        guard let outer = pair?.outer else { return false }
        let before = bytes.count
        unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { room in
            while true {
                let count = unsafe read(outer, room.baseAddress, room.count)
                guard count > 0 else { break }
                unsafe bytes.append(contentsOf: room[..<count])
            }
        }
        return bytes.count > before
    }

    private static func put(_ source: CInt, in descriptor: CInt) -> Bool { dup3(source, descriptor, O_CLOEXEC) == descriptor }
}
