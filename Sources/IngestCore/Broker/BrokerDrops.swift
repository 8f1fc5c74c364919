/// What the broker says of messages it dropped, for whichever client: mosquitto's `$SYS/broker/publish/messages/dropped`, a number
/// counted from its start (mosquitto(8), "BROKER STATUS").
package struct BrokerDrops: Equatable, Sendable {
    package static let topic = "$SYS/broker/publish/messages/dropped"
    /// How long people are told of a rise.
    package static let concern = Duration.seconds(600)

    /// As the broker last told; nil while it has not.
    package private(set) var count: Int?
    private var rise: Rise?
    /// What the next number is held against.
    private var baseline: Int?

    private struct Rise: Equatable {
        let by: Int
        let until: Instant
    }

    /// - Parameter baseline: the number that was last known, before a restart; nil where none was.
    package init(baseline: Int? = nil) { self.baseline = baseline }

    /// Takes what the broker published under `topic`.
    /// - Returns: by how much the number rose; nil when it did not, or when there is nothing to hold it against.
    package mutating func take(_ payload: Span<UInt8>, now: Instant) -> Int? {
        guard let number = Self.number(payload) else { return nil }
        defer { (count, baseline) = (number, number) }
        guard let baseline, number != baseline else { return nil }
        // One that fell began anew with its broker.
        let more = number > baseline ? number - baseline : number
        guard more > 0 else { return nil }
        rise = Rise(by: (concern(now: now) ?? 0) + more, until: now + Self.concern)
        return more
    }

    /// By how much it rose since it last stood still for ten minutes; nil after those.
    package func concern(now: Instant) -> Int? { rise.flatMap { $0.until > now ? $0.by : nil } }

    /// At most 15 digits: what overflows nothing, and more than any broker drops.
    private static func number(_ text: Span<UInt8>) -> Int? {
        guard (1...15).contains(text.count) else { return nil }
        var number = 0
        for index in text.indices {
            guard case let digit = text[index], digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
