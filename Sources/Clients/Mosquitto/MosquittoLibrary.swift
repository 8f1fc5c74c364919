import CMosquitto
import Glibc

/// What the library needs once in a process.
enum MosquittoLibrary {
    /// Starts it; later calls do nothing. It is never shut down: the process ends instead.
    ///
    /// A broken connection raises SIGPIPE, for the library up to 2.0.14 writes without MSG_NOSIGNAL.
    ///
    /// The corresponding C function is `mosquitto_lib_init`.
    static func start() { started }

    private static let started: Void = {
        mosquitto_lib_init()
        SocketCalls.ignorePipeSignal
    }()
}
