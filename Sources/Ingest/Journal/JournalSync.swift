import IngestCore
import Platform

/// Has the disk take what a file got while its caller goes on: one sync at a time.
protocol JournalSync: Sendable {
    /// - Precondition: the outcome of the one before was taken. The file stays open until this one's is.
    func begin(_ file: CInt)
    /// Nil while the disk is busy; else what came of it, once.
    func outcome() -> JournalSyncOutcome?
    /// The same, when the disk is done.
    func awaitOutcome() -> JournalSyncOutcome
}

struct JournalSyncOutcome: Sendable {
    /// How long the disk took.
    var duration = Duration.zero
    var error: SystemError?
}

/// The thread on which the disk is waited for, fdatasync(2) by fdatasync, while the intake thread takes in what comes next.
final class JournalSyncThread: JournalSync, Sendable {
    private struct State {
        /// To be synced; nil once the thread has taken it.
        var file: CInt?
        var outcome: JournalSyncOutcome?
        var isStopping = false
    }

    private let state = Monitor(State())
    private let files: any FileSystem
    private let waker: Waker
    private let post: WorkerPost

    /// - Parameter waker: woken when there is an outcome.
    init(files: any FileSystem, waker: Waker, post: WorkerPost) {
        self.files = files
        self.waker = waker
        self.post = post
    }

    // MARK: The intake thread's side

    func begin(_ file: CInt) { state.update { $0.file = file } }

    func outcome() -> JournalSyncOutcome? { state.wait(atMost: .zero, until: Self.takeOutcome) }

    func awaitOutcome() -> JournalSyncOutcome {
        while true {
            if let outcome = state.wait(atMost: .seconds(60), until: Self.takeOutcome) { return outcome }
        }
    }

    private static func takeOutcome(_ state: inout State) -> JournalSyncOutcome? { state.outcome.take() }

    /// Once nothing is under way, and nothing will be.
    func stop() { state.update { $0.isStopping = true } }

    // MARK: The thread

    func run() {
        while true {
            post.step()
            let due = state.wait(atMost: .seconds(1)) { state -> CInt? in state.file.take() ?? (state.isStopping ? -1 : nil) }
            guard let file = due else { continue }
            if file < 0 { return }
            let before = MonotonicClock.now()
            var outcome = JournalSyncOutcome()
            do throws(SystemError) { try files.sync(file) } catch { outcome.error = error }
            outcome.duration = MonotonicClock.now() - before
            state.update { $0.outcome = outcome }
            waker.wake()
        }
    }
}
