import Glibc

/// State that several threads share: one mutex around it, and for each thread that waits a condition of its own, timed on the monotonic
/// clock. An update wakes those that it brought something, and nobody else: on a box with two cores, a thread that wakes in vain delays
/// the one that has work.
///
/// The one synchronisation primitive of the program. `@unchecked Sendable`: `state` and `waiters` are touched only under the mutex.
@safe package final class Monitor<State>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var state: State
    private var waiters: [Waiter] = []
    /// Kept for the next wait.
    private var idle: [Waiter] = []

    package init(_ state: State) {
        self.state = state
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the state to itself, then wakes who waited for what it brought.
    package func update<R, E: Error>(_ body: (inout State) throws(E) -> R) throws(E) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
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
    ///
    /// `body` also runs on the updating thread, while this one sleeps: the answer is there before anybody is woken. So it is `@Sendable`,
    /// and what it answers crosses threads.
    package func wait<R: Sendable>(atMost timeout: Duration, until body: @Sendable (inout State) -> R?) -> R? {
        let deadline = Self.deadline(timeout)
        unsafe pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        if let answer = body(&state) { return answer }
        // Written under the mutex alone, by whichever thread finds the answer.
        nonisolated(unsafe) var answer: R?
        let isDue = sleep(until: deadline) { state in
            unsafe answer = body(&state)
            return unsafe answer != nil
        }
        return unsafe isDue ? answer : body(&state)
    }

    /// The same for who takes more the later it looks: an update that makes it due wakes it, and what it takes is what there is when it
    /// is awake.
    /// - Parameters:
    ///   - isDue: whether `body` would answer; true may be wrong, false must not be. Also runs on the updating thread.
    ///   - body: runs on this thread alone.
    package func wait<R>(atMost timeout: Duration, when isDue: @Sendable (borrowing State) -> Bool, until body: (inout State) -> R?) -> R? {
        let deadline = Self.deadline(timeout)
        unsafe pthread_mutex_lock(mutex)
        defer { unlockAndWake() }
        while true {
            if let answer = body(&state) { return answer }
            guard sleep(until: deadline, isDue: { isDue($0) }) else { return body(&state) }
        }
    }

    // MARK: Under the mutex

    /// - Returns: false when the deadline has passed first.
    private func sleep(until deadline: timespec, isDue: @Sendable (inout State) -> Bool) -> Bool {
        let waiter = idle.popLast() ?? Waiter()
        waiters.append(waiter)
        // What this one changed while it looked may be another's.
        wake(takeDue())
        return withoutActuallyEscaping(isDue) { isDue in
            waiter.isDue = { isDue(&self.state) }
            defer {
                waiter.isDue = nil
                waiters.removeAll { $0 === waiter }
                idle.append(waiter)
            }
            var deadline = deadline
            while waiter.isDue != nil {
                guard unsafe pthread_cond_timedwait(waiter.condition, mutex, &deadline) == 0 else { break }
            }
            return waiter.isDue == nil
        }
    }

    /// Those for whom there is something now. Looking may change the state, so the others are asked again.
    private func takeDue() -> [Waiter] {
        var due: [Waiter] = []
        var before = -1
        while due.count != before {
            before = due.count
            for waiter in waiters where waiter.isDue?() == true {
                waiter.isDue = nil
                due.append(waiter)
            }
        }
        return due
    }

    /// Woken without the mutex, for they need it.
    private func unlockAndWake() {
        let due = waiters.isEmpty ? [] : takeDue()
        unsafe pthread_mutex_unlock(mutex)
        wake(due)
    }

    private func wake(_ due: [Waiter]) { for waiter in due { unsafe pthread_cond_signal(waiter.condition) } }

    private static func deadline(_ timeout: Duration) -> timespec {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let pause = max(timeout, .zero).components
        deadline.tv_sec += Int(min(pause.seconds, 1_000_000_000))
        deadline.tv_nsec += Int(pause.attoseconds / 1_000_000_000)
        if deadline.tv_nsec >= 1_000_000_000 {
            deadline.tv_sec += 1
            deadline.tv_nsec -= 1_000_000_000
        }
        return deadline
    }
}

/// A thread that sleeps, and what for. Knows no type of state: what is generic here is slow.
@safe private final class Waiter {
    let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Whether there is something for it; nil once it was found that there is. Asked under the mutex, by any thread.
    var isDue: (@Sendable () -> Bool)?

    init() {
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe condition.initialize(to: pthread_cond_t())
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe condition.deallocate()
    }
}
