import IngestCore
import Testing

@Suite("A broker's limits")
struct BrokerLimitsTests {
    private static let cases: [(String, String, Bool, @Sendable (inout BrokerLimits) -> Void)] = [
        ("session_expiry", "120 s only, not for 604800 s", false, { $0.sessionExpiry = 120 }),
        ("no session at all", "0 s only", true, { $0.sessionExpiry = 0 }),
        ("qos", "QoS 0 at most, not 1", true, { $0.maximumQoS = 0 }),
        ("max_message", "packets up to 65536 bytes, less than [mqtt] max_message of 1048576", false, { $0.maximumPacketSize = 65_536 }),
        ("shared_group", "no shared subscriptions", true, { $0.sharedSubscriptions = false }),
        (
            "topic", "no subscriptions with wildcards, which the topic filter camera/+/image_json", true,
            { $0.wildcardSubscriptions = false }
        ),
        ("keepalive", "every 10 s, more often than [mqtt] keepalive of 30 s", false, { $0.keepalive = 10 }),
        ("client_id", "calls the client auto-17, not gateway", false, { $0.assignedClientID = "auto-17" }),
    ]

    @Test("are told where they contradict the configuration, each by itself")
    func contradictions() {
        var mqtt = Configuration().mqtt
        mqtt.clientID = "gateway"
        mqtt.sharedGroup = "thermo"
        for (name, words, isFatal, change) in Self.cases {
            var limits = BrokerLimits()
            change(&limits)
            let found = limits.contradictions(with: mqtt)
            #expect(
                found.count == 1 && found[0].what.contains(words) && found[0].isFatal == isFatal && !found[0].fix.isEmpty,
                "\(name): \(found)")
            #expect(limits.summary != nil, "\(name)")
        }
    }

    @Test("are no matter where the configuration does not need more")
    func agreeable() {
        var limits = BrokerLimits()
        limits.sessionExpiry = 7 * 86_400
        limits.keepalive = 30
        limits.maximumPacketSize = 2 << 20
        limits.receiveMaximum = 1
        limits.maximumQoS = 1
        limits.sharedSubscriptions = false
        limits.retains = false
        #expect(limits.contradictions(with: Configuration().mqtt).isEmpty && BrokerLimits().summary == nil)
    }
}
