import IngestCore
import Testing

@Suite("Messages that the broker dropped")
struct BrokerDropsTests {
    private let start = Instant(sinceBoot: .seconds(1))

    private func take(_ drops: inout BrokerDrops, _ text: String, after seconds: Int = 0) -> Int? {
        let bytes = Array(text.utf8)
        return drops.take(bytes.span, now: start + .seconds(seconds))
    }

    @Test("are no concern as they were when the gateway first heard of them, and one for ten minutes after each rise")
    func rises() {
        var drops = BrokerDrops()
        #expect(take(&drops, "4711") == nil && drops.count == 4711 && drops.concern(now: start) == nil)
        #expect(take(&drops, "4711", after: 10) == nil)
        #expect(take(&drops, "4714", after: 20) == 3)
        #expect(take(&drops, "4716", after: 500) == 2)
        #expect(drops.concern(now: start + .seconds(500)) == 5)
        #expect(drops.concern(now: start + .seconds(1099)) == 5 && drops.concern(now: start + .seconds(1100)) == nil)
        #expect(take(&drops, "4717", after: 2000) == 1 && drops.concern(now: start + .seconds(2000)) == 1)
    }

    @Test("count anew with a broker that began anew, and on from what was known before a restart of the gateway")
    func restarts() {
        var drops = BrokerDrops(baseline: 10)
        #expect(drops.count == nil)
        #expect(take(&drops, "12") == 2)
        #expect(take(&drops, "0", after: 1) == nil && take(&drops, "4", after: 2) == 4)
        #expect(take(&drops, "1", after: 3) == 1)
    }

    @Test("are not made of anything but a number", arguments: ["", " 1", "-1", "1.5", "x", "1000000000000000", "٣"])
    func noise(text: String) {
        var drops = BrokerDrops(baseline: 0)
        #expect(take(&drops, text) == nil && drops.count == nil && drops.concern(now: start) == nil)
    }
}
