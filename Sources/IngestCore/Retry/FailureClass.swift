/// What a failed delivery calls for. Every error of a backend answers in one of these.
package enum FailureClass: Equatable, Sendable {
    /// Unreachable for now: refused, timed out, reset, 5xx, slowed down, shutting down. The breaker opens.
    /// `after` is the backend's own wish (`Retry-After`).
    case retry(after: Duration?)
    /// Someone must act: credentials, a missing bucket or table, no permission. Everything is kept, probing goes on slowly.
    case operatorNeeded
    /// This one picture is refused for its own sake.
    case picture

    /// The `class` label of `backend_retries_total`.
    package var label: String {
        switch self {
        case .retry: "retry"
        case .operatorNeeded: "operator"
        case .picture: "picture"
        }
    }
}
