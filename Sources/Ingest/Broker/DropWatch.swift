import IngestCore
import Logging
import Platform

/// Tells people that the broker dropped messages, as far as it says so. Used by the intake thread alone.
final class DropWatch {
    private static let source = "drops"

    private(set) var drops: BrokerDrops
    private let health: PublishedHealth
    private let log: Logger
    private var isConcerned = false

    /// - Parameter baseline: the number that was last known, before a restart.
    init(baseline: Int?, health: PublishedHealth, log: Logger) {
        drops = BrokerDrops(baseline: baseline)
        self.health = health
        self.log = log
    }

    /// Takes a message of the broker's own.
    /// - Returns: whether it was one; else it is a camera's.
    func take(topic: Span<UInt8>, payload: Span<UInt8>, now: Instant) -> Bool {
        guard !topic.isEmpty, topic[0] == UInt8(ascii: "$"), Self.isOurs(topic) else { return false }
        guard drops.take(payload, now: now) != nil, let rise = drops.concern(now: now), let count = drops.count else { return true }
        let what =
            "\(rise) messages were dropped by the broker, for some client (\(count) since it started). If they were for this gateway, captures will be incomplete. Raise max_queued_messages and max_queued_bytes there (config/mosquitto-thermo.conf), and see whether a client is away or too slow"
        isConcerned = true
        if let news = health.failed(.mqtt, what.sentence, kind: Self.source, of: Self.source, accepts: true, now: now) {
            log.event(.brokerDropped, .warning, "\(news.line(what.sentence))")
        }
        return true
    }

    /// To be called now and then: ten minutes after the last rise all is well.
    func tend(now: Instant) {
        guard isConcerned, drops.concern(now: now) == nil else { return }
        isConcerned = false
        health.succeeded(.mqtt, of: Self.source, now: now)
    }

    private static let topic = Array(BrokerDrops.topic.utf8)

    private static func isOurs(_ name: Span<UInt8>) -> Bool {
        guard name.count == topic.count else { return false }
        for index in topic.indices where name[index] != topic[index] { return false }
        return true
    }
}
