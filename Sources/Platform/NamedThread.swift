import CLinux
import Glibc

/// One of the program's few threads, named as `top -H` and a crash report show it.
///
/// The corresponding C functions are `pthread_create`, `prctl(PR_SET_NAME)` and `pthread_join`.
package struct NamedThread: Sendable {
    private let thread: pthread_t

    /// Starts `body` on a thread of its own. Signals stay with the thread that asked for them: all are blocked here.
    /// - Parameter name: at most 15 bytes, as the kernel keeps them (PR_SET_NAME, prctl(2)).
    package init(_ name: String, stackSize: Int = 512 << 10, body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        let box = unsafe Unmanaged.passRetained(Body(name: name, run: body))
        var started = pthread_t()
        let code = unsafe pthread_create(
            &started, &attributes,
            { argument in
                let body = unsafe Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                var all = sigset_t()
                unsafe sigfillset(&all)
                unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
                unsafe CLinux_set_thread_name(body.name)
                body.run()
                return nil
            },
            unsafe box.toOpaque()
        )
        guard code == 0 else {
            unsafe box.release()
            throw SystemError("pthread_create", code, on: name)
        }
        thread = started
    }

    /// Waits for its end. Call once.
    package func join() { pthread_join(thread, nil) }

    private final class Body: Sendable {
        let name: String
        let run: @Sendable () -> Void
        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }
    }
}
