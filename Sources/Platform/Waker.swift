import CLinux
import Glibc

/// Wakes a thread that waits in poll(2), from any other thread. Any number of `wake` calls before one `clear` count as one.
///
/// The descriptor is an eventfd(2), non-blocking.
package final class Waker: Sendable {
    /// Readable after `wake` until `clear`.
    package let descriptor: CInt

    package init() throws(SystemError) {
        descriptor = CLinux_eventfd()
        guard descriptor >= 0 else { throw SystemError("eventfd", errno) }
    }

    deinit { close(descriptor) }

    package func wake() {
        var one: UInt64 = 1
        unsafe write(descriptor, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        unsafe read(descriptor, &count, 8)
    }
}
