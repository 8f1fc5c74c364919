import Clients
import IngestCore
import Logging
import Platform

/// The connection to Redis: opened, and opened again with backoff when it fails. Says how Redis is: `/health` always, the log
/// when that changes. Used by one thread alone.
final class RedisLink {
    /// How long nothing may be heard before a sign of life is asked for.
    private static let silence = Duration.seconds(10)

    /// What a connection is for.
    struct Purpose: Sendable {
        /// Tells it from other connections of this gateway.
        let name: String
        let scripts: [RedisScript]
        /// For the log: what it means that Redis is away, and that it is back.
        let whileAway: String
        let whenBack: String
        /// It is of no use unless Redis takes writes.
        var mustWrite = false
    }

    private var settings: RedisSettings
    private let purpose: Purpose
    private let lookup: HostLookup
    private let backoff: Backoff
    private let health: RedisHealth
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

    init(_ settings: RedisSettings, for purpose: Purpose = .agreement, backoff: Backoff, health: RedisHealth, log: Logger) {
        self.settings = settings
        self.purpose = purpose
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
        let loaded = try opened.pipeline(purpose.scripts.map { RedisCommand("SCRIPT", "LOAD", $0.text) })
        if let cause = loaded.lazy.compactMap(\.failure).first { throw RedisError("SCRIPT", settings.endpoint, cause) }
        if purpose.mustWrite { _ = try opened.run(SharingScripts.probe, keys: ["thermo-ingest:probe"]) }
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
            failures = 0
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
        lastHeard = .current
        guard let news = health.succeeded(purpose.name) else { return }
        log.event(.backendBack, .notice, "\(news.line("redis is back: \(purpose.whenBack)"))", fields: ["backend": "redis"])
    }

    private func failed(_ error: RedisError) {
        connection = nil
        isUp = false
        failures += 1
        retryAt = .current + backoff.pause(afterFailures: failures, using: &random)
        guard let news = health.failed(purpose.name, error, until: retryAt), let trouble = news.trouble else { return }
        let line = "redis is away: \(trouble.error) \(purpose.whileAway)."
        log.event(.backendAway, .warning, "\(news.line(line))", fields: ["backend": "redis"])
    }
}

extension RedisLink.Purpose {
    /// Gateways agree who stores a picture.
    static let agreement = Self(
        name: "agreement", scripts: CoordinationScripts.ofGateway + SharingScripts.ofSweep,
        whileAway: "Going on alone: another gateway may upload the same pictures; the table still holds each once",
        whenBack: "gateways agree again who stores a picture")

    /// The same in share mode, where pictures reach a gateway one by one.
    static let sharedAgreement = Self(
        name: agreement.name, scripts: agreement.scripts,
        whileAway: "Whole pictures are stored without agreement; the table still holds each once", whenBack: agreement.whenBack)

    /// The chunks of shared subscriptions meet.
    static let sharing = Self(
        name: "sharing", scripts: SharingScripts.ofIntake,
        whileAway: "No chunk can be taken in before it is back: nothing is acknowledged, and the broker keeps the messages",
        whenBack: "chunks are taken in again", mustWrite: true)
}

extension RedisReply {
    var failure: RedisError.Cause? {
        if case .error(let cause) = self { cause } else { nil }
    }
}
