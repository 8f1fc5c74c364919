/// Whether pictures can be written into the spool now, and when to look again.
///
/// ```
///                  no room            a picture could not be written
///        good ─────────────► full ◄──────────────┬───────────────► broken
///          ▲                   │ there is room   │                    │ a rehearsal went well
///          └───────────────────┴── on trial ◄────┴────────────────────┘
///                                     │ a picture was written, or none waits
///                                     └──────► good, and no complaint
/// ```
/// What failed is on trial when it looks well again: pictures may be tried, and people are told of the trouble until one was written.
package struct SpoolRoom: Sendable {
    package enum Condition: Equatable, Sendable {
        case good
        /// No room for a picture of `needed` bytes. What is there can be read, delivered and removed.
        case full(String)
        /// The disk refuses.
        case broken(String)
    }

    package var limits: SpoolLimits
    package private(set) var condition = Condition.broken("it was not looked at yet")
    /// In bytes: what must fit before pictures are taken again.
    package private(set) var needed = 1 << 16
    /// A picture was given up for want of room, by `when_full`, and there is still none.
    package var isDropping = false
    package private(set) var retryAt: Instant
    private var failures = 0
    /// What went wrong when a picture was written last.
    private var trial: String?

    package init(_ limits: SpoolLimits, now: Instant) {
        self.limits = limits
        retryAt = now
    }

    package var isOpen: Bool { condition == .good }
    package var isBroken: Bool { if case .broken = condition { true } else { false } }
    /// Something could not be written, and nothing was since.
    package var hasFailed: Bool { trial != nil }

    /// Why pictures cannot be written, for people; also while it is only believed that they can be again.
    package var complaint: String? {
        switch condition {
        case .good: trial
        case .full(let reason), .broken(let reason): reason
        }
    }

    /// A rehearsal went well, and there is room: pictures may be tried.
    package mutating func opened() { condition = .good }

    /// A picture was written; or none waits that could be, and a rehearsal went well.
    package mutating func wrote() {
        trial = nil
        failures = 0
    }

    package mutating func isFull(_ reason: String, adding size: Int, now: Instant) {
        condition = .full(reason)
        needed = max(size, 1 << 16)
        retryAt = now + .seconds(1)
    }

    /// One picture could not be written to its place, though others can be.
    package mutating func refused(_ reason: String) { trial = reason }

    /// The disk refused. It is tried again after 1, 2, 4 and then every 5 seconds: often enough to be back soon, too seldom to wear it.
    package mutating func failed(_ reason: String, isFull: Bool, adding size: Int, now: Instant) {
        failures += 1
        trial = reason
        condition = isFull ? .full(reason) : .broken(reason)
        needed = max(size, 1 << 16)
        retryAt = now + min(.seconds(1 << min(failures - 1, 3)), .seconds(5))
    }
}
