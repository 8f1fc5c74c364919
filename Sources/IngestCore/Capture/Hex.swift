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

    /// Nil when `text` is no row of pairs of hexadecimal digits.
    package static func bytes(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var half: UInt8?
        for character in text.utf8 {
            guard let digit = Character(Unicode.Scalar(character)).hexDigitValue else { return nil }
            if let high = half {
                bytes.append(high << 4 | UInt8(digit))
                half = nil
            } else {
                half = UInt8(digit)
            }
        }
        return half == nil ? bytes : nil
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
