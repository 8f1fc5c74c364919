import Glibc

/// State that several threads share: one mutex around it, one condition to wait on, timed on the monotonic clock.
///
/// The one synchronisation primitive of the program. `@unchecked Sendable`: `state` is touched only under the mutex.
@safe package final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: State) {
        self.state = state
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the state to itself, then wakes all who wait.
    package func update<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer {
            unsafe pthread_cond_broadcast(condition)
            unsafe pthread_mutex_unlock(mutex)
        }
        return try body(&state)
    }

    /// Runs `body` with the state to itself and wakes nobody.
    package func read<R, E: Error>(_ body: (borrowing State) throws(E) -> R) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(state)
    }

    /// As `read`, but nil where somebody has the state at the moment. For who must not wait, not even for a thread that is stuck with it.
    package func readIfFree<R>(_ body: (borrowing State) -> R) -> R? {
        guard unsafe pthread_mutex_trylock(mutex) == 0 else { return nil }
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(state)
    }

    /// Waits until `body` answers, looking again after every `update`; nil when `timeout` is over first.
    package func wait<R>(atMost timeout: Duration, until body: (inout State) -> R?) -> R? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let pause = max(timeout, .zero).components
        deadline.tv_sec += Int(min(pause.seconds, 1_000_000_000))
        deadline.tv_nsec += Int(pause.attoseconds / 1_000_000_000)
        if deadline.tv_nsec >= 1_000_000_000 {
            deadline.tv_sec += 1
            deadline.tv_nsec -= 1_000_000_000
        }
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let answer = body(&state) { return answer }
            guard unsafe pthread_cond_timedwait(condition, mutex, &deadline) == 0 else { return body(&state) }
        }
    }
}
