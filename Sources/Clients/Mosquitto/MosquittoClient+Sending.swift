import CMosquitto

extension MosquittoClient {
    /// Queues one message, `flush` writes it; answers its identifier.
    ///
    /// The corresponding C function is `mosquitto_publish_v5`.
    package func publish(topic: String, payload: Span<UInt8>, qos: Int, retained: Bool = false) throws(MosquittoError) -> CInt {
        guard isConnected, let handle = unsafe handle else { throw failure(.publish, .hungUp) }
        var identifier: CInt = 0
        let code = unsafe payload.withUnsafeBufferPointer {
            unsafe mosquitto_publish_v5(handle, &identifier, topic, CInt(clamping: $0.count), $0.baseAddress, CInt(qos), retained, nil)
        }
        guard code == 0 else { throw failure(.publish, .init(code: code, error: 0)) }
        return identifier
    }

    /// Outgoing messages done since the last call (QoS 0: written, QoS 1: confirmed), with the broker's reason codes.
    package func takePublished() -> [(identifier: CInt, reason: CInt)] {
        defer { callbacks.published = [] }
        return callbacks.published
    }
}
