/// What a client has to tell beside messages.
package enum MosquittoEvent: Equatable, Sendable {
    /// The broker accepted the connection.
    case connected(MosquittoSession)
    /// Every topic filter is in force.
    case subscribed
    /// The broker refused one topic filter, or grants it at a lower QoS only; the connection goes on with the others. See
    /// `MosquittoClient.refusals` and `subscribeAgain`.
    case refused(MosquittoError)
    /// The connection is over. What was received and not acknowledged comes again with the next.
    case disconnected(MosquittoError)
}

/// What the broker said when it accepted the connection (CONNACK).
package struct MosquittoSession: Equatable, Sendable {
    /// The broker had kept the session: its subscriptions and the messages that came meanwhile.
    package var present: Bool
    /// The limits the broker set on its side; nil where it did not say (MQTT 3.1.1 never does).
    package var sessionExpiry: Duration?
    package var keepalive: Duration?
    package var maximumPacketSize: Int?
    package var receiveMaximum: Int?
    package var maximumQoS: Int?
    /// False when the broker says that it has none of them.
    package var retains = true
    package var wildcardSubscriptions = true
    package var sharedSubscriptions = true
    /// The name that the broker gave the client in place of its own.
    package var assignedClientID: String?
}

/// What came with a message beside topic and payload.
///
/// The library does not tell whether a message is a repeat (DUP), and a broker need not say so truly either.
package struct MosquittoDelivery: Equatable, Sendable {
    package let qos: Int
    package let retained: Bool
    /// The packet identifier; 0 for QoS 0.
    package let identifier: UInt16
}

/// What the receiver of a message wants next.
package enum MosquittoDemand: Equatable, Sendable {
    case next
    /// Enough for now: return from `read`.
    case pause
}
