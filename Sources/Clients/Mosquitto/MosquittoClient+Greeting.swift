import CCrypto
import CMosquitto
import Glibc

extension MosquittoClient {
    /// What the broker's first bytes say that the library knows only as a malformed packet, or does not know at all. They stay where
    /// they are: as long as there are none, the library must not read, or it would take them first.
    ///
    /// - A CONNACK of MQTT 3 that refuses MQTT 5 (its 4 bytes: MQTT 3.1.1, 3.2): libmosquitto 2.0.11 calls back with it; 2.0.21 and
    ///   2.1.2 do not, for to them it lacks its properties (`property__read_all` and `handle__connack` read).
    /// - A TLS alert (RFC 8446, 5.1 and 6), with which a port that is meant for TLS may answer plain MQTT.
    ///
    /// The corresponding C functions are `recv` with MSG_PEEK and `SSL_peek`.
    func greeting() -> Greeting {
        guard !isConnected, !hasBegun else { return .understood }
        var start: [UInt8] = [0, 0, 0, 0]
        var count: Int
        if settings.tls == nil {
            count = unsafe recv(socket, &start, start.count, CInt(MSG_PEEK | MSG_DONTWAIT))
            if count < 0, errno == EAGAIN { return .awaited }
        } else {
            guard let tls = unsafe tlsConnection, unsafe SSL_is_init_finished(tls) != 0 else { return .understood }
            ERR_clear_error()
            count = unsafe Int(SSL_peek(tls, &start, CInt(start.count)))
            let error = unsafe count > 0 ? SSL_ERROR_NONE : SSL_get_error(tls, CInt(count))
            if error == SSL_ERROR_WANT_READ { return .awaited }
            // An alert is told once only, and the library would not hear of it any more.
            if error == SSL_ERROR_SSL {
                let reason = unsafe ERR_reason_error_string(ERR_peek_error()).map { unsafe String(cString: $0) }
                unsafe callbacks.troubled(reason ?? "TLS failed", tls)
            }
        }
        guard count > 0 else { return .understood }
        hasBegun = true
        if settings.version == .v5, start[0] == 0x20, start[1] == 2, start[3] == 1 {
            return .misunderstood(.refused(.protocolVersion, filter: nil))
        }
        return settings.tls == nil && start[0] == 0x15 && start[1] == 3 ? .misunderstood(.wantsTLS) : .understood
    }

    enum Greeting {
        /// Nothing has come yet.
        case awaited
        /// The library may read.
        case understood
        case misunderstood(MosquittoError.Cause)
    }
}
