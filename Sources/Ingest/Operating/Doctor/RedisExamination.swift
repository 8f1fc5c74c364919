import Clients
import IngestCore
import Platform

/// Connects to Redis, writes a key of its own, reads it back and deletes it; should that fail, it expires.
struct RedisExamination {
    private let redis: Configuration.Redis

    init(_ redis: Configuration.Redis) { self.redis = redis }

    func run(_ note: (Finding) -> Void) {
        var settings = RedisSettings(host: redis.host, port: redis.port)
        settings.database = redis.database
        settings.username = redis.username
        settings.password = redis.password.revealed
        settings.timeout = redis.timeout
        var watch = Stopwatch()
        var step = "connect"
        do throws(RedisError) {
            var connection = try RedisConnection(settings, lookup: HostLookup(redis.host))
            note(Finding(.redis, step, .good, settings.endpoint, took: watch.lap()))

            step = "write"
            let key = "thermo-ingest-doctor:\(UInt64.random(in: 0...UInt64.max))"
            _ = try connection.send(.set(key, to: "1", onlyIfNew: true, expiry: .seconds(10)))
            let read = try connection.send(.get(key))
            _ = try connection.send(.delete([key]))
            let isSame = read.text == "1"
            note(
                Finding(
                    .redis, step, isSame ? .good : .failed,
                    isSame ? "a key written, read and deleted" : "the key just written is not there",
                    fix: isSame ? nil : "see whether [redis] url names a replica or a proxy", took: watch.lap()
                ))
            if redis.shareChunks { try lookAtDisk(&connection, note) }
        } catch {
            note(Finding(.redis, step, .failed, error.description, fix: error.fix, took: watch.lap()))
        }
    }

    /// In share mode chunks are acknowledged when Redis has them.
    private func lookAtDisk(_ connection: inout RedisConnection, _ note: (Finding) -> Void) throws(RedisError) {
        var watch = Stopwatch()
        let persistence = try connection.send(RedisCommand("INFO", "persistence")).text ?? ""
        if persistence.contains("aof_enabled:1") {
            note(Finding(.redis, "append-only file", .good, "on", took: watch.lap()))
        } else {
            note(
                Finding(
                    .redis, "append-only file", .warning, "off: with share_chunks, chunks that were acknowledged are lost when Redis stops",
                    fix: "set appendonly yes in redis.conf", took: watch.lap()
                ))
        }
    }
}
