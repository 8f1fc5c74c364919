import Clients
import IngestCore
import Platform

/// Connects to Redis, writes a key of its own, reads it back and deletes it, and runs the gateway's own scripts, on keys such as the
/// gateway's; should that fail, they expire.
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
            step = "scripts"
            try runScripts(&connection)
            note(Finding(.redis, step, .good, "all that gateways do there is allowed", took: watch.lap()))
            if redis.shareChunks { try lookAtDisk(&connection, note) }
        } catch {
            note(Finding(.redis, step, .failed, error.description, fix: error.fix, took: watch.lap()))
        }
    }

    /// A picture's way: claimed, renewed, taken over, noted as stored, released; in share mode one chunk's too.
    private func runScripts(_ connection: inout RedisConnection) throws(RedisError) {
        guard let camera = CameraUID(".thermo-ingest-doctor") else { return }
        let name = "doctor-\(UInt64.random(in: 0...UInt64.max))"
        let claim = "claim:\(camera.text):\(name)"
        let processed = CoordinationKey.processed(name)
        let lock = CoordinationKey.lock(name)
        let session = CoordinationKey.session(camera)
        let life = "10000"
        let checksum = String(repeating: "0", count: 64)
        _ = try connection.send(RedisCommand("PING"))
        for script in CoordinationScripts.ofGateway { _ = try connection.send(RedisCommand("SCRIPT", "LOAD", script.text)) }
        let steps: [(RedisScript, [String], [String])] = [
            (CoordinationScripts.claim, [claim, processed, lock], ["a", name, life]),
            (CoordinationScripts.renew, [claim, lock], ["a", name, life]),
            (CoordinationScripts.take, [claim, lock], ["a", "b", name, life]),
            (CoordinationScripts.store, [processed, claim, lock, session], [camera.text, checksum, life, "b", "c", life, name]),
            (CoordinationScripts.release, [claim, lock], ["c", name]),
        ]
        for (script, keys, arguments) in steps { _ = try connection.run(script, keys: keys, arguments: arguments.map { Array($0.utf8) }) }
        _ = try connection.send(.delete([processed]))
        guard redis.shareChunks else { return }
        let place = SharedPlace(camera: camera, imageID: name)
        _ = try connection.send(.scan(from: "0", matching: RedisCommand.literalPattern(place.keys[0]), count: 10))
        let chunk = ["0", "2", "QUFB", "print", life, "0", "token", "1000", "doctor"]
        _ = try connection.run(SharingScripts.share, keys: place.keys, arguments: chunk.map { Array($0.utf8) })
        _ = try connection.send(.hashGetAll(place.keys[0]))
        _ = try connection.send(.delete(place.keys))
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
