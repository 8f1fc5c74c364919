import CMosquitto
import Glibc

/// Where the library's callbacks leave what they are told, for the call of `MosquittoClient` that runs them.
///
/// A class because the library keeps its address. Callbacks run on the caller's thread, inside the library: they note, and
/// decide nothing. None may end the handle that is calling.
@safe final class MosquittoCallbacks {
    typealias Receiver = (Span<UInt8>, Span<UInt8>, MosquittoDelivery) -> MosquittoDemand

    struct Postponed {
        let topic, payload: [UInt8]
        let delivery: MosquittoDelivery
    }

    /// Takes messages; set during `read` only.
    var receiver: Receiver?
    /// The receiver has enough for now.
    var isPaused = false
    /// What the library handed over behind the message with which the receiver had enough, or behind CONNACK.
    ///
    /// From 2.1 on the library reads up to 4 KiB ahead of a packet's end, and stops only behind all packets that it has then, whatever
    /// errno says (`read_header` and `packet__read` of 2.1.2 read; 2.0.22 reads no further than a packet's end). So this is as much as
    /// 4 KiB and one message of any size; over TLS it may be a record's rest, and at most Receive Maximum messages of QoS 1. Their
    /// acknowledgements are queued already, so nothing may be written as long as one of them was not handed on.
    private(set) var postponed: [Postponed] = []
    /// Messages of QoS 1 handed over, for whom an acknowledgement was queued.
    var unacknowledged = 0
    /// The connection must end as soon as the library returns.
    var mustDrop = false
    /// CONNACK: its code, and what came with it.
    var answer: (code: CInt, session: MosquittoSession)?
    /// SUBACKs: the identifier of their SUBSCRIBE, and the granted QoS or reason code of each of its filters, in their order.
    var grants: [(identifier: CInt, grants: [CInt])] = []
    /// Why the library says the connection ended: its own code, or the broker's reason code from 128.
    var farewell: CInt?
    /// What OpenSSL first complained of.
    var tlsTrouble: String?
    /// Outgoing messages that are done, by identifier, with the broker's reason code. Kept when the connection ends: a broker
    /// may refuse a message and hang up.
    var published: [(identifier: CInt, reason: CInt)] = []

    /// Makes this the place where `handle` reports. The library calls back with the object it was created with.
    func install(on handle: OpaquePointer) {
        unsafe mosquitto_message_callback_set(handle) { _, object, message in
            guard let object = unsafe object, let message = unsafe message else { return }
            let enough = unsafe MosquittoCallbacks.at(object).received(message.pointee)
            // The library looks at errno next: EAGAIN ends its loop, anything else lets it read on (2.0.11 to 2.1.2 read).
            errno = enough ? EAGAIN : 0
        }
        unsafe mosquitto_connect_v5_callback_set(handle) { _, object, code, flags, properties in
            guard let object = unsafe object else { return }
            unsafe MosquittoCallbacks.at(object).answer = unsafe (code, MosquittoSession(flags: flags, properties: properties))
            // Ends the library's loop: that a connection began must be told before its first message, which may be right behind.
            errno = EAGAIN
        }
        unsafe mosquitto_subscribe_v5_callback_set(handle) { _, object, identifier, count, grants, _ in
            guard let object = unsafe object else { return }
            let each = unsafe Array(UnsafeBufferPointer(start: grants, count: Int(count)))
            unsafe MosquittoCallbacks.at(object).grants.append((identifier, each))
        }
        unsafe mosquitto_disconnect_v5_callback_set(handle) { _, object, code, _ in
            guard let object = unsafe object else { return }
            unsafe MosquittoCallbacks.at(object).farewell = code
        }
        unsafe mosquitto_publish_v5_callback_set(handle) { _, object, identifier, reason, _ in
            guard let object = unsafe object else { return }
            unsafe MosquittoCallbacks.at(object).published.append((identifier, reason))
        }
        unsafe mosquitto_log_callback_set(handle) { handle, object, level, line in
            guard level == MOSQ_LOG_ERR, let object = unsafe object, let handle = unsafe handle, let line = unsafe line else { return }
            unsafe MosquittoCallbacks.at(object).complained(String(cString: line), about: handle)
        }
    }

    func reset() {
        isPaused = false
        postponed = []
        unacknowledged = 0
        mustDrop = false
        answer = nil
        grants = []
        farewell = nil
        tlsTrouble = nil
    }

    private static func at(_ object: UnsafeMutableRawPointer) -> MosquittoCallbacks {
        unsafe Unmanaged<MosquittoCallbacks>.fromOpaque(object).takeUnretainedValue()
    }

    private func received(_ message: mosquitto_message) -> Bool {
        let delivery = unsafe MosquittoDelivery(
            qos: Int(message.qos), retained: message.retain, identifier: UInt16(truncatingIfNeeded: message.mid))
        let topic = unsafe UnsafeRawBufferPointer(start: message.topic, count: message.topic.map { unsafe strlen($0) } ?? 0)
        let payload = unsafe UnsafeRawBufferPointer(start: message.payload, count: Int(message.payloadlen))
        return unsafe take(topic.assumingMemoryBound(to: UInt8.self).span, payload.assumingMemoryBound(to: UInt8.self).span, delivery)
    }

    /// - Returns: whether the library should read no further.
    func take(_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ delivery: MosquittoDelivery) -> Bool {
        // Without a receiver, or after it gave the connection up, the message must come again: so nothing may be acknowledged.
        guard receiver != nil, !mustDrop else {
            mustDrop = true
            return true
        }
        guard !isPaused, answer == nil, postponed.isEmpty else {
            unsafe postponed.append(
                Postponed(
                    topic: topic.withUnsafeBufferPointer { unsafe Array($0) },
                    payload: payload.withUnsafeBufferPointer { unsafe Array($0) },
                    delivery: delivery))
            return true
        }
        handOn(topic, payload, delivery)
        return isPaused
    }

    private func handOn(_ topic: Span<UInt8>, _ payload: Span<UInt8>, _ delivery: MosquittoDelivery) {
        if delivery.qos > 0 { unacknowledged += 1 }
        if receiver?(topic, payload, delivery) != .next { isPaused = true }
    }

    /// Hands on what was postponed, until the receiver has enough.
    /// - Returns: whether anything was.
    func handOnPostponed() -> Bool {
        guard !postponed.isEmpty else { return false }
        while !isPaused, !postponed.isEmpty {
            let message = postponed.removeFirst()
            handOn(message.topic.span, message.payload.span, message.delivery)
        }
        return true
    }

    /// Lines read "OpenSSL Error[0]: error:0A000086:SSL routines::certificate verify failed"; from 2.1 on with what was being done
    /// before the bracket.
    private func complained(_ line: String, about handle: OpaquePointer) {
        guard line.hasPrefix("OpenSSL Error") else { return }
        let reason = line.split(separator: ":").last.map(String.init) ?? line
        unsafe troubled(reason, OpaquePointer(mosquitto_ssl_get(handle)))
    }

    /// OpenSSL gives `reason` for the failure of `connection` (`SSL *`).
    func troubled(_ reason: String, _ connection: OpaquePointer?) {
        // That the broker hung up is no fault of TLS. OpenSSL says it since 3.0 where it was a plain system error before.
        guard tlsTrouble == nil, reason != "unexpected eof while reading" else { return }
        let verification = unsafe connection.flatMap { unsafe TLSContext.verification($0) }
        tlsTrouble = verification ?? (reason == "wrong version number" ? reason + ", or the port is not meant for TLS" : reason)
    }
}

extension MosquittoSession {
    /// From a CONNACK (MQTT 5, 3.2.2).
    fileprivate init(flags: CInt, properties: OpaquePointer?) {
        func number<N: FixedWidthInteger>(
            _ identifier: CUnsignedInt, _ read: (OpaquePointer?, CInt, UnsafeMutablePointer<N>?, Bool) -> OpaquePointer?
        ) -> Int? {
            var value: N = 0
            return unsafe read(properties, CInt(identifier), &value, false) == nil ? nil : Int(value)
        }
        present = flags & 1 != 0
        sessionExpiry = unsafe number(MQTT_PROP_SESSION_EXPIRY_INTERVAL.rawValue, mosquitto_property_read_int32).map { .seconds($0) }
        keepalive = unsafe number(MQTT_PROP_SERVER_KEEP_ALIVE.rawValue, mosquitto_property_read_int16).map { .seconds($0) }
        maximumPacketSize = unsafe number(MQTT_PROP_MAXIMUM_PACKET_SIZE.rawValue, mosquitto_property_read_int32)
        receiveMaximum = unsafe number(MQTT_PROP_RECEIVE_MAXIMUM.rawValue, mosquitto_property_read_int16)
        maximumQoS = unsafe number(MQTT_PROP_MAXIMUM_QOS.rawValue, mosquitto_property_read_byte)
        retains = unsafe number(MQTT_PROP_RETAIN_AVAILABLE.rawValue, mosquitto_property_read_byte) != 0
        wildcardSubscriptions = unsafe number(MQTT_PROP_WILDCARD_SUB_AVAILABLE.rawValue, mosquitto_property_read_byte) != 0
        sharedSubscriptions = unsafe number(MQTT_PROP_SHARED_SUB_AVAILABLE.rawValue, mosquitto_property_read_byte) != 0
        var name: UnsafeMutablePointer<CChar>?
        let identifier = CInt(MQTT_PROP_ASSIGNED_CLIENT_IDENTIFIER.rawValue)
        if unsafe mosquitto_property_read_string(properties, identifier, &name, false) != nil, let given = unsafe name {
            assignedClientID = unsafe String(cString: given)
            unsafe free(given)
        }
    }
}
