import Testing

@testable import IngestCore

@Suite("The clock offset")
struct ClockOffsetTests {
    private let truth = Timestamp(milliseconds: 1_795_336_265_000)
    private let start = Instant(sinceBoot: .seconds(100))

    @Test("is unknown at first, and the wall clock believed")
    func unknown() {
        let clock = ClockOffset()
        #expect(clock.offset(wall: truth, now: start) == nil)
        #expect(clock.signingTime(wall: truth, now: start) == truth)
        #expect(!clock.isWallClockWrong(wall: truth, now: start))
    }

    @Test("leaves a wall clock alone that is right to a minute")
    func near() {
        var clock = ClockOffset()
        let wall = Timestamp(milliseconds: truth.milliseconds - 59_000)
        let news1 = clock.learn(server: truth, wall: wall, now: start)
        #expect(!news1)
        #expect(clock.offset(wall: wall, now: start) == .seconds(59))
        #expect(clock.signingTime(wall: wall, now: start) == wall)
    }

    @Test("corrects a wall clock that woke in 1970, and goes on with the monotonic clock")
    func wrong() {
        var clock = ClockOffset()
        let wall = Timestamp(milliseconds: 20_000)
        let news2 = clock.learn(server: truth, wall: wall, now: start)
        #expect(news2)
        #expect(clock.isWallClockWrong(wall: wall, now: start))
        let later = Timestamp(milliseconds: wall.milliseconds + 90_000)
        #expect(clock.signingTime(wall: later, now: start + .seconds(90)) == Timestamp(milliseconds: truth.milliseconds + 90_000))
        // The same thing said again is no news, so nothing is sent again for it.
        let news3 = clock.learn(server: Timestamp(milliseconds: truth.milliseconds + 90_000), wall: later, now: start + .seconds(90))
        #expect(!news3)
    }

    @Test("is not upset by a wall clock that is stepped, to the right time or away from it")
    func stepped() {
        var clock = ClockOffset()
        _ = clock.learn(server: truth, wall: Timestamp(milliseconds: 0), now: start)
        #expect(clock.signingTime(wall: truth, now: start) == truth)
        #expect(!clock.isWallClockWrong(wall: truth, now: start))
        #expect(clock.signingTime(wall: Timestamp(milliseconds: truth.milliseconds + 7_200_000), now: start) == truth)
    }
}
