import IngestCore

/// What the other threads have for the spool's. Bounded: by what delivery holds, and by `mostRefused`.
struct SpoolInbox: Sendable {
    /// Refused payloads waiting to be written down. More are let go: they are kept for people to look at, not for ever.
    static let mostRefused = 32
    static let mostRefusedBytes = 1 << 20

    /// Pictures of the backlog that need no delivery any more.
    var delivered: [Delivery.End] = []
    private(set) var refused: [RefusedPayload] = []
    private var refusedBytes = 0

    var isEmpty: Bool { delivered.isEmpty && refused.isEmpty }

    mutating func keep(_ payload: RefusedPayload) {
        guard refused.count < Self.mostRefused, refusedBytes + payload.bytes.count <= Self.mostRefusedBytes else { return }
        refusedBytes += payload.bytes.count
        refused.append(payload)
    }
}
