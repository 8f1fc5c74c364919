import CMosquitto
import Glibc

/// What the library needs once in a process.
enum MosquittoLibrary {
    /// Starts it; later calls do nothing. It is never shut down: the process ends instead.
    ///
    /// A broken TLS connection raises SIGPIPE, for OpenSSL writes without MSG_NOSIGNAL; unless somebody handles that signal,
    /// it is ignored from here on in the whole process.
    ///
    /// The corresponding C function is `mosquitto_lib_init`.
    static func start() { started }

    private static let started: Void = {
        mosquitto_lib_init()
        var present = sigaction()
        unsafe sigaction(SIGPIPE, nil, &present)
        if unsafe present.__sigaction_handler.sa_handler == nil { signal(SIGPIPE, SIG_IGN) }
    }()
}
