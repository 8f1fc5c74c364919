import Clients
import IngestCore
import Logging
import Platform
import TestServices
import Testing

@testable import Ingest

@Suite("The channel between a worker and the main thread")
struct WorkerChannelTests {
    private func configuration(_ concurrency: Int) -> Configuration {
        var configuration = Configuration()
        configuration.drain.concurrency = concurrency
        return configuration
    }

    @Test("counts the worker's steps, and hands over the newest configuration once")
    func handsOver() {
        let channel = WorkerChannel("upload")
        var adopted: [Int] = []
        channel.turn { adopted.append($0.drain.concurrency) }
        channel.hand(configuration(1))
        channel.hand(configuration(2))
        #expect(!channel.awaitAdoption(until: .current), "nobody has taken it yet")
        channel.turn { adopted.append($0.drain.concurrency) }
        channel.turn { adopted.append($0.drain.concurrency) }
        #expect(adopted == [2] && channel.steps == 3)
        #expect(channel.awaitAdoption(until: .current))
    }

    @Test("gives a worker another configuration that came while it adopted the one before")
    func meanwhile() {
        let channel = WorkerChannel("upload")
        var adopted: [Int] = []
        channel.hand(configuration(1))
        channel.turn {
            adopted.append($0.drain.concurrency)
            channel.hand(configuration(2))
        }
        #expect(!channel.awaitAdoption(until: .current))
        channel.turn { adopted.append($0.drain.concurrency) }
        #expect(adopted == [1, 2] && channel.awaitAdoption(until: .current))
    }

    @Test("of a reload has Redis' new password used at once")
    func redisPassword() throws {
        let server = try RedisServer(password: "right")
        var settings = RedisSettings(host: "127.0.0.1", port: server.port)
        settings.password = "wrong"
        let health = PublishedHealth(checks: HealthCheck.allCases)
        let link = RedisLink(
            settings, backoff: Backoff(initial: .seconds(600), longest: .seconds(600)), health: RedisHealth(health),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        link.tend(now: .current)
        #expect(!link.isUp && health.failures[.redis]?.error.contains("Correct [redis] password") == true)
        settings.password = "right"
        link.adopt(settings)
        #expect(link.isUp && !health.hasFailed(.redis))
    }
}
