/// Reads `index` and `total`: integers, integral floats and decimal strings. Never overflows: what is larger than any use comes
/// out as `huge` or `-huge`, which no range holds.
enum WholeNumber {
    static let huge = 1 << 40

    /// Nil when the token is of another type or no whole number.
    static func value(of token: JSONToken, in payload: Span<UInt8>) -> Int? {
        switch token.kind {
        case .integer, .decimal: number(payload, token.range)
        case .string: digits(payload, token.range)
        case .boolean, .null, .container: nil
        }
    }

    /// A number is its digits without the zeros at their end, times a power of ten. It is whole when that power is not negative,
    /// which `3.0`, `3e0` and `30e-1` satisfy and `3.5` does not.
    private static func number(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var significand = 0
        var zeros = 0
        var fractionDigits = 0
        var inFraction = false
        var negative = false
        var exponent = 0
        var position = range.lowerBound
        scan: while position < range.upperBound {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "-"): negative = true
            case UInt8(ascii: "."): inFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                exponent = self.exponent(bytes, position..<range.upperBound)
                break scan
            default:
                if inFraction { fractionDigits += 1 }
                if byte == UInt8(ascii: "0") {
                    zeros += 1
                } else {
                    significand = min(scaled(significand, by: zeros + 1) + Int(byte - UInt8(ascii: "0")), huge)
                    zeros = 0
                }
            }
        }
        guard significand > 0 else { return 0 }
        let power = zeros - fractionDigits + exponent
        guard power >= 0 else { return nil }
        let value = scaled(significand, by: power)
        return negative ? -value : value
    }

    private static func exponent(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int {
        var value = 0
        for position in range {
            let byte = bytes[position]
            if byte != UInt8(ascii: "-"), byte != UInt8(ascii: "+") { value = min(value * 10 + Int(byte - UInt8(ascii: "0")), huge) }
        }
        return bytes[range.lowerBound] == UInt8(ascii: "-") ? -value : value
    }

    /// `value * 10^power`, at most `huge`.
    private static func scaled(_ value: Int, by power: Int) -> Int {
        guard value > 0 else { return 0 }
        var value = value
        var power = power
        while power > 0, value < huge {
            value *= 10
            power -= 1
        }
        return min(value, huge)
    }

    /// A minus, if any, and digits: nothing else is a decimal string. The minus makes it a number out of range rather than none.
    private static func digits(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var position = range.lowerBound
        var negative = false
        var count = 0
        var value = 0
        while position < range.upperBound {
            let isFirst = position == range.lowerBound
            switch JSONToken.nextASCII(in: bytes, at: &position) {
            case let digit where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit):
                value = min(value * 10 + Int(digit - UInt8(ascii: "0")), huge)
                count += 1
            case UInt8(ascii: "-") where isFirst: negative = true
            default: return nil
            }
        }
        guard count > 0 else { return nil }
        return negative ? -value : value
    }
}
