/// Percent-encoding of everything but the characters that are safe in keys, file names and URLs alike (RFC 3986, section 2.1).
package enum PercentEncoding {
    package static func encode(_ bytes: some Sequence<UInt8>, keeping extra: Set<UInt8> = []) -> String {
        var encoded = ""
        for byte in bytes {
            if isPlain(byte) || extra.contains(byte) {
                encoded.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                encoded += "%" + Hex.upper(byte)
            }
        }
        return encoded
    }

    /// Nil for what is no encoding of UTF-8.
    package static func decode(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(JSONToken.hexDigit), let low = rest.popFirst().flatMap(JSONToken.hexDigit) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// `[A-Za-z0-9._-]`
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
