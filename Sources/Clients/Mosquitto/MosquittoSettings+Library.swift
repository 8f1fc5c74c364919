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

    /// The properties of CONNECT (MQTT 5, 3.1.2.11), alive during `body`; nil if there was no memory for them.
    func withConnectProperties(_ body: (OpaquePointer?) -> Void) {
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
