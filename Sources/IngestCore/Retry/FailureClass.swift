/// What a failed delivery calls for. Every error of a backend answers in one of these.
package enum FailureClass: Equatable, Sendable {
    /// Unreachable for now: refused, timed out, reset, 5xx, slowed down, shutting down. The breaker opens.
    /// `after` is the backend's own wish (`Retry-After`).
    case retry(after: Duration?)
    /// Someone must act: credentials, a missing bucket or table, no permission. Everything is kept, probing goes on slowly.
    case operatorNeeded
    /// No right to put this one where it belongs: none for that place alone, or none for any. Someone must act, and nothing is held against
    /// the picture.
    case denied
    /// The store refuses what it was given: for this one picture's own sake, as long as it takes others.
    case picture
    /// This one picture cannot be read or sent from here. No store has seen it.
    case unsendable

    /// Whether it may pass by itself.
    package var passes: Bool { if case .retry = self { true } else { false } }

    /// The `class` label of `backend_retries_total`.
    package var label: String {
        switch self {
        case .retry: "retry"
        case .operatorNeeded, .denied: "operator"
        case .picture, .unsendable: "picture"
        }
    }
}
