/// Why a broker refused something, by the reason codes of MQTT 5 (2.4).
package struct MQTTReason: Equatable, Sendable, CustomStringConvertible {
    package let code: UInt8

    package init(code: UInt8) { self.code = code }

    /// From a CONNACK, whose codes 1 to 5 are those of MQTT 3.1.1 (3.2.2.3).
    package init(connack code: UInt8) {
        self.code =
            switch code {
            case 1: 132
            case 2: 133
            case 3: 136
            case 4: 134
            case 5: 135
            default: code
            }
    }

    package static let protocolVersion = MQTTReason(code: 132)
    package static let badCredentials = MQTTReason(code: 134)
    package static let notAuthorised = MQTTReason(code: 135)
    package static let sessionTakenOver = MQTTReason(code: 142)

    /// Whether only a person can change the answer: credentials, permissions, versions, names. Else it may be asked again.
    package var needsOperator: Bool {
        switch code {
        case 128, 131, 136, 137, 139, 141, 145, 147, 150, 151, 152, 159, 160: false
        default: true
        }
    }

    package var description: String {
        switch code {
        case 128: "refused without a reason, often for want of permission"
        case 129: "malformed packet"
        case 130: "protocol error"
        case 131: "refused for a reason of the broker's own"
        case 132: "the broker does not speak this version of MQTT"
        case 133: "client id not accepted"
        case 134: "bad user name or password"
        case 135: "not authorised"
        case 136: "server unavailable"
        case 137: "server busy"
        case 138: "banned"
        case 139: "server shutting down"
        case 140: "bad authentication method"
        case 141: "no packet within the keepalive time"
        case 142: "another client took the session over with the same client id"
        case 143: "topic filter not accepted"
        case 144: "topic name not accepted"
        case 145: "packet identifier in use"
        case 147: "receive maximum exceeded"
        case 149: "packet too large"
        case 150: "message rate too high"
        case 151: "quota exceeded"
        case 152: "administrative action"
        case 153: "payload format invalid"
        case 155: "QoS not supported"
        case 156, 157: "the broker names another server"
        case 158: "shared subscriptions not supported"
        case 159: "connection rate exceeded"
        case 160: "maximum connect time"
        case 162: "wildcard subscriptions not supported"
        default: "reason code \(code)"
        }
    }
}
