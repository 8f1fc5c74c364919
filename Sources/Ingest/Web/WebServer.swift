import Clients
import IngestCore
import Logging
import Platform

/// The HTTP server, and the tries to have it while its port is another's: pictures do not wait for people's windows.
///
/// Belongs to the main thread.
struct WebServer: ~Copyable {
    private let start: (() throws(HTTPServerFailure) -> HTTPServer)?
    private let log: Logger
    private let channel: WorkerChannel
    private var server: HTTPServer?
    private var trouble = TroubleWatch()
    private var backoff = Backoff(initial: .seconds(1), longest: .seconds(60))
    private var failures = 0
    private var nextTry = Instant.current

    /// - Parameter start: nil where no server is wanted.
    init(log: Logger, channel: WorkerChannel, start: (() throws(HTTPServerFailure) -> HTTPServer)?) {
        self.log = log
        self.channel = channel
        self.start = start
    }

    /// Starts the server where it is not there and it is time to try.
    mutating func tend(now: Instant) {
        guard let start, server == nil else { return }
        // Its thread cannot get on where there is none.
        channel.step()
        guard nextTry <= now else { return }
        do throws(HTTPServerFailure) {
            server = try start()
            if let news = trouble.worked(now: now) {
                log.event(.httpBack, .notice, "\(news.line("The HTTP server is there now"))")
            }
        } catch {
            failures += 1
            var random = SystemRandomNumberGenerator()
            nextTry = now + backoff.pause(afterFailures: failures, using: &random)
            let wall = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
            guard let news = trouble.failed(error.advice, now: now, wall: wall) else { return }
            let line =
                "There is no HTTP server: \(error.advice) Pictures are taken and delivered all the same. It is tried again by itself."
            log.event(.httpAway, .error, "\(news.line(line))")
        }
    }

    consuming func stop() { server?.stop() }
}

extension HTTPServerFailure {
    /// What happened, and what to do next.
    var advice: String {
        switch self {
        case .addressInUse, .address:
            "\(self)".followed(by: "free that port, or set [http] listen to another; \"\" turns the HTTP server off")
        default: "\(self)".followed(by: "look into the kernel's log (dmesg), and at this machine's memory")
        }
    }
}
