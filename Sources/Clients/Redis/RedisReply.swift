/// What Redis answered to one command (RESP 2).
package enum RedisReply: Equatable, Sendable {
    /// `+OK`
    case status(String)
    case integer(Int)
    /// A bulk string, any bytes.
    case bytes([UInt8])
    /// No such key, or a condition (`NX`) that did not hold.
    case null
    case array([RedisReply])
    /// The command failed, the connection did not. Only inside a pipeline or an array; else it is thrown.
    case error(RedisError.Cause)

    package var isOK: Bool { self == .status("OK") }

    package var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// A status or a bulk string, as text.
    package var text: String? {
        switch self {
        case .status(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    package var integer: Int? {
        if case .integer(let number) = self { number } else { nil }
    }

    package var array: [RedisReply]? {
        if case .array(let elements) = self { elements } else { nil }
    }
}
