import IngestCore
import Platform

/// What other threads have to say to the intake thread, which waits in poll(2). Bounded by the captures there are.
final class IntakeInbox: Sendable {
    struct Mail: Sendable {
        /// Pictures whose bytes are needed no more.
        var released: [CaptureHandle] = []
        /// Why nothing may be taken in now; nil while it may.
        var heldBecause: String?
        /// Captures that were found whole in Redis, and that nobody made pictures of.
        var whole: [SharedCapture] = []
        /// Take nothing in any more.
        var isStopping = false
        /// Nor will anything more be released.
        var isClosing = false
    }

    let waker: Waker
    private let mail = Monitor(Mail())

    init() throws(SystemError) { waker = try Waker() }

    func release(_ capture: CaptureHandle) {
        mail.update { $0.released.append(capture) }
        waker.wake()
    }

    /// Nothing may be taken in, for `reason`; nil: it may again.
    func hold(because reason: String?) {
        mail.update { $0.heldBecause = reason }
        waker.wake()
    }

    /// - Parameter captures: whole in Redis. Beyond a bound they are left for the next time they are found.
    func foundWhole(_ captures: [SharedCapture]) {
        mail.update { $0.whole += captures.prefix(max(0, Self.mostFound - $0.whole.count)) }
        waker.wake()
    }

    private static let mostFound = 256

    func stop() {
        mail.update { $0.isStopping = true }
        waker.wake()
    }

    func close() {
        mail.update { $0.isClosing = true }
        waker.wake()
    }

    func take() -> Mail {
        waker.clear()
        return mail.update { mail in
            defer {
                mail.released.removeAll(keepingCapacity: true)
                mail.whole = []
            }
            return mail
        }
    }
}
