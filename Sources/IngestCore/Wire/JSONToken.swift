/// One value of a JSON text: what it is and where it stands. Holds no bytes of its own.
package struct JSONToken: Equatable, Sendable {
    package enum Kind: Sendable {
        /// A string; `range` is what stands between its quotes. `escaped` when there is a backslash in it.
        case string(escaped: Bool)
        /// A number without fraction and exponent.
        case integer
        /// A number with a fraction, an exponent or both.
        case decimal
        case boolean
        case null
        /// An object or an array.
        case container
    }

    package let kind: Kind
    /// Offsets in the payload.
    package let range: Range<Int>
}

extension JSONToken.Kind: Equatable {}

extension JSONToken {
    /// What `nextASCII` answers for a character that is none of ASCII's.
    static let notASCII: UInt8 = 0xff

    /// Takes the character at `position`, which lies in a string that was scanned before, with its escape undone
    /// (RFC 8259, section 7). All our names, numbers and base64 are ASCII, so a character beyond it is only told as such.
    static func nextASCII(in bytes: Span<UInt8>, at position: inout Int) -> UInt8 {
        let byte = bytes[position]
        position += 1
        guard byte == UInt8(ascii: "\\") else { return byte < 0x80 ? byte : notASCII }
        let unit = escapedUnit(in: bytes, at: &position)
        return unit < 0x80 ? UInt8(truncatingIfNeeded: unit) : notASCII
    }

    /// The string with its escapes undone, or the number as it was sent; nil when an escaped surrogate stands alone, which the
    /// grammar allows and no text can hold. Allocates.
    package func text(in payload: Span<UInt8>) -> String? {
        var utf8 = [UInt8]()
        utf8.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = payload[position]
            position += 1
            guard byte == UInt8(ascii: "\\"), kind == .string(escaped: true) else {
                utf8.append(byte)
                continue
            }
            var code = UInt32(Self.escapedUnit(in: payload, at: &position))
            if (0xd800..<0xdc00).contains(code) {
                guard position + 6 <= range.upperBound, payload[position] == UInt8(ascii: "\\"), payload[position + 1] == UInt8(ascii: "u")
                else { return nil }
                position += 1
                let low = UInt32(Self.escapedUnit(in: payload, at: &position))
                guard (0xdc00..<0xe000).contains(low) else { return nil }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { return nil }
            utf8.append(contentsOf: UTF8.encode(scalar)!)
        }
        return String(validating: utf8, as: UTF8.self)
    }

    /// The UTF-16 unit that an escape stands for; `position` is behind its backslash.
    private static func escapedUnit(in bytes: Span<UInt8>, at position: inout Int) -> UInt16 {
        let letter = bytes[position]
        position += 1
        switch letter {
        case UInt8(ascii: "n"): return 0x0a
        case UInt8(ascii: "r"): return 0x0d
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0c
        case UInt8(ascii: "u"):
            var unit: UInt16 = 0
            for offset in 0..<4 { unit = unit << 4 | UInt16(hexDigit(bytes[position + offset]) ?? 0) }
            position += 4
            return unit
        default: return UInt16(letter)  // quote, backslash and slash stand for themselves
        }
    }

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
