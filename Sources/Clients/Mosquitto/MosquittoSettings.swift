/// What one connection to a broker needs to know.
package struct MosquittoSettings: Sendable {
    package enum Version: Sendable, CaseIterable { case v5, v311 }

    package typealias TLS = TLSFiles

    /// A name or a numeric address. With TLS the broker's certificate must be made out to it.
    package var host: String
    package var port: Int
    /// What the broker publishes, retained and at QoS 1, when the connection ends without a goodbye (MQTT 5, 3.1.2.5).
    package struct Will: Sendable {
        package var topic: String
        package var payload: [UInt8]

        package init(topic: String, payload: [UInt8]) {
            self.topic = topic
            self.payload = payload
        }
    }

    /// Nil for plain TCP.
    package var tls: TLS?
    package var version = Version.v5
    /// The broker keeps the session under this name, so it must be the same after every restart.
    package var clientID: String
    package var username: String?
    package var password: String?
    /// At least 5 s, as the library demands; a silent broker is noticed within twice this.
    package var keepalive = Duration.seconds(30)
    /// How long the broker keeps the session of an absent client (MQTT 5, 3.1.2.11.2). MQTT 3.1.1 has no such limit.
    package var sessionExpiry = Duration.seconds(7 * 86_400)
    /// The broker forgets what it had kept under this client id (Clean Start, MQTT 5, 3.1.2.4; Clean Session, MQTT 3.1.1, 3.1.2.4).
    package var startsClean = false
    /// Messages of QoS 1 the broker may send ahead of their acknowledgement (MQTT 5, 3.1.2.11.3).
    package var receiveMaximum = 256
    /// The largest packet, fixed header and topic included, the broker may send (MQTT 5, 3.1.2.11.4); it drops larger ones
    /// without a word. Nil for no limit.
    package var maximumPacketSize: Int?
    /// From the first packet to the broker's CONNACK, and as long again for its SUBACK.
    package var connectTimeout = Duration.seconds(10)
    /// The longest that `connect` itself may wait, for the name service.
    package var lookupTimeout = Duration.seconds(2)
    /// Topic filters to subscribe to; shared ones (`$share/group/filter`) pass through.
    package var filters: [String] = []
    package var qos = 1
    package var will: Will?
    /// A topic of the broker's own, which is asked for at QoS 0 when it has answered about the filters. What it says of it is no
    /// event: it may refuse, or never send anything.
    package var notices: String?

    /// Whether other clients take a part of the messages.
    package var isShared: Bool { filters.contains { $0.hasPrefix("$share/") } }

    package init(host: String, port: Int, clientID: String) {
        self.host = host
        self.port = port
        self.clientID = clientID
    }

    /// `mqtts://broker.example:8883`, for messages.
    package var endpoint: String { "\(tls == nil ? "mqtt" : "mqtts")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

/// Printed without the password, however it is printed.
extension MosquittoSettings: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "\(endpoint) as \(clientID)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
