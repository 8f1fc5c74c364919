import Clients
import IngestCore

extension MosquittoSettings {
    /// As `[mqtt]` has it.
    init(_ mqtt: Configuration.MQTT) {
        self.init(host: mqtt.host, port: mqtt.port, clientID: mqtt.clientID)
        if mqtt.tls {
            func path(_ text: String) -> String? { text.isEmpty ? nil : text }
            tls = TLS(authorities: path(mqtt.caFile), certificate: path(mqtt.certFile), key: path(mqtt.keyFile))
        }
        version = mqtt.version == .v5 ? .v5 : .v311
        username = mqtt.username.isEmpty ? nil : mqtt.username
        password = mqtt.password.isEmpty ? nil : mqtt.password.revealed
        keepalive = mqtt.keepalive
        sessionExpiry = mqtt.sessionExpiry
        receiveMaximum = mqtt.receiveMaximum
        // Of the packet; topic and properties come on top of the payload.
        maximumPacketSize = mqtt.maxMessage + (64 << 10)
        filters = mqtt.topics.map { mqtt.sharedGroup.isEmpty ? $0 : "$share/\(mqtt.sharedGroup)/\($0)" }
        qos = mqtt.qos
    }
}
