/// How long to leave a failing backend alone.
///
/// The ceiling doubles with every failure in a row, and the pause is drawn evenly from below it ("full jitter", Marc Brooker, "Exponential
/// Backoff and Jitter", AWS Architecture Blog, 2015), so that gateways cut off together do not come back together.
package struct Backoff: Equatable, Sendable {
    package let initial: Duration
    package let longest: Duration

    /// A longest pause below the initial one counts as the initial one.
    package init(initial: Duration, longest: Duration) {
        self.initial = max(initial, .milliseconds(1))
        self.longest = max(longest, self.initial)
    }

    package init(_ drain: Configuration.Drain) { self.init(initial: drain.backoffInitial, longest: drain.backoffMax) }

    /// No pause is shorter, or an unlucky draw, or a server that asks for none, would have us hammer on it.
    package var shortest: Duration { initial / 10 }

    /// The highest pause after `failures` failures in a row: `initial`, twice that, four times ... `longest`.
    package func ceiling(afterFailures failures: Int) -> Duration {
        var ceiling = initial
        var left = failures - 1
        while left > 0 && ceiling < longest {
            ceiling = ceiling * 2
            left -= 1
        }
        return min(ceiling, longest)
    }

    /// A pause after `failures` failures in a row, evenly from `shortest` to the ceiling.
    package func pause(afterFailures failures: Int, using random: inout some RandomNumberGenerator) -> Duration {
        draw(from: shortest, to: ceiling(afterFailures: failures), using: &random)
    }

    /// A pause at the slowest pace, for what only a person can mend: from half of `longest` to all of it.
    package func slowPause(using random: inout some RandomNumberGenerator) -> Duration {
        draw(from: longest / 2, to: longest, using: &random)
    }

    private func draw(from low: Duration, to high: Duration, using random: inout some RandomNumberGenerator) -> Duration {
        low + (high - low) * Double.random(in: 0...1, using: &random)
    }
}
