import IngestCore
import Platform
import Synchronization

/// What one worker and the main thread, which looks after all of them, have to tell each other: that it gets on, and a configuration
/// to go on with. Any thread.
final class WorkerChannel: Sendable {
    /// As its thread is named.
    let name: String
    private let count = Atomic<UInt64>(0)
    private let isWaiting = Atomic<Bool>(false)
    private let waiting = Monitor<Configuration?>(nil)

    init(_ name: String) { self.name = name }

    // MARK: The worker's side

    /// Gets on: called each turn of the worker's loop, and in the course of what may take long within one.
    func step() { count.wrappingAdd(1, ordering: .relaxed) }

    /// Gets on, and goes on with a new configuration when there is one.
    func turn(_ adopt: (Configuration) -> Void) {
        step()
        guard isWaiting.load(ordering: .acquiring), let configuration = waiting.read({ $0 }) else { return }
        adopt(configuration)
        waiting.update { newest in
            // A newer one may have come meanwhile.
            guard newest == configuration else { return }
            newest = nil
            isWaiting.store(false, ordering: .releasing)
        }
    }

    // MARK: The main thread's side

    var steps: UInt64 { count.load(ordering: .relaxed) }

    func hand(_ configuration: Configuration) {
        waiting.update { waiting in
            waiting = configuration
            isWaiting.store(true, ordering: .releasing)
        }
    }

    /// - Returns: whether the worker goes by what it was handed.
    func awaitAdoption(until deadline: Instant) -> Bool {
        waiting.wait(atMost: deadline - .current) { $0 == nil ? () : nil } != nil
    }
}
