/// Bytes as hexadecimal text.
package enum Hex {
    /// Two lower-case digits a byte.
    package static func lower(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            text.unicodeScalars.append(digit(byte >> 4, letters: UInt8(ascii: "a")))
            text.unicodeScalars.append(digit(byte & 15, letters: UInt8(ascii: "a")))
        }
        return text
    }

    package static func upper(_ byte: UInt8) -> String {
        var text = ""
        text.unicodeScalars.append(digit(byte >> 4, letters: UInt8(ascii: "A")))
        text.unicodeScalars.append(digit(byte & 15, letters: UInt8(ascii: "A")))
        return text
    }

    private static func digit(_ value: UInt8, letters: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(value < 10 ? UInt8(ascii: "0") + value : letters + value - 10)
    }
}
