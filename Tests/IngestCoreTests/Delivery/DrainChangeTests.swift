import TestFiles
import Testing

@testable import IngestCore

@Suite("Other drain settings while pictures are on their way")
struct DrainChangeTests {
    private let now = Instant(sinceBoot: .seconds(1000))

    @Test("hold from now on, and end every pause")
    func adopted() throws {
        var random = SplitMix(seed: 3)
        var drain = Configuration.Drain()
        drain.backoffInitial = .seconds(1800)
        drain.backoffMax = .seconds(3600)
        var machine = DeliveryStateMachine(limits: DeliveryStateMachine.Limits(), backoff: Backoff(drain))
        let first = try #require(attempt(machine.objects.permission(now: now)))
        machine.objects.record(.operatorNeeded, of: first, now: now, using: &random)
        #expect(!machine.objects.wouldPermit(now: now + .seconds(600)))

        drain.backoffInitial = .seconds(1)
        drain.backoffMax = .seconds(2)
        drain.concurrency = 2
        drain.maxAttempts = 3
        drain.maxRate = 1000
        machine.adopt(drain, now: now + .seconds(1))
        #expect(machine.limits.backlogUploads == 2 && machine.limits.attempts == 3 && machine.limits.backlogRate == 1000)
        let second = try #require(attempt(machine.objects.permission(now: now + .seconds(1))), "tried at once")
        machine.objects.record(.operatorNeeded, of: second, now: now + .seconds(1), using: &random)
        #expect(machine.objects.wouldPermit(now: now + .seconds(3)), "the new pause is in force")
    }

    private func attempt(_ permission: CircuitBreaker.Permission) -> CircuitBreaker.Attempt? {
        switch permission {
        case .go(let attempt), .probe(let attempt): attempt
        case .wait, .waitForProbe: nil
        }
    }

    @Test("narrow what runs at once, and widen it step by step")
    func pace() {
        var pace = Pace(ceiling: 4)
        for _ in 0..<20 { pace.succeeded() }
        #expect(pace.width == 4)
        pace.adopt(ceiling: 2)
        #expect(pace.width == 2)
        pace.adopt(ceiling: 8)
        #expect(pace.width == 2)
        for _ in 0..<40 { pace.succeeded() }
        #expect(pace.width == 8)
    }
}
