/// Captures that nothing comes for, and the clock they are measured by.
extension Assembler {
    /// A connection to the broker began: what it had not heard acknowledged comes again now.
    /// - Parameter isResumed: the broker kept the session, and with it the packet identifiers of what it sends again.
    package mutating func connectionBegan(isResumed: Bool = false, now: Instant) {
        redeliveries = isResumed ? limits.receiveMaximum : 0
        clock.resume(at: now)
        connection += 1
        connectionBegan = clock.ticks(at: now)
    }

    /// The connection is gone: no capture grows old meanwhile.
    package mutating func paused(now: Instant) { clock.pause(at: now) }

    /// Goes on after `paused`, without a new connection.
    package mutating func resumed(now: Instant) { clock.resume(at: now) }

    /// When `expire` has something to do; nil while the clock stands or nothing is open.
    package var nextDeadline: Instant? {
        var earliest: Int64?
        for kind in CaptureList.Kind.allCases {
            guard let capture = captures.oldest(kind) else { continue }
            earliest = min(earliest ?? .max, captures[capture].touched + timeout(of: kind))
        }
        guard let earliest else { return nil }
        return clock.instant(of: earliest)
    }

    /// Gives up what has been idle too long. Not between `stage` and `accept`: then it does nothing.
    package mutating func expire(now: Instant) {
        guard staging == nil, !clock.isPaused else { return }
        moved.removeAll(keepingCapacity: true)
        rewritten.removeAll(keepingCapacity: true)
        let ticks = clock.ticks(at: now)
        for kind in CaptureList.Kind.allCases {
            while let capture = captures.oldest(kind), captures[capture].touched + timeout(of: kind) <= ticks {
                if kind == .waiting { ownAfterSilence(capture, now: now) } else { abandon(capture, .timeout, now: now) }
            }
        }
    }

    private func timeout(of kind: CaptureList.Kind) -> Int64 {
        switch kind {
        case .sessions: ConnectedClock.nanoseconds(limits.sessionTimeout)
        case .named, .echoes: ConnectedClock.nanoseconds(limits.staleAfter)
        case .waiting: silence
        }
    }
}
