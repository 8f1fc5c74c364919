import CMosquitto
import Glibc
import Platform

/// What a library writes to its socket, caught on the way and kept until it may go: acknowledgements, of which the first so many go as
/// soon as their messages are safe, in their order, whatever becomes of the later ones.
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
/// Where one acknowledgement ends and the next begins is told by the bytes themselves: a packet (MQTT 5.0, 2.1) and a TLS record (RFC
/// 8446, 5.1) both begin with their length. OpenSSL makes one record of each packet, for the library writes each with a call of its own,
/// and none is longer than a record.
///
/// What is no acknowledgement need not wait for one. Packets go ahead of those that are still held; records cannot, for each is
/// enciphered by its number, and go with the acknowledgement before them (`othersWait`).
///
/// What is held is bounded by what was read: 4 bytes an acknowledgement, some 30 with TLS. Used by its client's thread alone.
struct HeldWrites: ~Copyable {
    /// What the library's bytes are made of.
    enum Framing { case packets, records }

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
    /// Up to where it may go: the end of a packet, or of a record.
    private var allowed = 0
    /// What is behind that, in its order: how long it is, how many acknowledgements it is, and whether it is something else as well.
    private var units: [(bytes: Int, acknowledgements: Int, isMixed: Bool)] = []
    /// How many of `units` may go already.
    private var gone = 0
    /// How many acknowledgements may not go yet, as its owner counts them.
    private(set) var acknowledgements = 0

    init() {}

    deinit { if socket >= 0 { close(socket) } }

    var isEmpty: Bool { bytes.isEmpty }
    /// Whether something may go, and goes as soon as the socket takes it.
    var mayGo: Bool { sent < allowed }
    /// Something that is no acknowledgement waits behind one.
    private(set) var othersWait = false

    /// Catches what `write` has the library write to its socket, which goes by the number `descriptor`.
    /// - Parameters:
    ///   - count: how many acknowledgements the library has to write. With any, it has nothing else, where it writes records.
    ///   - write: writes once, and says whether something is left to write.
    ///   - isOpen: whether the library still has its socket. One that it closed is not put back: its number is somebody else's by now.
    /// - Returns: false when the system denies it; then nothing was written.
    mutating func hold(
        _ descriptor: CInt, _ framing: Framing, acknowledgements count: Int, _ write: () -> Bool, isOpen: () -> Bool
    ) -> Bool {
        if pair == nil { pair = Pair() }
        if socket < 0 { socket = fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        guard let inner = pair?.inner, socket >= 0, Self.put(inner, in: descriptor) else { return false }
        let before = bytes.count
        // The pair takes some hundred packets at a time: each costs it a buffer, however short it is (wmem_default, socket(7)).
        while write(), collect() {}
        _ = collect()
        // Of two open descriptors, this can only be interrupted.
        while isOpen(), !Self.put(socket, in: descriptor) {}
        switch framing {
        case .packets: sortPackets(from: before, acknowledgements: count)
        case .records: sortRecords(from: before, acknowledgements: count)
        }
        release(0)
        return true
    }

    /// Lets the first `count` acknowledgements go, by default all of them, and sends what may go, as far as the socket takes it now. A
    /// connection that fails is told of by the next read.
    mutating func release(_ count: Int = .max) {
        guard !isEmpty else { return }
        var left = count
        while gone < units.count, units[gone].acknowledgements <= left {
            left -= units[gone].acknowledgements
            acknowledgements -= units[gone].acknowledgements
            allowed += units[gone].bytes
            gone += 1
        }
        if left > 0, gone < units.count, units[gone].acknowledgements > 1 {
            // Of several that cannot be told apart, the first wait for the last.
            units[gone].acknowledgements -= left
            acknowledgements -= left
        }
        send()
    }

    private mutating func send() {
        while sent < allowed {
            let count = unsafe bytes.withUnsafeBytes { all in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: all[sent..<allowed])
                return unsafe Glibc.send(socket, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { break }
            sent += count
        }
        othersWait = units[gone...].contains(where: \.isMixed)
        if gone == units.count {
            units.removeAll(keepingCapacity: true)
            gone = 0
            if sent == bytes.count { clear() }
        } else if sent == allowed, sent >= 4096 {
            bytes.removeFirst(sent)
            (sent, allowed) = (0, 0)
            units.removeFirst(gone)
            gone = 0
        }
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
        units.removeAll(keepingCapacity: true)
        (sent, allowed, gone) = (0, 0, 0)
        acknowledgements = 0
        othersWait = false
    }

    // MARK: What the bytes are

    /// Takes what came from `start` on apart. What is no acknowledgement goes to the front of those that are held.
    private mutating func sortPackets(from start: Int, acknowledgements count: Int) {
        let others = take(from: start, count, lengthOf: Self.packetLength) { bytes, place in bytes[place] >> 4 != 4 }
        guard !others.isEmpty else { return }
        bytes.insert(contentsOf: others, at: allowed)
        allowed += others.count
    }

    private mutating func sortRecords(from start: Int, acknowledgements count: Int) {
        _ = take(from: start, count, lengthOf: Self.recordLength) { _, _ in false }
    }

    /// Makes units of what came: one acknowledgement each, where there are as many as were to be written.
    /// - Returns: what `isOther` and was taken out.
    private mutating func take(
        from start: Int, _ count: Int, lengthOf: ([UInt8], Int) -> Int?, isOther: ([UInt8], Int) -> Bool
    ) -> [UInt8] {
        var others: [UInt8] = []
        var found: [Int] = []
        var place = start
        while place < bytes.count, let length = lengthOf(bytes, place), place + length <= bytes.count {
            if isOther(bytes, place) {
                others += bytes[place..<place + length]
                bytes.removeSubrange(place..<place + length)
            } else {
                found.append(length)
                place += length
            }
        }
        acknowledgements += count
        if found.count == count, place == bytes.count {
            for length in found { units.append((length, 1, false)) }
        } else if bytes.count > start {
            // What cannot be told apart stays together.
            units.append((bytes.count - start, count, true))
        }
        return others
    }

    /// Fixed header and remaining length, of a packet that begins at `place`.
    private static func packetLength(_ bytes: [UInt8], _ place: Int) -> Int? {
        var (length, shift) = (0, 0)
        for index in place + 1..<min(place + 5, bytes.count) {
            length |= Int(bytes[index] & 0x7f) << shift
            if bytes[index] < 0x80 { return index + 1 - place + length }
            shift += 7
        }
        return nil
    }

    /// Type, version, length, of a record that begins at `place`.
    private static func recordLength(_ bytes: [UInt8], _ place: Int) -> Int? {
        place + 5 <= bytes.count ? 5 + Int(bytes[place + 3]) << 8 + Int(bytes[place + 4]) : nil
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
