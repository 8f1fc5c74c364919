import Clients
import IngestCore

extension RedisSettings {
    /// As `[redis]` has it.
    init(_ redis: Configuration.Redis) {
        self.init(host: redis.host, port: redis.port)
        database = redis.database
        username = redis.username
        password = redis.password.revealed
        timeout = redis.timeout
        if redis.tls { tls = TLSFiles(authorities: redis.caFile.isEmpty ? nil : redis.caFile) }
    }
}
