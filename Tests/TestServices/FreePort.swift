import Foundation
import Synchronization

/// A loopback port that nobody listens on and that no other call in this process was given.
///
/// It lies below the kernel's range for outgoing connections (ip_local_port_range, 32768 and up), so none of those can take it
/// before the server does. Servers of other processes might; such a start fails, loudly.
public func freePort() throws -> Int {
    for _ in 0..<1000 {
        let port = Int.random(in: 15_000..<32_000)
        guard handedOut.withLock({ $0.insert(port).inserted }) else { continue }
        if isFree(port) { return port }
    }
    throw ServiceError("no free port between 15000 and 32000")
}

private let handedOut = Mutex(Set<Int>())

private func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
    }
}
