import CMosquitto
import Glibc

/// What failed between this client and its broker: in which step, with which broker, and why. Never holds a secret.
package struct MosquittoError: Error, Equatable, CustomStringConvertible {
    package enum Step: String, Sendable {
        case configure
        case connect
        case secure
        case logIn = "log in"
        case subscribe
        case publish
        case converse
    }

    package enum Cause: Error, Equatable {
        /// A setting the library will not take.
        case setting(String)
        /// The host's name cannot be resolved.
        case lookup(String)
        /// errno(3) of the socket.
        case network(CInt)
        case timedOut(Duration)
        case tls(String)
        /// The broker answers plain MQTT with TLS.
        case wantsTLS
        /// The broker answered no, to CONNECT or to one topic filter.
        case refused(MQTTReason, filter: String?)
        /// The broker grants less than the QoS asked for, so it would not repeat what is lost.
        case lowerQoS(Int, filter: String)
        /// The broker said goodbye (DISCONNECT of MQTT 5).
        case dismissed(MQTTReason?)
        /// The broker closed the connection without a word.
        case hungUp
        /// Nothing came within twice the keepalive time, no answer to a ping either.
        case silent
        /// What came is not MQTT.
        case malformed
        /// An acknowledgement with a reason code that MQTT 5 has not for it (3.4.2.1), which the library takes for an error of protocol.
        case unknownAnswer
        case outOfMemory
        /// Any other code of the library's own.
        case library(CInt)
    }

    package let step: Step
    /// The broker, as in `MosquittoSettings.endpoint`.
    package let endpoint: String
    package let cause: Cause

    package init(_ step: Step, _ endpoint: String, _ cause: Cause) {
        self.step = step
        self.endpoint = endpoint
        self.cause = cause
    }

    /// Whether trying again is in vain until someone changes something. Everything else may pass by itself.
    package var needsOperator: Bool {
        switch cause {
        case .setting, .tls, .wantsTLS, .lowerQoS: true
        case .refused(let reason, _): reason.needsOperator
        case .dismissed(let reason): reason?.needsOperator ?? false
        case .lookup, .network, .timedOut, .hungUp, .silent, .malformed, .unknownAnswer, .outOfMemory, .library: false
        }
    }

    package var description: String { "\(step.rawValue) \(endpoint): \(reason)" }

    private var reason: String {
        switch cause {
        case .setting(let what), .lookup(let what), .tls(let what): what
        case .network(let code): unsafe String(cString: strerror(code))
        case .wantsTLS: "the port is meant for TLS"
        case .timedOut(let limit): "no answer within \(limit)"
        case .refused(let reason, nil): "\(reason)"
        case .refused(let reason, let filter?): "topic filter \(filter): \(reason)"
        case .lowerQoS(let granted, let filter): "topic filter \(filter): the broker grants QoS \(granted) only"
        case .dismissed(let reason?): "closed by the broker: \(reason)"
        case .dismissed(nil): "closed by the broker"
        case .hungUp where step == .logIn && endpoint.hasPrefix("mqtts:"):
            "closed by the broker before it answered; does it want a client certificate it knows, or not speak this version of MQTT?"
        case .hungUp where step == .logIn:
            "closed by the broker before it answered; is the port meant for TLS, or does it not speak this version of MQTT?"
        case .hungUp where step == .secure:
            "closed by the broker in the middle of the TLS handshake; is the port meant for plain MQTT, or for clients with a certificate it knows?"
        case .hungUp: "connection lost"
        case .silent: "the broker has gone silent"
        case .malformed: "what the broker sent is not MQTT"
        case .unknownAnswer:
            "the broker acknowledges a message with a reason that MQTT 5 does not have, as mosquitto does to one above its message_size_limit"
        case .outOfMemory: "out of memory"
        case .library(let code): unsafe String(cString: mosquitto_strerror(code))
        }
    }
}

extension MosquittoError.Cause {
    var isOfTLS: Bool { if case .tls = self { true } else { false } }

    init(_ failure: TLSFailure) {
        self =
            switch failure {
            case .outOfMemory: .outOfMemory
            case .name(let what): .setting(what)
            case .file(let what): .tls(what)
            }
    }

    /// The one way from the library's return codes to a cause. `error` is errno(3) as the call left it.
    init(code: CInt, error: CInt) {
        self =
            switch mosq_err_t(rawValue: code) {
            case MOSQ_ERR_NOMEM: .outOfMemory
            // What is wrong with TLS itself, OpenSSL has said. Without that, the connection was lost in it (2.0.15 and later).
            case MOSQ_ERR_CONN_LOST, MOSQ_ERR_NO_CONN, MOSQ_ERR_TLS: .hungUp
            case MOSQ_ERR_KEEPALIVE: .silent
            case MOSQ_ERR_PROTOCOL, MOSQ_ERR_MALFORMED_PACKET, MOSQ_ERR_MALFORMED_UTF8, MOSQ_ERR_DUPLICATE_PROPERTY,
                MOSQ_ERR_OVERSIZE_PACKET, MOSQ_ERR_TOPIC_ALIAS_INVALID:
                .malformed
            case MOSQ_ERR_ERRNO: [0, ECONNRESET, EPIPE, EPROTO].contains(error) ? .hungUp : .network(error)
            default: .library(code)
            }
    }
}
