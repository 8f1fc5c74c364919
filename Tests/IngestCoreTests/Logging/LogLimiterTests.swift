import Testing

@testable import IngestCore

@Suite("A log limiter")
struct LogLimiterTests {
    private let start = Instant(sinceBoot: .seconds(1000))

    @Test("lets one line a key through an interval, and tells how many it kept back")
    func limits() {
        var limiter = LogLimiter<String>(interval: .seconds(10))
        #expect(limiter.decide("a", now: start) == .write(suppressed: 0))
        #expect(limiter.decide("b", now: start) == .write(suppressed: 0))
        for _ in 1...5 { #expect(limiter.decide("a", now: start + .seconds(9)) == .suppress) }
        #expect(limiter.decide("a", now: start + .seconds(10)) == .write(suppressed: 5))
        #expect(limiter.decide("a", now: start + .seconds(20)) == .write(suppressed: 0))
    }

    @Test("lets a burst through where one is allowed, and then as many again an interval later")
    func burst() {
        var limiter = LogLimiter<String>(interval: .seconds(10), burst: 3)
        let decisions = (0..<5).map { _ in limiter.decide("a", now: start) }
        #expect(decisions == [.write(suppressed: 0), .write(suppressed: 0), .write(suppressed: 0), .suppress, .suppress])
        #expect(limiter.decide("a", now: start + .seconds(10)) == .write(suppressed: 2))
        #expect(limiter.decide("a", now: start + .seconds(10)) == .write(suppressed: 0))
    }

    @Test("tells of the last of a burst too")
    func silence() {
        var limiter = LogLimiter<String>(interval: .seconds(10))
        for _ in 1...4 { _ = limiter.decide("a", now: start) }
        #expect(limiter.takeSuppressed(now: start + .seconds(9)).isEmpty)
        let told = limiter.takeSuppressed(now: start + .seconds(10))
        #expect(told.map(\.key) == ["a"] && told.map(\.count) == [3])
        #expect(limiter.takeSuppressed(now: start + .seconds(10)).isEmpty)
    }

    @Test("does not grow under a flood of keys, and treats those beyond its table as one")
    func bounded() {
        var limiter = LogLimiter<Int>(interval: .seconds(10), capacity: 3)
        var written = 0
        for key in 0..<1000 where limiter.decide(key, now: start) != .suppress { written += 1 }
        #expect(written == 4)
        #expect(limiter.decide(5000, now: start + .seconds(10)) == .write(suppressed: 0))
        #expect(limiter.decide(0, now: start + .seconds(10)) == .write(suppressed: 0))
    }
}
