import Clients
import IngestCore
import Platform
import Testing

@testable import Ingest

@Suite("The health of Redis")
struct RedisHealthTests {
    @Test("is good when all connections are, and tells when the last of them is tried again")
    func links() {
        let board = PublishedHealth(checks: [.redis])
        let health = RedisHealth(board)
        let (full, silent) = (RedisError("SET", "redis://a:1/0", .serverFull), RedisError("GET", "redis://a:1/0", .timedOut(.seconds(1))))
        let now = Instant.current
        #expect(health.failed("sharing", full, until: now + .seconds(2))?.trouble != nil)
        #expect(health.failed("sharing", full, until: now + .seconds(4)) == nil, "no news")
        #expect(health.failed("agreement", silent, until: now + .seconds(1)) != nil)
        #expect(health.heldUntil == now + .seconds(4))
        #expect(health.retries("operator") == 2 && health.retries("retry") == 1 && health.retries("picture") == 0)
        #expect(health.succeeded("agreement")?.trouble == nil)
        #expect(board.failures[.redis]?.error.contains("maxmemory") == true, "the other one still fails")
        #expect(health.succeeded("sharing") != nil && health.succeeded("sharing") == nil)
        #expect(board.failures.isEmpty && health.heldUntil == nil)
    }
}
