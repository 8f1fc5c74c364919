/// The characters of base64 (RFC 4648, sections 4 and 5): both alphabets, in one text even.
enum Base64Alphabet {
    static let padding = UInt8(ascii: "=")

    /// What `sextet` answers for a character that is none.
    static let none: UInt8 = 0xff

    /// Four tables of 256: what a character means as the first to fourth of its group, at its place in the group's 24 bits.
    /// A character that means nothing has bit 31 set.
    static let table: [UInt32] = [18, 12, 6, 0].flatMap { shift in
        (0...255).map { byte in
            let value = sextet(UInt8(byte))
            return value == none ? 1 << 31 : UInt32(value) << UInt32(shift)
        }
    }

    static func sextet(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: none
        }
    }

    static func isSpace(_ character: UInt8) -> Bool {
        switch character {
        case 0x20, 0x09, 0x0a, 0x0d: true
        default: false
        }
    }
}
