import Foundation

/// A datagram socket that stands in for systemd or its journal.
final class DatagramReceiver {
    let path: String
    private let descriptor: Int32

    struct Failure: Error {}

    init(_ path: String = "/tmp/thermo-test-\(UUID().uuidString.prefix(8)).sock") throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8) + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(2 + name.count)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0 else { throw Failure() }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// One datagram; of one that carries a file, the file's bytes.
    func receive() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var control = [UInt8](repeating: 0, count: 64)
        let count = buffer.withUnsafeMutableBytes { bytes in
            control.withUnsafeMutableBytes { extra in
                var part = iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
                return withUnsafeMutablePointer(to: &part) { parts in
                    var message = msghdr()
                    message.msg_iov = parts
                    message.msg_iovlen = 1
                    message.msg_control = extra.baseAddress
                    message.msg_controllen = extra.count
                    let count = recvmsg(descriptor, &message, 0)
                    if message.msg_controllen == 0 { extra.baseAddress!.storeBytes(of: 0, as: Int.self) }
                    return count
                }
            }
        }
        guard count >= 0 else { throw Failure() }
        // cmsghdr: length (8 bytes), level (4), type (4), then the descriptor.
        guard count == 0, control.withUnsafeBytes({ $0.load(as: Int.self) }) == 20 else { return Array(buffer.prefix(count)) }
        let file = FileHandle(fileDescriptor: control.withUnsafeBytes { $0.load(fromByteOffset: 16, as: Int32.self) }, closeOnDealloc: true)
        try file.seek(toOffset: 0)
        return Array(try file.readToEnd() ?? Data())
    }

    func receiveText() throws -> String { String(decoding: try receive(), as: UTF8.self) }
}
