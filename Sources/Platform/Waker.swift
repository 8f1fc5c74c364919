import CLinux
import Glibc

/// Wakes a thread that waits in poll(2), from any other thread. Any number of `wake` calls before one `clear` count as one.
///
/// The descriptor is an eventfd(2), non-blocking.
package final class Waker: Sendable {
    /// Readable after `wake` until `clear`.
    package let descriptor: CInt

    package init() throws(SystemError) {
        descriptor = eventfd(0, CInt(EFD_CLOEXEC) | CInt(EFD_NONBLOCK))
        guard descriptor >= 0 else { throw SystemError("eventfd", errno) }
    }

    deinit { close(descriptor) }

    package func wake() { eventfd_write(descriptor, 1) }

    package func clear() {
        var count: eventfd_t = 0
        unsafe eventfd_read(descriptor, &count)
    }
}
