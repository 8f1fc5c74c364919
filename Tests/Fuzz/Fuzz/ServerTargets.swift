import Clients
import Glibc
import Platform

/// What others on the network say to a socket of ours.
extension Target {
    static let servers = [
        Target(name: "redis") { bytes in
            // A database that answers whatever it likes, and hangs up.
            Loopback.answers.say(bytes)
            var settings = RedisSettings(host: "127.0.0.1", port: Loopback.answers.port)
            settings.timeout = .seconds(2)
            guard var redis = try? RedisConnection(settings, lookup: HostLookup(settings.host)) else { return }
            _ = try? redis.pipeline([RedisCommand("GET", "a"), RedisCommand("EVALSHA", "b"), RedisCommand("PING")])
        },
        Target(name: "http") { bytes in
            // Whatever one client sends, the next one is answered.
            let port = Loopback.server.address.port
            Loopback.ask(port, bytes, patience: timeval(tv_sec: 0, tv_usec: 2000))
            let answer = Loopback.ask(port, Array("GET /a HTTP/1.0\r\n\r\n".utf8), patience: timeval(tv_sec: 5, tv_usec: 0))
            require(answer > 0, "the next client gets no answer")
        },
    ]
}
