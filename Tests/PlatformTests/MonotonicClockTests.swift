import Foundation
import Platform
import Testing

@Suite("The monotonic clock")
struct MonotonicClockTests {
    @Test("never goes back")
    func forward() {
        var last = MonotonicClock.now()
        for _ in 0..<10_000 {
            let now = MonotonicClock.now()
            #expect(now >= last)
            last = now
        }
    }

    @Test("counts from the boot, as /proc/uptime does")
    func boot() throws {
        let text = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
        let uptime = try #require(Double(text.split(separator: " ")[0]))
        let difference = MonotonicClock.now() - .seconds(uptime)
        #expect(difference > .seconds(-1) && difference < .seconds(10))
    }

    @Test("tells civil time in milliseconds")
    func wall() {
        let before = Date().timeIntervalSince1970
        let wall = Double(MonotonicClock.wallMilliseconds()) / 1000
        #expect(wall >= before - 0.002 && wall <= Date().timeIntervalSince1970 + 0.002)
    }
}
