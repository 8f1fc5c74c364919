import TestFiles
import Testing

@testable import IngestCore

@Suite("A circuit breaker")
struct CircuitBreakerTests {
    private let start = Instant(sinceBoot: .seconds(1000))
    private var random = SplitMix(seed: 1)
    private var breaker = CircuitBreaker(backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))

    @Test("lets everything through while the backend answers")
    mutating func closed() throws {
        for _ in 1...3 {
            let attempt = try begun()
            breaker.record(nil, of: attempt, now: start, using: &random)
        }
        #expect(breaker.condition == .working && breaker.heldUntil == nil && breaker.wouldPermit(now: start))
    }

    @Test("holds back until the pause is over, then lets one probe through and nobody beside it")
    mutating func probe() throws {
        breaker.record(.retry(after: nil), of: try begun(), now: start, using: &random)
        let until = try #require(breaker.heldUntil)
        #expect(until > start && until <= start + .seconds(1))
        #expect(breaker.permission(now: start) == .wait(until: until))
        #expect(!breaker.wouldPermit(now: start) && breaker.wouldPermit(now: until))
        let probe = try probed(at: until)
        #expect(breaker.permission(now: until + .seconds(1000)) == .waitForProbe)
        #expect(!breaker.wouldPermit(now: until + .seconds(1000)))
        #expect(breaker.heldUntil == nil)
        breaker.record(nil, of: probe, now: until, using: &random)
        #expect(breaker.condition == .working)
        _ = try begun(at: until)
    }

    @Test("takes four uploads that fail together for one failure")
    mutating func together() throws {
        var attempts: [CircuitBreaker.Attempt] = []
        for _ in 1...4 { attempts.append(try begun()) }
        for attempt in attempts { breaker.record(.retry(after: nil), of: attempt, now: start, using: &random) }
        #expect(try #require(breaker.heldUntil) <= start + .seconds(1))
    }

    @Test("is moved by no outcome of an attempt from before it opened, neither while open nor during the probe")
    mutating func late() throws {
        var attempts: [CircuitBreaker.Attempt] = []
        for _ in 1...5 { attempts.append(try begun()) }
        breaker.record(.retry(after: .seconds(5)), of: attempts[0], now: start, using: &random)
        let until = start + .seconds(5)
        breaker.record(nil, of: attempts[1], now: start, using: &random)
        breaker.record(.operatorNeeded, of: attempts[2], now: start, using: &random)
        #expect(breaker.heldUntil == until)
        let probe = try probed(at: until)
        breaker.record(nil, of: attempts[3], now: until, using: &random)
        breaker.record(.retry(after: nil), of: attempts[4], now: until, using: &random)
        #expect(breaker.permission(now: until) == .waitForProbe)
        #expect(breaker.condition == .unreachable(since: start))
        breaker.record(nil, of: probe, now: until, using: &random)
        #expect(breaker.condition == .working)
        // Nor by one from before it closed again.
        breaker.record(.retry(after: nil), of: probe, now: until, using: &random)
        #expect(breaker.condition == .working)
    }

    @Test("waits as long as the backend asks, however long or short its own pause, up to an hour")
    mutating func wish() throws {
        for (asked, given) in [
            (Duration.seconds(600), Duration.seconds(600)), (.seconds(86_400), .seconds(3600)), (.zero, .milliseconds(100)),
        ] {
            var breaker = breaker
            breaker.record(.retry(after: asked), of: try begun(), now: start, using: &random)
            #expect(breaker.heldUntil == start + given)
        }
    }

    @Test("probes slowly where a person must act, and says so")
    mutating func operatorNeeded() throws {
        breaker.record(.operatorNeeded, of: try begun(), now: start, using: &random)
        var now = start
        for _ in 1...5 {
            #expect(breaker.condition == .operatorNeeded(since: start))
            let until = try #require(breaker.heldUntil)
            #expect(until >= now + .seconds(30) && until <= now + .seconds(60))
            now = until
            breaker.record(.operatorNeeded, of: try probed(at: now), now: now, using: &random)
        }
        // Another kind of failure changes what is said, not since when.
        let until = try #require(breaker.heldUntil)
        breaker.record(.retry(after: nil), of: try probed(at: until), now: until, using: &random)
        #expect(breaker.condition == .unreachable(since: start))
    }

    @Test("takes the refusal of one picture for a sign of life")
    mutating func picture() throws {
        breaker.record(.picture, of: try begun(), now: start, using: &random)
        #expect(breaker.condition == .working)
        breaker.record(.retry(after: nil), of: try begun(), now: start, using: &random)
        let until = try #require(breaker.heldUntil)
        breaker.record(.picture, of: try probed(at: until), now: until, using: &random)
        #expect(breaker.condition == .working && breaker.heldUntil == nil)
    }

    @Test("takes three refusals in a row, and none taken since, for the backend's own, until one is taken")
    mutating func refusesAll() throws {
        for _ in 0..<2 { breaker.record(.picture, of: try begun(), now: start, using: &random) }
        breaker.record(nil, of: try begun(), now: start, using: &random)
        for _ in 0..<2 { breaker.record(.picture, of: try begun(), now: start, using: &random) }
        #expect(breaker.condition == .working && !breaker.refusesAll)
        breaker.record(.picture, of: try begun(), now: start, using: &random)
        #expect(breaker.refusesAll && breaker.condition == .operatorNeeded(since: start))
        var now = start
        var pauses: [Duration] = []
        for _ in 0..<8 {
            let until = try #require(breaker.heldUntil)
            pauses.append(until - now)
            now = until
            breaker.record(.picture, of: try probed(at: now), now: now, using: &random)
            #expect(breaker.refusesAll && breaker.condition == .operatorNeeded(since: start))
        }
        #expect(pauses[0] <= .seconds(1) && pauses.max()! <= .seconds(60) && pauses.max()! > .seconds(2))
        let until = try #require(breaker.heldUntil)
        breaker.record(nil, of: try probed(at: until), now: until, using: &random)
        #expect(!breaker.refusesAll && breaker.condition == .working && breaker.heldUntil == nil)
    }

    @Test("counts all that one attempt had refused, and hears that one was taken after all")
    mutating func refusesMany() throws {
        let late = try begun()
        breaker.record(.picture, count: 40, of: try begun(), now: start, using: &random)
        #expect(breaker.refusesAll)
        breaker.record(.picture, of: late, now: start, using: &random)
        #expect(breaker.refusesAll)
        breaker.record(nil, of: late, now: start, using: &random)
        #expect(!breaker.refusesAll)
        let probe = try probed(at: start)
        breaker.record(.picture, of: probe, now: start, using: &random)
        #expect(breaker.condition == .working && !breaker.refusesAll)
    }

    @Test("learns nothing from a picture that cannot be sent")
    mutating func unsendable() throws {
        for _ in 0..<9 { breaker.record(.unsendable, of: try begun(), now: start, using: &random) }
        #expect(breaker.condition == .working && !breaker.refusesAll)
        breaker.record(.retry(after: nil), of: try begun(), now: start, using: &random)
        let until = try #require(breaker.heldUntil)
        breaker.record(.unsendable, of: try probed(at: until), now: until, using: &random)
        #expect(breaker.condition == .unreachable(since: start))
        _ = try probed(at: until)
    }

    @Test("begins again with the shortest pauses after a success")
    mutating func forgets() throws {
        var now = start
        breaker.record(.retry(after: nil), of: try begun(), now: now, using: &random)
        for _ in 1...9 {
            now = try #require(breaker.heldUntil)
            breaker.record(.retry(after: nil), of: try probed(at: now), now: now, using: &random)
        }
        now = try #require(breaker.heldUntil)
        breaker.record(nil, of: try probed(at: now), now: now, using: &random)
        breaker.record(.retry(after: nil), of: try begun(at: now), now: now, using: &random)
        #expect(try #require(breaker.heldUntil) <= now + .seconds(1))
    }

    @Test("lets the next probe go at once when one was withdrawn, and is unmoved when another attempt is")
    mutating func withdrawn() throws {
        let early = try begun()
        breaker.record(.retry(after: nil), of: try begun(), now: start, using: &random)
        let until = try #require(breaker.heldUntil)
        breaker.withdraw(early, now: start)
        #expect(breaker.heldUntil == until)
        let first = try probed(at: until)
        breaker.withdraw(first, now: until)
        let second = try probed(at: until)
        breaker.record(nil, of: first, now: until, using: &random)
        #expect(breaker.condition == .unreachable(since: start))
        breaker.record(nil, of: second, now: until, using: &random)
        #expect(breaker.condition == .working)
    }

    @Test("ends its pause when told to")
    mutating func tryNow() throws {
        breaker.tryNow(now: start)
        #expect(breaker.heldUntil == nil)
        breaker.record(.operatorNeeded, of: try begun(), now: start, using: &random)
        breaker.tryNow(now: start + .seconds(1))
        _ = try probed(at: start + .seconds(1))
    }

    @Test("keeps to a simple model under random schedules")
    func model() throws {
        for seed in UInt64(1)...300 {
            var random = SplitMix(seed: seed)
            var breaker = CircuitBreaker(backoff: Backoff(initial: .seconds(1), longest: .seconds(60)))
            var now = start
            var underWay: [CircuitBreaker.Attempt] = []  // begun while closed
            var stale: [CircuitBreaker.Attempt] = []
            var probe: CircuitBreaker.Attempt?
            var failures = 0
            var closed = true
            for step in 0..<400 {
                let at = "seed \(seed), step \(step)"
                now = now + .milliseconds(Int.random(in: 0...3000, using: &random))
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5:
                    let held = breaker.heldUntil
                    switch breaker.permission(now: now) {
                    case .go(let attempt):
                        #expect(closed, "\(at)")
                        underWay.append(attempt)
                    case .probe(let attempt):
                        #expect(!closed && probe == nil && held != nil && held! <= now, "\(at)")
                        probe = attempt
                    case .wait(let until):
                        #expect(!closed && probe == nil && until > now && until == held, "\(at)")
                    case .waitForProbe:
                        #expect(probe != nil, "\(at)")
                    }
                case 5..<8:
                    // The outcome of something begun in this period.
                    let fails = Int.random(in: 0..<3, using: &random) == 0
                    let failure: FailureClass? = fails ? (Bool.random(using: &random) ? .retry(after: nil) : .operatorNeeded) : nil
                    if let decisive = probe {
                        breaker.record(failure, of: decisive, now: now, using: &random)
                        stale.append(decisive)
                        probe = nil
                        closed = failure == nil
                    } else if closed, let attempt = underWay.popLast() {
                        breaker.record(failure, of: attempt, now: now, using: &random)
                        if failure != nil {
                            closed = false
                            stale += underWay
                            underWay = []
                        }
                    } else {
                        continue
                    }
                    failures = failure == nil ? (closed ? 0 : failures) : failures + 1
                    guard failure != nil else { continue }
                    let pause = try #require(breaker.heldUntil, "\(at)") - now
                    let bounds =
                        failure == .operatorNeeded
                        ? Duration.seconds(30)...(.seconds(60)) : .milliseconds(100)...(.seconds(min(60, 1 << min(failures - 1, 6))))
                    #expect(bounds.contains(pause), "\(at): \(pause) after \(failures)")
                default:
                    guard let old = stale.randomElement(using: &random) else { continue }
                    let before = (breaker.heldUntil, breaker.condition)
                    breaker.record(Bool.random(using: &random) ? nil : .retry(after: nil), of: old, now: now, using: &random)
                    #expect(before == (breaker.heldUntil, breaker.condition), "\(at)")
                }
                #expect((breaker.condition == .working) == closed, "\(at)")
            }
        }
    }

    private mutating func begun(at now: Instant? = nil) throws -> CircuitBreaker.Attempt {
        let permission = breaker.permission(now: now ?? start)
        guard case .go(let attempt) = permission else { throw Unexpected(permission: permission) }
        return attempt
    }

    private mutating func probed(at now: Instant) throws -> CircuitBreaker.Attempt {
        let permission = breaker.permission(now: now)
        guard case .probe(let attempt) = permission else { throw Unexpected(permission: permission) }
        return attempt
    }

    private struct Unexpected: Error { let permission: CircuitBreaker.Permission }
}
