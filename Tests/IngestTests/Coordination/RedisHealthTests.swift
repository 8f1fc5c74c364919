import Clients
import IngestCore
import Platform
import Testing

@testable import Ingest

@Suite("The health of Redis")
struct RedisHealthTests {
    @Test("is good when all connections are, and tells when the last of them is tried again")
    func links() {
        let board = HealthBoard(checks: [.redis])
        let health = RedisHealth(board)
        let (full, silent) = (RedisError("SET", "redis://a:1/0", .serverFull), RedisError("GET", "redis://a:1/0", .timedOut(.seconds(1))))
        let now = Instant.current
        #expect(health.failed("sharing", full, until: now + .seconds(2)))
        #expect(!health.failed("sharing", full, until: now + .seconds(4)), "no news")
        #expect(health.failed("agreement", silent, until: now + .seconds(1)))
        #expect(health.heldUntil == now + .seconds(4))
        #expect(health.retries("operator") == 2 && health.retries("retry") == 1 && health.retries("picture") == 0)
        #expect(health.succeeded("agreement"))
        #expect(board.failures[.redis]?.error.contains("maxmemory") == true, "the other one still fails")
        #expect(health.succeeded("sharing") && !health.succeeded("sharing"))
        #expect(board.failures.isEmpty && health.heldUntil == nil)
    }
}
