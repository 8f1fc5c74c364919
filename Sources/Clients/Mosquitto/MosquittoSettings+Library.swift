import CMosquitto

extension MosquittoSettings {
    /// What the library or the protocol would not take; nil when all is well.
    var mistake: String? {
        if clientID.isEmpty { return "a session needs a client id" }
        if !(1...65_535).contains(port) { return "port \(port) is not from 1 to 65535" }
        if !(5...65_535).contains(keepalive.components.seconds) { return "keepalive \(keepalive) is not from 5 to 65535 s" }
        if !(1...65_535).contains(receiveMaximum) { return "receive maximum \(receiveMaximum) is not from 1 to 65535" }
        if sessionExpiry < .zero { return "session expiry \(sessionExpiry) is negative" }
        if let maximumPacketSize, maximumPacketSize < 1 { return "maximum packet size \(maximumPacketSize) is not positive" }
        if !(0...1).contains(qos) { return "QoS \(qos) is not 0 or 1" }
        if version == .v311, password != nil, username == nil { return "MQTT 3.1.1 has no password without a user name" }
        for filter in filters where unsafe mosquitto_sub_topic_check(filter) != 0 { return "\(filter) is no topic filter" }
        return nil
    }

    /// A library handle made to these settings, with no connection yet. The caller owns it.
    ///
    /// The corresponding C functions are `mosquitto_new`, `mosquitto_threaded_set`, `mosquitto_int_option`,
    /// `mosquitto_username_pw_set`, `mosquitto_will_set` and `mosquitto_connect_bind_v5`.
    func makeHandle(reportingTo callbacks: MosquittoCallbacks) throws(MosquittoError.Cause) -> OpaquePointer {
        guard let handle = unsafe mosquitto_new(clientID, startsClean, Unmanaged.passUnretained(callbacks).toOpaque()) else {
            throw .outOfMemory
        }
        do throws(MosquittoError.Cause) {
            try unsafe prepare(handle)
        } catch {
            unsafe mosquitto_destroy(handle)
            throw error
        }
        unsafe callbacks.install(on: handle)
        return unsafe handle
    }

    private func prepare(_ handle: OpaquePointer) throws(MosquittoError.Cause) {
        func check(_ code: CInt) throws(MosquittoError.Cause) {
            guard code == 0 else { throw .init(code: code, error: 0) }
        }
        // Nothing is written but by mosquitto_loop_write: the acknowledgement gate.
        try check(unsafe mosquitto_threaded_set(handle, true))
        try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1))
        try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, version == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311))
        if username != nil || password != nil { try check(unsafe mosquitto_username_pw_set(handle, username, password)) }
        if let will {
            try check(
                unsafe will.payload.withUnsafeBytes {
                    unsafe mosquitto_will_set(handle, will.topic, CInt(clamping: $0.count), $0.baseAddress, 1, true)
                })
        }
        if let tls {
            let context: TLSContext
            do throws(TLSFailure) {
                context = try TLSContext(tls, host: host)
            } catch {
                throw .init(error)
            }
            try check(unsafe mosquitto_int_option(handle, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0))
            try check(unsafe mosquitto_void_option(handle, MOSQ_OPT_SSL_CTX, UnsafeMutableRawPointer(context.pointer)))
        }
        // The library has no call that takes properties and does not wait for TCP. But it keeps the properties of the last
        // connect, so one that fails at once (a socket file without a name) leaves them for one that does not wait.
        if version == .v5 { unsafe withConnectProperties { _ = unsafe mosquitto_connect_bind_v5(handle, "", 0, 0, nil, $0) } }
    }

    /// The properties of CONNECT (MQTT 5, 3.1.2.11), alive during `body`; nil if there was no memory for them.
    private func withConnectProperties(_ body: (OpaquePointer?) -> Void) {
        var list: OpaquePointer?
        let expiry = UInt32(clamping: sessionExpiry.components.seconds)
        unsafe mosquitto_property_add_int32(&list, CInt(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue), expiry)
        unsafe mosquitto_property_add_int16(&list, CInt(MQTT_PROP_RECEIVE_MAXIMUM.rawValue), UInt16(clamping: receiveMaximum))
        if let maximumPacketSize {
            unsafe mosquitto_property_add_int32(&list, CInt(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue), UInt32(clamping: maximumPacketSize))
        }
        unsafe body(list)
        unsafe mosquitto_property_free_all(&list)
    }
}
