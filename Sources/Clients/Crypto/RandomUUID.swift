import CCrypto

/// Fresh random UUIDs: version 4 (RFC 9562, section 5.4).
package enum RandomUUID {
    /// `d3b07384-d9a0-4c9b-8f3e-2b1c5a6e7f80`, in lower case. May be called from any thread.
    ///
    /// The corresponding C function is `RAND_bytes`.
    package static func make() throws(CryptoFailure) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        guard unsafe RAND_bytes(&bytes, CInt(bytes.count)) == 1 else { throw CryptoFailure(operation: "RAND_bytes") }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        var text = ""
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append("-") }
            for digit in [byte >> 4, byte & 15] {
                text.unicodeScalars.append(Unicode.Scalar(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10))
            }
        }
        return text
    }
}
