import Testing

@testable import IngestCore

@Suite("A token bucket")
struct TokenBucketTests {
    private let start = Instant(sinceBoot: .seconds(1000))

    @Test("lets one picture begin at once, and the next when it is paid for")
    func pace() {
        var bucket = TokenBucket(rate: 1000)
        #expect(bucket.isReady(now: start))
        bucket.take(2500, now: start)
        #expect(bucket.readyAt == start + .milliseconds(2500))
        #expect(!bucket.isReady(now: start + .milliseconds(2499)))
        #expect(bucket.isReady(now: start + .milliseconds(2500)))
    }

    @Test("saves nothing up while nothing is sent")
    func noFlood() {
        var bucket = TokenBucket(rate: 1000)
        bucket.take(1000, now: start)
        bucket.take(1000, now: start + .seconds(3600))
        #expect(bucket.readyAt == start + .seconds(3601))
    }

    @Test("keeps the rate on average, whatever the sizes", arguments: [1024, 70_000, 1 << 40])
    func average(rate: Int) {
        var random = Seeded(UInt64(rate))
        var bucket = TokenBucket(rate: rate)
        var now = start
        var sent = 0
        for _ in 0..<1000 {
            let size = Int.random(in: 1...(16 << 20), using: &random)
            bucket.take(size, now: now)
            sent += size
            now = bucket.readyAt
        }
        let seconds = (now - start) / .seconds(1)
        #expect(abs(seconds - Double(sent) / Double(rate)) < 0.001)
    }
}
