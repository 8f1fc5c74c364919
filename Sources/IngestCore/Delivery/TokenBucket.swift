/// Keeps what is sent below a number of bytes a second, on average over any span longer than one picture takes.
///
/// A picture may begin when those before it are paid for, and is paid for while it goes: the generic cell rate algorithm (ITU-T I.371,
/// annex A) without tolerance. So nothing is cut into pieces, and no hour of silence buys a flood.
package struct TokenBucket: Equatable, Sendable {
    /// Bytes a second.
    package let rate: Int
    /// When all that was sent is paid for.
    package private(set) var readyAt = Instant(sinceBoot: .zero)

    package init(rate: Int) { self.rate = max(1, rate) }

    package func isReady(now: Instant) -> Bool { readyAt <= now }

    /// Takes note that `bytes` are being sent.
    package mutating func take(_ bytes: Int, now: Instant) {
        let (seconds, rest) = max(0, bytes).quotientAndRemainder(dividingBy: rate)
        let share = rest.multipliedFullWidth(by: 1_000_000_000)
        let nanoseconds = rate.dividingFullWidth(share).quotient
        readyAt = max(readyAt, now) + .seconds(seconds) + .nanoseconds(nanoseconds)
    }
}
