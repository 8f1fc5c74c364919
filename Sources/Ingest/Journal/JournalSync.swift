import IngestCore
import Platform

/// Writes to a file and has the disk take it, while its caller goes on: one sync at a time.
protocol JournalSync: Sendable {
    /// - Parameters:
    ///   - bytes: of which those from `start` on are still to be written, at the file's position.
    /// - Precondition: the outcome of the one before was taken. The file stays open, and is written by nobody else, until this one's is.
    func begin(_ file: CInt, _ bytes: [UInt8], from start: Int)
    /// Whether there is an outcome to be taken.
    var isDone: Bool { get }
    /// Nil while the disk is busy; else what came of it, once.
    func outcome() -> JournalSyncOutcome?
    /// The same, when the disk is done.
    func awaitOutcome() -> JournalSyncOutcome
}

struct JournalSyncOutcome: Sendable {
    /// How long the disk took.
    private(set) var duration = Duration.zero
    private(set) var error: SystemError?

    /// Writes what is still to be written of `bytes`, those from `start` on, and waits for the disk.
    init(of bytes: [UInt8], from start: Int, in file: CInt, _ files: any FileSystem) {
        do throws(SystemError) {
            if start < bytes.count { try files.write(bytes, from: start, to: file) }
            let before = MonotonicClock.now()
            try files.sync(file)
            duration = MonotonicClock.now() - before
        } catch {
            self.error = error
        }
    }
}

/// The thread that writes and waits for the disk, fdatasync(2) by fdatasync, while the intake thread takes in what comes next.
final class JournalSyncThread: JournalSync, Sendable {
    private struct State {
        /// What is to be done; nil once the thread has taken it.
        var task: Task?
        var outcome: JournalSyncOutcome?
    }

    private enum Task {
        case sync(CInt, [UInt8], from: Int)
        case stop
    }

    private let state = Monitor(State())
    private let files: any FileSystem
    private let waker: Waker
    private let channel: WorkerChannel

    /// - Parameter waker: woken when there is an outcome.
    init(files: any FileSystem, waker: Waker, channel: WorkerChannel) {
        self.files = files
        self.waker = waker
        self.channel = channel
    }

    // MARK: The intake thread's side

    func begin(_ file: CInt, _ bytes: [UInt8], from start: Int) { state.update { $0.task = .sync(file, bytes, from: start) } }

    var isDone: Bool { state.read { $0.outcome != nil } }

    func outcome() -> JournalSyncOutcome? { state.wait(atMost: .zero, until: Self.takeOutcome) }

    func awaitOutcome() -> JournalSyncOutcome {
        while true {
            if let outcome = state.wait(atMost: .seconds(60), until: Self.takeOutcome) { return outcome }
        }
    }

    private static func takeOutcome(_ state: inout State) -> JournalSyncOutcome? { state.outcome.take() }

    /// Once nothing is under way, and nothing will be.
    func stop() { state.update { $0.task = .stop } }

    // MARK: The thread

    func run() {
        while true {
            channel.step()
            switch state.wait(atMost: .seconds(1), until: { $0.task.take() }) {
            case .sync(let file, let bytes, let start): sync(file, bytes, from: start)
            case .stop: return
            case nil: continue
            }
            waker.wake()
        }
    }

    private func sync(_ file: CInt, _ bytes: consuming [UInt8], from start: Int) {
        let outcome = JournalSyncOutcome(of: bytes, from: start, in: file, files)
        // Whoever gets the outcome uses the storage again, and must have it alone by then.
        bytes = []
        state.update { $0.outcome = outcome }
    }
}
