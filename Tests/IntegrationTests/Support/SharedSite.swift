import Clients
import Foundation
import TestServices

/// A site whose gateways share one subscription, and a Redis between them that keeps what it confirmed.
final class SharedSite {
    let redis: RedisServer
    let site: Site
    let gateways: [Gateway]

    /// - Parameters:
    ///   - overrides: TOML, of all gateways.
    ///   - options: of Redis.
    init(gateways count: Int, _ overrides: String = "", redis options: [String] = ["--appendonly", "yes"]) throws {
        let redis = try RedisServer(options: options)
        self.redis = redis
        let site = try Site(
            """
            [redis]
            url = "redis://127.0.0.1:\(redis.port)/0"
            share_chunks = true
            [mqtt]
            shared_group = "thermo"
            \(overrides)
            """)
        self.site = site
        let others = try (1..<count).map { try site.anotherGateway("gateway-\($0 + 1)") }
        for gateway in others {
            try gateway.start()
            try gateway.waitUntilReady()
        }
        gateways = [site.gateway] + others
        for gateway in gateways { try gateway.waitForHealth() }
    }

    /// Several cameras' pictures, all with image ids.
    func pictures(_ numbers: Range<Int>, cameras: Int = 4, size: Int = 20_000) -> [TestPicture] {
        numbers.flatMap { number in
            (0..<cameras).map { TestPicture("cam\($0)", number, imageID: "shot-\(number)", size: size, chunkSize: 4 << 10) }
        }
    }

    func lines(_ text: String) -> [String] { gateways.flatMap { $0.logLines(text) } }

    func connection() throws -> RedisConnection {
        var settings = RedisSettings(host: "127.0.0.1", port: redis.port)
        settings.timeout = .seconds(10)
        return try RedisConnection(settings, lookup: HostLookup("127.0.0.1"))
    }

    func keys(_ pattern: String) throws -> Set<String> {
        var connection = try connection()
        return try connection.keys(matching: pattern, limit: 100_000)
    }

    @discardableResult
    func send(_ words: String...) throws -> RedisReply {
        var connection = try connection()
        var command = RedisCommand(words[0])
        for word in words.dropFirst() { command.append(word) }
        return try connection.send(command)
    }

    func tails() -> String { gateways.enumerated().map { "-- gateway \($0 + 1)\n\($1.tail)" }.joined(separator: "\n") }
}
