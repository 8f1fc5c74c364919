import Clients
package import IngestCore
import Platform

/// Publishes simulated chunks to the broker of a configuration, under a session of its own that ends with the connection.
///
/// Not `Sendable`: one thread owns it.
package final class MosquittoChunkPublisher: ChunkPublisher {
    private var publisher: MosquittoPublisher
    private let qos: Int

    /// Connects.
    /// - Parameter window: how many messages may be on their way to the broker.
    package init(to broker: Configuration.MQTT, clientID: String, qos: Int, window: Int = 256) throws {
        self.qos = qos
        publisher = try MosquittoPublisher(MosquittoSettings(publishingTo: broker, clientID: clientID), window: window)
        try publisher.connect()
    }

    deinit { publisher.disconnect() }

    package func publish(_ payload: [UInt8], to topic: String) throws {
        try publisher.publish(topic: topic, payload: payload.span, qos: qos)
    }

    package func idle(until deadline: Duration) throws { try publisher.idle(deadline - MonotonicClock.now()) }

    package func finish() throws { try publisher.finish() }
}

extension MosquittoSettings {
    fileprivate init(publishingTo broker: Configuration.MQTT, clientID: String) {
        self.init(host: broker.host, port: broker.port, clientID: clientID)
        func given(_ text: String) -> String? { text.isEmpty ? nil : text }
        if broker.tls {
            tls = TLS(authorities: given(broker.caFile), certificate: given(broker.certFile), key: given(broker.keyFile))
        }
        version = broker.version == .v5 ? .v5 : .v311
        username = given(broker.username)
        password = given(broker.password.revealed)
        keepalive = broker.keepalive
        // Nobody comes back under this name: the broker need not keep anything for it.
        sessionExpiry = .zero
        startsClean = true
    }
}
