import CMicroHTTPD
import Glibc
import Platform

/// A small HTTP/1.1 server for GET and HEAD, on one thread of its own named `http`.
///
/// What stays simple because of what it refuses:
/// - Other methods are answered 405, so there are no request bodies; what a GET brings along is read and thrown away.
/// - The handler runs on that one thread and must answer at once. What takes time is deferred, with a deadline.
/// - No more than `connectionLimit` connections, each given `idleSeconds` and `connectionMemory`, and no more than `answerMemory` of
///   answers that are not read yet. Where a client would be one too many, another that has been idle or slow for longest is cut off
///   (`ConnectionTable`), so that nobody waits for it.
/// - No more than `deferredLimit` answers at a time that come from elsewhere; whoever asks for more is told to come again.
/// - No TLS, no users: it is for the loopback interface, or for a network whose people may see what it shows.
///
/// Errors are JSON, `{"error":..}`, except those libmicrohttpd finds before a request is complete (400, 413, 414, 431).
package final class HTTPServer: Sendable {
    package enum Answer: Sendable {
        case now(HTTPResponse)
        case later(DeferredAnswer)
    }

    package typealias Handler = @Sendable (HTTPRequest) -> Answer

    static let connectionLimit = 96
    /// Cut off, and not closed yet: libmicrohttpd takes at most 10 new connections a turn, and closes these in the next.
    static let connectionsLeaving = 32
    static let answerMemory = 4 << 20
    static let deferredLimit = 32
    static let idleSeconds: UInt32 = 8
    static let connectionMemory = 16 << 10

    /// Where it listens, with the port the kernel chose if 0 was asked for.
    package let address: ListenAddress
    private let loop: HTTPServerLoop
    private let thread: NamedThread

    /// Listens, and answers from now on.
    /// - Parameter turned: called on its thread at least every second, to show that it gets on.
    package init(
        _ wished: ListenAddress, turned: @escaping @Sendable () -> Void = {}, handler: @escaping Handler
    ) throws(HTTPServerFailure) {
        let socket = try ListeningSocket(wished)
        address = ListenAddress(host: wished.host, port: socket.port)
        do throws(SystemError) {
            loop = try HTTPServerLoop(waker: Waker(), turned: turned, handler: handler)
        } catch {
            close(socket.descriptor)
            throw .system(error)
        }
        guard loop.start(listener: socket.descriptor) else {
            close(socket.descriptor)
            throw .library
        }
        do throws(SystemError) {
            thread = try NamedThread("http") { [loop] in loop.run() }
        } catch {
            loop.stop()
            loop.run()
            throw .system(error)
        }
    }

    /// Stops listening, answers what is deferred with 503, and waits for the thread. Call once.
    package func stop() {
        loop.stop()
        thread.join()
    }
}
