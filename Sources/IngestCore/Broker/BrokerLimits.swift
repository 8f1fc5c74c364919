/// What a broker said of its limits when it accepted a connection (MQTT 5.0, 3.2.2.3), as far as it did. MQTT 3.1.1 has no words for it.
package struct BrokerLimits: Equatable, Sendable {
    /// Seconds for which it keeps the session; nil: for as long as was asked.
    package var sessionExpiry: Int64?
    /// Seconds; nil: as was asked.
    package var keepalive: Int?
    /// Bytes of the largest packet it takes, from cameras too.
    package var maximumPacketSize: Int?
    /// Messages of QoS 1 it takes ahead of their acknowledgement.
    package var receiveMaximum: Int?
    package var maximumQoS: Int?
    package var retains = true
    package var wildcardSubscriptions = true
    package var sharedSubscriptions = true
    package var assignedClientID: String?

    package init() {}

    /// Where the broker will not do what the configuration asks for.
    package struct Contradiction: Equatable, Sendable {
        package let what: String
        /// What to do about it, as the rest of a sentence.
        package let fix: String
        /// No picture comes in, or what waits is lost; else it only works less well.
        package let isFatal: Bool
    }

    package func contradictions(with mqtt: Configuration.MQTT) -> [Contradiction] {
        var found: [Contradiction] = []
        func add(_ what: String, _ fix: String, isFatal: Bool = false) {
            found.append(Contradiction(what: what, fix: fix, isFatal: isFatal))
        }
        let expiry = mqtt.sessionExpiry.components.seconds
        if let sessionExpiry, sessionExpiry < expiry {
            add(
                "keeps the session for \(sessionExpiry) s only, not for \(expiry) s as [mqtt] session_expiry asks",
                "raise max_session_expiry_interval or persistent_client_expiration at the broker, or lower [mqtt] session_expiry",
                isFatal: sessionExpiry == 0)
        }
        if let maximumQoS, maximumQoS < mqtt.qos {
            add(
                "grants QoS \(maximumQoS) at most, not \(mqtt.qos) as [mqtt] qos asks: what is under way when the link fails is lost",
                "raise the broker's largest QoS (mosquitto: max_qos)", isFatal: true)
        }
        if let maximumPacketSize, maximumPacketSize < mqtt.maxMessage {
            add(
                "takes packets up to \(maximumPacketSize) bytes, less than [mqtt] max_message of \(mqtt.maxMessage): a camera that sends more is cut off",
                "raise the broker's largest packet (mosquitto: max_packet_size), or lower [mqtt] max_message if no camera sends as much")
        }
        if !sharedSubscriptions, !mqtt.sharedGroup.isEmpty {
            add(
                "has no shared subscriptions, which [mqtt] shared_group needs",
                "turn them on at the broker, or split the load by lists of topic filters instead of [mqtt] shared_group", isFatal: true)
        }
        if !wildcardSubscriptions, let filter = mqtt.topics.first(where: { $0.contains("+") || $0.contains("#") }) {
            add(
                "has no subscriptions with wildcards, which the topic filter \(filter) needs",
                "turn them on at the broker, or list every topic in [mqtt] topic", isFatal: true)
        }
        if let keepalive, keepalive < mqtt.keepalive.components.seconds {
            add(
                "wants a sign of life every \(keepalive) s, more often than [mqtt] keepalive of \(mqtt.keepalive.components.seconds) s; it gets them",
                "set [mqtt] keepalive to \(max(keepalive, 5))s, so that the configuration says what is")
        }
        if let assignedClientID, assignedClientID != mqtt.clientID {
            add(
                "calls the client \(assignedClientID), not \(mqtt.clientID) as [mqtt] client_id asks: it may not find its session again",
                "let clients keep the names they give themselves, at the broker")
        }
        return found
    }

    /// What it told, in a line; nil when it told nothing.
    package var summary: String? {
        let parts = [
            maximumQoS.map { "QoS \($0) at most" }, maximumPacketSize.map { "packets up to \($0) bytes" },
            receiveMaximum.map { "\($0) messages unacknowledged from a client" }, sessionExpiry.map { "sessions kept for \($0) s" },
            keepalive.map { "a sign of life every \($0) s" }, retains ? nil : "no retained messages",
            wildcardSubscriptions ? nil : "no wildcards", sharedSubscriptions ? nil : "no shared subscriptions",
            assignedClientID.map { "client id \($0)" },
        ].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
