import Platform

/// An answer that another thread will give. The server goes on with other requests meanwhile, and answers for it when it is late.
package final class DeferredAnswer: Sendable {
    private struct State {
        var response: HTTPResponse?
        var waker: Waker?
    }

    /// On the monotonic clock.
    let deadline: Duration
    private let late: HTTPResponse
    private let state = Monitor(State())

    /// - Parameter late: sent when `give` was not called for so long.
    package init(within patience: Duration, late: HTTPResponse) {
        deadline = MonotonicClock.now() + patience
        self.late = late
    }

    /// From any thread. The first answer counts.
    package func give(_ response: HTTPResponse) {
        state.update { state in
            if state.response == nil { state.response = response }
            state.waker?.wake()
        }
    }

    /// The answer, or the late one when it is due; nil while there is none. `waker` is woken when there is.
    func poll(now: Duration, waker: Waker) -> HTTPResponse? {
        state.update { state in
            state.waker = waker
            if state.response == nil && now >= deadline { state.response = late }
            return state.response
        }
    }
}
