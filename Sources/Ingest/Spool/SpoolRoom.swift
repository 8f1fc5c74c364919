import IngestCore
import Platform

/// Whether pictures can be written into the spool now, and when to look again.
struct SpoolRoom {
    enum Condition: Equatable {
        case good
        /// No room for a picture of `needed` bytes.
        case full(String)
        /// The disk refuses.
        case broken(String)
    }

    var limits: SpoolLimits
    private(set) var condition = Condition.broken("it was not looked at yet")
    /// In bytes: what must fit before pictures are taken again.
    private(set) var needed = 1 << 16
    /// A picture was given up for want of room, by `when_full`, and there is still none.
    var isDropping = false
    private(set) var retryAt = Instant.current
    private var failures = 0

    init(_ limits: SpoolLimits) { self.limits = limits }

    var isOpen: Bool { condition == .good }
    var isBroken: Bool { if case .broken = condition { true } else { false } }

    /// Why pictures cannot be written, for people.
    var complaint: String? {
        switch condition {
        case .good: nil
        case .full(let reason), .broken(let reason): reason
        }
    }

    mutating func opened() {
        condition = .good
        failures = 0
    }

    mutating func isFull(_ reason: String, adding size: Int) {
        condition = .full(reason)
        needed = max(size, 1 << 16)
        retryAt = .current + .seconds(1)
    }

    /// The disk refused. It is tried again after 1, 2, 4 and then every 5 seconds: often enough to be back soon, too seldom to wear it.
    mutating func failed(_ error: SpoolError, adding size: Int) {
        failures += 1
        condition = .broken(error.advice)
        needed = max(size, 1 << 16)
        retryAt = .current + min(.seconds(1 << min(failures - 1, 3)), .seconds(5))
    }
}
