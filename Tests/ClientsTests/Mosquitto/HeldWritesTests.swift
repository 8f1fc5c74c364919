import Foundation
import Glibc
import TestServices
import Testing

@testable import Clients

/// What libraries write with: the MQTT library up to 2.0.14 and OpenSSL with write(2), the MQTT library from 2.0.15 on with send(2).
enum Writing: CaseIterable {
    case write, send

    func callAsFunction(_ descriptor: CInt, _ bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes {
            switch self {
            case .write: Glibc.write(descriptor, $0.baseAddress, $0.count)
            case .send: Glibc.send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
        }
    }
}

/// A library with packets to write and a socket, as libmosquitto's `packet__write` goes about it.
private final class Library {
    let writing: Writing
    var socket: CInt
    var packets: ArraySlice<[UInt8]> = []
    var error: CInt = 0
    /// The socket's place is taken by another while it writes.
    var standIn = stat()
    private var position = 0

    init(_ writing: Writing, _ socket: CInt) { (self.writing, self.socket) = (writing, socket) }

    /// Has its packets held.
    /// - Returns: whether they were.
    func write(_ more: [[UInt8]], into held: inout HeldWrites, _ framing: HeldWrites.Framing = .packets, acknowledgements: Int = 1) -> Bool
    {
        packets += more
        let place = socket
        return held.hold(place, framing, acknowledgements: acknowledgements, write, isOpen: { self.socket == place })
    }

    /// Writes until the socket is full. A failure closes it.
    /// - Returns: whether something is left to write.
    func write() -> Bool {
        fstat(socket, &standIn)
        while let packet = packets.first {
            let count = writing(socket, packet[position...])
            guard count > 0 else {
                if errno != EAGAIN {
                    error = errno
                    close(socket)
                    socket = -1
                }
                return socket >= 0
            }
            position += count
            if position == packet.count {
                packets.removeFirst()
                position = 0
            }
        }
        return false
    }
}

@Suite("What a library writes is held")
struct HeldWritesTests {
    /// A connected pair of TCP's kind: nonblocking for the library, and for the broker too.
    private static func connection() -> (library: CInt, broker: CInt) {
        var ends: [CInt] = [-1, -1]
        socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        return (ends[0], ends[1])
    }

    private static func arrived(at socket: CInt) -> [UInt8] {
        var all: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 65_536)
        while case let count = read(socket, &room, room.count), count > 0 { all += room[..<count] }
        return all
    }

    /// Descriptors of this process that are one socket, given its inode.
    private static func holders(of inode: UInt) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == "socket:[\(inode)]"
        }
    }

    @Test("until it may go: none of it before, all of it then, in its order", arguments: Writing.allCases)
    func held(writing: Writing) {
        let (socket, broker) = Self.connection()
        defer { close(broker) }
        let library = Library(writing, socket)
        var held = HeldWrites()
        for round in 0..<3 as Range<UInt8> {
            let isHeld = library.write([[0x40, 2, 0, round]], into: &held)
            #expect(isHeld)
        }
        let isKept = held.acknowledgements == 3 && !held.mayGo
        #expect(library.error == 0 && isKept)
        #expect(Self.arrived(at: broker) == [])
        held.release()
        let isGone = held.isEmpty && held.acknowledgements == 0
        #expect(isGone)
        #expect(Self.arrived(at: broker) == [0x40, 2, 0, 0, 0x40, 2, 0, 1, 0x40, 2, 0, 2])
        // The library has its own socket back.
        library.packets = [[1, 2, 3]]
        #expect(!library.write() && Self.arrived(at: broker) == [1, 2, 3])
        close(socket)
    }

    /// As MQTT 5 may write it: with a reason code, and with properties.
    private static let acknowledgements: [[UInt8]] = [
        [0x40, 2, 0, 1], [0x40, 3, 0, 2, 0x10], [0x40, 2, 0, 3], [0x40, 0x84, 0x01, 0, 4] + [UInt8](repeating: 9, count: 130),
        [0x40, 2, 0, 5],
    ]

    @Test("so many of the first as may go, each whole, and what is no acknowledgement at once", arguments: Writing.allCases)
    func firstOnes(writing: Writing) {
        let (socket, broker) = Self.connection()
        defer { close(broker) }
        let library = Library(writing, socket)
        var held = HeldWrites()
        let (some, ping, more) = (Self.acknowledgements, [0xC0, 0] as [UInt8], [0x40, 2, 1, 0] as [UInt8])
        _ = library.write(some, into: &held, acknowledgements: some.count)
        held.release(2)
        #expect(Self.arrived(at: broker) == some[0] + some[1])
        _ = library.write([more, ping], into: &held)
        #expect(Self.arrived(at: broker) == ping, "what keeps the connection up waits for nothing")
        held.release(0)
        var left = held.acknowledgements
        #expect(left == 4 && Self.arrived(at: broker) == [])
        held.release(3)
        #expect(Self.arrived(at: broker) == some[2] + some[3] + some[4])
        held.release(7)
        left = held.acknowledgements
        #expect(left == 0 && Self.arrived(at: broker) == more)
        close(socket)
    }

    /// One that is enciphered: type, version, length and as many bytes.
    private static func record(_ number: UInt8, _ length: Int) -> [UInt8] {
        [23, 3, 3, UInt8(length >> 8), UInt8(length & 255)] + [UInt8](repeating: number, count: length)
    }

    @Test("record by record over TLS, where nothing may overtake", arguments: Writing.allCases)
    func records(writing: Writing) {
        let (socket, broker) = Self.connection()
        defer { close(broker) }
        let library = Library(writing, socket)
        var held = HeldWrites()
        let some = [26, 300, 26].enumerated().map { Self.record(UInt8($0.offset), $0.element) }
        _ = library.write(some, into: &held, .records, acknowledgements: 3)
        held.release(1)
        #expect(Self.arrived(at: broker) == some[0])
        let ping = Self.record(9, 19)
        _ = library.write([ping], into: &held, .records, acknowledgements: 0)
        var waits = held.othersWait
        #expect(waits && Self.arrived(at: broker) == [])
        held.release(1)
        waits = held.othersWait
        #expect(waits && Self.arrived(at: broker) == some[1])
        held.release(1)
        #expect(Self.arrived(at: broker) == some[2] + ping)
        _ = library.write([ping], into: &held, .records, acknowledgements: 0)
        let isEmpty = held.isEmpty
        #expect(isEmpty && Self.arrived(at: broker) == ping, "alone it waits for nothing")
        // Which of three is which nobody can tell: all go with the last.
        _ = library.write([some[0], ping, some[2]], into: &held, .records, acknowledgements: 2)
        held.release(1)
        #expect(Self.arrived(at: broker) == [])
        held.release(1)
        #expect(Self.arrived(at: broker) == some[0] + ping + some[2])
        close(socket)
    }

    /// A pair of sockets is full after some hundred short packets, and within one long one.
    @Test("however many packets it is, and however long one", arguments: Writing.allCases)
    func full(writing: Writing) throws {
        let (socket, broker) = Self.connection()
        defer { close(broker) }
        let library = Library(writing, socket)
        let short = (0..<65_536).map { [0x40, 2, UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] as [UInt8] }
        let packets = short + [(0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }] + short.prefix(9)
        let all = Array(packets.joined())
        var held = HeldWrites()
        let isHeld = library.write(packets, into: &held, .records, acknowledgements: short.count)
        #expect(isHeld && library.packets.isEmpty && library.error == 0)
        // The broker reads slowly: what its socket does not take at once goes with the next call.
        var arrived: [UInt8] = []
        try eventually("all of it") {
            held.release()
            arrived += Self.arrived(at: broker)
            return held.isEmpty
        }
        arrived += Self.arrived(at: broker)
        #expect(arrived == all)
        close(socket)
    }

    @Test("and is forgotten with its connection, whose descriptors are all closed", arguments: Writing.allCases)
    func dropped(writing: Writing) throws {
        var held = HeldWrites()
        var standIns: Set<UInt> = []
        for round in 0..<20 as Range<UInt8> {
            let (socket, broker) = Self.connection()
            defer { close(broker) }
            let library = Library(writing, socket)
            let packets: [[UInt8]] = [[0x40, 2, round, 1], [0x40, 2, round, 2]]
            let isHeld = library.write(packets, into: &held, acknowledgements: 2)
            #expect(isHeld)
            if round % 2 == 0 { held.release() }
            held.drop()
            close(socket)
            #expect(Self.arrived(at: broker) == (round % 2 == 0 ? packets[0] + packets[1] : []))
            var last: UInt8 = 0
            #expect(read(broker, &last, 1) == 0, "a descriptor of the connection is still open")
            #expect(try Self.holders(of: library.standIn.st_ino) == 0)
            standIns.insert(library.standIn.st_ino)
        }
        // One that was shut down with the last connection would take nothing.
        #expect(standIns.count == 20)
    }

    @Test("unless it closed its socket meanwhile, whose number is somebody else's then", arguments: Writing.allCases)
    func closed(writing: Writing) {
        let (socket, broker) = Self.connection()
        defer { close(broker) }
        let library = Library(writing, socket)
        var held = HeldWrites()
        let closeInstead = {
            library.socket = -1
            // In one step, for other threads open files too.
            dup2(broker, socket)
            return false
        }
        let isHeld = held.hold(socket, .packets, acknowledgements: 1, closeInstead, isOpen: { library.socket == socket })
        #expect(isHeld)
        var (theirs, mine) = (stat(), stat())
        fstat(socket, &theirs)
        fstat(broker, &mine)
        #expect(theirs.st_ino == mine.st_ino, "the number that was free again got the socket")
        held.drop()
        close(socket)
    }
}
