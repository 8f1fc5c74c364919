import Clients
import IngestCore
import Logging
import Platform

/// The connection to Redis: opened, and opened again with backoff when it fails. Says how Redis is: the health board always, the log
/// when that changes. Used by one thread alone.
final class RedisLink {
    /// How long nothing may be heard before a sign of life is asked for.
    private static let silence = Duration.seconds(10)

    private var settings: RedisSettings
    private let lookup: HostLookup
    private let backoff: Backoff
    private let health: HealthBoard
    private let log: Logger
    private var connection: RedisConnection?
    private var random = SystemRandomNumberGenerator()
    private var failures = 0
    private var lastHeard = Instant.current
    /// When it is opened again, while it is down.
    private var retryAt = Instant.current
    private(set) var isUp = false
    /// Connections that began: with each, Redis may have forgotten what it was told.
    private(set) var connections = 0

    init(_ settings: RedisSettings, backoff: Backoff, health: HealthBoard, log: Logger) {
        self.settings = settings
        lookup = HostLookup(settings.host)
        self.backoff = backoff
        self.health = health
        self.log = log
    }

    /// Goes on with other credentials, for which it connects anew.
    func adopt(_ new: RedisSettings) {
        guard new != settings else { return }
        settings = new
        connection = nil
        isUp = false
        retryAt = .current
        tend(now: .current)
    }

    /// When `tend` has something to do at the latest.
    var nextTask: Instant { isUp ? lastHeard + Self.silence : retryAt }

    /// Opens what is due, and asks for a sign of life when none was heard for long. Takes the settings' timeout at most.
    func tend(now: Instant) {
        guard nextTask <= now else { return }
        if isUp {
            _ = pipeline([RedisCommand("PING")])
            return
        }
        do throws(RedisError) {
            try open()
        } catch {
            failed(error)
        }
    }

    private func open() throws(RedisError) {
        var opened = try RedisConnection(settings, lookup: lookup)
        let loaded = try opened.pipeline(CoordinationScripts.ofGateway.map { RedisCommand("SCRIPT", "LOAD", $0.text) })
        if let cause = loaded.lazy.compactMap(\.failure).first { throw RedisError("SCRIPT", settings.endpoint, cause) }
        connection = consume opened
        heard()
    }

    /// Sends all commands in one go. A key of another kind than expected fails its own command only; whatever else the server
    /// refuses, it is in no state to coordinate anybody.
    /// - Returns: nil while Redis is away, and when it just went.
    func pipeline(_ commands: [RedisCommand]) -> [RedisReply]? {
        guard isUp, !commands.isEmpty else { return isUp ? [] : nil }
        do throws(RedisError) {
            let replies = try send(commands)
            for (command, reply) in zip(commands, replies) {
                if let cause = reply.failure, cause != .wrongType { throw RedisError(command.name, settings.endpoint, cause) }
            }
            lastHeard = .current
            return replies
        } catch {
            failed(error)
            return nil
        }
    }

    /// A server that was restarted since the last commands is not away. Any of them may be carried out twice.
    private func send(_ commands: [RedisCommand]) throws(RedisError) -> [RedisReply] {
        do throws(RedisError) {
            return try connection?.pipeline(commands) ?? []
        } catch {
            guard error.cause == .hungUp else { throw error }
            try open()
            return try connection?.pipeline(commands) ?? []
        }
    }

    private func heard() {
        isUp = true
        connections += 1
        failures = 0
        lastHeard = .current
        guard health.succeeded(.redis) else { return }
        log.event(.backendBack, .notice, "redis is back: gateways agree again who stores a picture", fields: ["backend": "redis"])
    }

    private func failed(_ error: RedisError) {
        connection = nil
        isUp = false
        failures += 1
        retryAt = .current + backoff.pause(afterFailures: failures, using: &random)
        if health.failed(.redis, error.advice) {
            log.event(
                .backendAway, .warning,
                "redis is away: \(error.advice) Going on alone: another gateway may upload the same pictures; the table still holds each once.",
                fields: ["backend": "redis"]
            )
        }
    }
}

extension RedisReply {
    var failure: RedisError.Cause? {
        if case .error(let cause) = self { cause } else { nil }
    }
}
