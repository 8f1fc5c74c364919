import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A connection to Redis")
struct RedisConnectionTests {
    private let server: RedisServer
    private let lookup = HostLookup("127.0.0.1")

    init() throws { server = try RedisServer() }

    private func settings(_ server: RedisServer? = nil) -> RedisSettings {
        var settings = RedisSettings(host: "127.0.0.1", port: (server ?? self.server).port)
        settings.timeout = .seconds(5)
        return settings
    }

    /// The error a body throws.
    private func failure(_ body: () throws -> Void) throws -> RedisError {
        do {
            try body()
        } catch let error as RedisError {
            return error
        }
        throw ServiceError("nothing failed")
    }

    private func connect(_ settings: RedisSettings) throws { _ = try RedisConnection(settings, lookup: lookup) }

    @Test("sets a key that is not there, for a while, and only one that is not there")
    func setIfNew() throws {
        var redis = try RedisConnection(settings(), lookup: lookup)
        #expect(try redis.send(.set("assemble:x", to: "me", onlyIfNew: true, expiry: .seconds(30))).isOK)
        #expect(try redis.send(.set("assemble:x", to: "you", onlyIfNew: true, expiry: .seconds(30))) == .null)
        #expect(try redis.send(.get("assemble:x")).text == "me")
        let left = try #require(redis.send(RedisCommand("PTTL", "assemble:x")).integer)
        #expect((29_000...30_000).contains(left))
        #expect(try redis.send(.expire("assemble:x", after: .seconds(60))) == .integer(1))
        #expect(try #require(redis.send(RedisCommand("PTTL", "assemble:x")).integer) > 30_000)
        #expect(try redis.send(.delete(["assemble:x", "assemble:y"])) == .integer(1))
        #expect(try redis.send(.get("assemble:x")) == .null)
    }

    @Test("keeps any bytes, in values and in hashes")
    func bytes() throws {
        var redis = try RedisConnection(settings(), lookup: lookup)
        let every = (0...255).map(UInt8.init) + [13, 10, 0]
        try #require(redis.send(.set("k", to: every)).isOK)
        #expect(try redis.send(.get("k")) == .bytes(every))
        #expect(try redis.send(.hashSet("h", [("0", every), ("1", [])])) == .integer(2))
        #expect(try redis.send(.hashGet("h", ["1", "2", "0"])) == .array([.bytes([]), .null, .bytes(every)]))
        let all = try #require(redis.send(.hashGetAll("h")).array)
        #expect(all.count == 4 && all.contains(.bytes(every)))
        #expect(try redis.send(.hashGetAll("none")) == .array([]))
    }

    @Test("sends many commands at once and keeps the replies in order, whatever one of them says")
    func pipeline() throws {
        var redis = try RedisConnection(settings(), lookup: lookup)
        let large = [UInt8](repeating: 65, count: 30_000)
        var commands = (0..<500).map { RedisCommand.hashSet("image_chunks:x", [("\($0)", large)]) }
        commands.insert(RedisCommand("INCR", "image_chunks:x"), at: 250)
        let replies = try redis.pipeline(commands)
        #expect(replies.count == 501)
        #expect(replies[250] == .error(.wrongType))
        #expect(replies.enumerated().allSatisfy { $0.offset == 250 || $0.element == .integer(1) })
        let all = try #require(redis.send(.hashGetAll("image_chunks:x")).array)
        #expect(all.count == 1000 && all.allSatisfy { $0.bytes?.count != 0 })
        #expect(try redis.pipeline([]).isEmpty)
    }

    @Test("runs a script, the first time and after the server forgot it")
    func script() throws {
        var redis = try RedisConnection(settings(), lookup: lookup)
        let script = RedisScript("if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end")
        #expect(try script.digest == redis.send(RedisCommand("SCRIPT", "LOAD", script.text)).text)
        try #require(redis.send(RedisCommand("SCRIPT", "FLUSH")).isOK)
        try #require(redis.send(.set("lock", to: "mine")).isOK)
        #expect(try redis.run(script, keys: ["lock"], arguments: [Array("yours".utf8)]) == .integer(0))
        #expect(try redis.run(script, keys: ["lock"], arguments: [Array("mine".utf8)]) == .integer(1))
        #expect(try failure { _ = try redis.run(RedisScript("return redis.call('nonsense')"), keys: []) }.cause == .refused("ERR"))
    }

    @Test("finds keys by pattern, and takes a key's own characters literally")
    func scan() throws {
        var redis = try RedisConnection(settings(), lookup: lookup)
        let names = (0..<3000).map { "image_chunks:a\($0)" } + ["image_chunks:[x]*", "image_chunks:x1"]
        _ = try redis.pipeline(names.map { .set($0, to: "1") })
        #expect(try redis.keys(matching: "image_chunks:a*", limit: 10_000).count == 3000)
        #expect(try redis.keys(matching: RedisCommand.literalPattern("image_chunks:[x]*"), limit: 10) == ["image_chunks:[x]*"])
        #expect(try redis.keys(matching: "image_chunks:*", limit: 10).count == 10)
    }

    @Test("keeps to its database")
    func database() throws {
        var other = settings()
        other.database = 3
        var redis = try RedisConnection(other, lookup: lookup)
        _ = try redis.send(.set("k", to: "3"))
        var first = try RedisConnection(settings(), lookup: lookup)
        #expect(try first.send(.get("k")) == .null)
        other.database = 99
        let error = try failure { try connect(other) }
        #expect(error.command == "SELECT" && error.needsOperator)
    }

    @Test("says what is wrong with its credentials, without telling them, and leaves nothing open")
    func credentials() throws {
        let guarded = try RedisServer(password: "correct horse")
        var settings = settings(guarded)
        #expect(try failure { try connect(settings) } == RedisError("PING", settings.endpoint, .credentials))
        settings.password = "battery staple"
        let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        for _ in 0..<200 {
            let error = try failure { try connect(settings) }
            #expect(error == RedisError("AUTH", settings.endpoint, .credentials) && error.needsOperator)
            #expect(!"\(error) \(settings) \(String(reflecting: settings))".contains("battery"))
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count < before + 100)
        settings.password = "correct horse"
        var redis = try RedisConnection(settings, lookup: lookup)
        #expect(try redis.send(.get("k")) == .null)
        // A password where none is asked for is a mistake too.
        settings.port = server.port
        #expect(try failure { try connect(settings) }.cause == .credentials)
        // A user of its own (Redis 6), who may not do everything.
        _ = try redis.send(RedisCommand("ACL", "SETUSER", "gateway", "on", ">pass", "~thermo:*", "+get", "+ping"))
        settings.port = guarded.port
        settings.username = "gateway"
        settings.password = "pass"
        var user = try RedisConnection(settings, lookup: lookup)
        #expect(try failure { _ = try user.send(.set("thermo:k", to: "1")) }.cause == .notPermitted)
        #expect(try user.send(.get("thermo:k")) == .null)
    }

    @Test("waits for a server that hangs no longer than its timeout, and is of no use afterwards")
    func frozen() throws {
        var settings = settings()
        settings.timeout = .milliseconds(200)
        var redis = try RedisConnection(settings, lookup: lookup)
        server.freeze()
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try failure { _ = try redis.send(.get("k")) } == RedisError("GET", settings.endpoint, .timedOut(.milliseconds(200))))
        #expect(try failure { try connect(settings) }.cause == .timedOut(.milliseconds(200)))
        // More than the sockets between them hold.
        let large = [UInt8](repeating: 65, count: 20 << 20)
        #expect((redis.isUsable) == false)
        #expect(try failure { _ = try redis.send(.set("k", to: large)) }.cause == .hungUp)
        #expect(clock.now - start < .seconds(3))
        server.thaw()
        var other = try RedisConnection(settings, lookup: lookup)
        #expect(try other.send(.get("k")) == .null)
        #expect((other.isUsable) == true)
    }

    @Test("waits to send no longer than its timeout either")
    func fullSocket() throws {
        var settings = settings()
        settings.timeout = .milliseconds(300)
        var redis = try RedisConnection(settings, lookup: lookup)
        server.freeze()
        defer { server.thaw() }
        let large = [UInt8](repeating: 65, count: 20 << 20)
        #expect(try failure { _ = try redis.send(.set("k", to: large)) }.cause == .timedOut(.milliseconds(300)))
    }

    @Test("notices that the server ended, and finds the next one")
    func restart() throws {
        var redis = try RedisConnection(settings(), lookup: lookup)
        server.kill()
        let error = try failure { _ = try redis.send(.get("k")) }
        #expect(error.cause == .hungUp && !error.needsOperator && (redis.isUsable) == false)
        #expect(try failure { try connect(settings()) }.cause == .network(ECONNREFUSED))
        try server.start()
        var next = try RedisConnection(settings(), lookup: lookup)
        #expect(try next.send(.get("k")) == .null)
    }

    @Test("tells a full server, and a replica that takes no writes")
    func refusals() throws {
        let small = try RedisServer(options: ["--maxmemory", "1mb"])
        var redis = try RedisConnection(settings(small), lookup: lookup)
        let error = try failure {
            for key in ["k", "l"] { _ = try redis.send(.set(key, to: [UInt8](repeating: 1, count: 3_000_000))) }
        }
        #expect(error.cause == .serverFull && error.command == "SET" && (redis.isUsable) == true)

        var replica = try RedisConnection(settings(), lookup: lookup)
        _ = try replica.send(RedisCommand("REPLICAOF", "127.0.0.1", "\(small.port)"))
        #expect(try failure { _ = try replica.send(.set("k", to: "1")) }.cause == .readOnly)
    }

    @Test(
        "sorts what servers answer by its first word alone",
        arguments: [
            ("LOADING Redis is loading the dataset in memory", RedisError.Cause.loading),
            ("MISCONF Redis is configured to save", .cannotPersist),
            ("BUSY Redis is busy running a script", .busy), ("ERR unknown command 'SECRET'", .refused("ERR")),
            ("NOAUTH Authentication required.", .credentials),
            ("ERR invalid password", .credentials), ("ERR Client sent AUTH, but no password is set", .credentials),
        ])
    func words(reply: String, cause: RedisError.Cause) {
        #expect(RedisError.Cause(reply: reply) == cause)
        #expect(!RedisError("GET", "redis://h:1/0", cause).description.contains("SECRET"))
    }

    @Test("tries every address of a name, and tells a name nobody knows")
    func names() throws {
        var settings = settings()
        settings.host = "localhost"
        var redis = try RedisConnection(settings, lookup: HostLookup("localhost"))
        #expect(try redis.send(.get("k")) == .null)
        settings.host = "redis.invalid"
        let error = try failure { _ = try RedisConnection(settings, lookup: HostLookup("redis.invalid")) }
        guard case .lookup = error.cause else { throw ServiceError("\(error)") }
    }
}
