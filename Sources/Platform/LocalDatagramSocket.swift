import Glibc

/// A datagram socket of the AF_UNIX family, towards one address: what systemd and its journal listen on (unix(7)).
///
/// Safe to use from any thread: sendto(2) is atomic for datagrams and the descriptor never changes.
package final class LocalDatagramSocket: Sendable {
    let descriptor: CInt
    package let path: String
    private let address: [UInt8]

    /// - Parameter path: absolute, or `@name` for a socket in the abstract namespace.
    package init(to path: String) throws(SystemError) {
        self.path = path
        address = try Self.address(of: path)
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemError("socket", errno, on: path) }
    }

    deinit { close(descriptor) }

    /// Sends one datagram.
    ///
    /// The corresponding C function is `sendto`.
    package func send(_ bytes: [UInt8], wait: Bool = true) throws(SystemError) {
        let flags = CInt(MSG_NOSIGNAL) | (wait ? 0 : CInt(MSG_DONTWAIT))
        while true {
            let sent = unsafe withAddress { address, length in
                unsafe sendto(descriptor, bytes, bytes.count, flags, address, length)
            }
            if sent >= 0 { return }
            guard errno == EINTR else { throw SystemError("sendto", errno, on: path) }
        }
    }

    func withAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        unsafe address.withUnsafeBytes { bytes in
            unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }

    /// `sockaddr_un`: family, then the path with its end marked, or a zero and the abstract name.
    private static func address(of path: String) throws(SystemError) -> [UInt8] {
        guard path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count > 1 else { throw SystemError("address", EINVAL, on: path) }
        let family = UInt16(AF_UNIX)
        var bytes = unsafe withUnsafeBytes(of: family) { unsafe Array($0) }
        bytes += path.hasPrefix("@") ? [0] + path.utf8.dropFirst() : Array(path.utf8) + [0]
        guard bytes.count <= MemoryLayout<sockaddr_un>.size else { throw SystemError("address", ENAMETOOLONG, on: path) }
        return bytes
    }
}
