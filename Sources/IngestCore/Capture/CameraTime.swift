/// A camera's own time, as payloads carry it: seconds since 1970, milliseconds from 10^11 on, as a number or as text, or RFC 3339.
package enum CameraTime {
    /// From 2000 up to 2100: a camera that has lost its clock names another year.
    private static let sensible: Range<Int64> = 946_684_800_000..<4_102_444_800_000

    /// - Parameter value: a JSON value as it came, a text with its quotes.
    /// - Returns: nil for what is no time between 2000 and 2100.
    package static func moment(_ value: [UInt8]) -> Timestamp? {
        var text = value[...]
        if text.first == UInt8(ascii: "\"") {
            guard text.count >= 2, !text.contains(UInt8(ascii: "\\")) else { return nil }
            text = text.dropFirst().dropLast()
        }
        guard let milliseconds = number(text) ?? rfc3339(text), sensible.contains(milliseconds) else { return nil }
        return Timestamp(milliseconds: milliseconds)
    }

    private static func number(_ text: ArraySlice<UInt8>) -> Int64? {
        // `Double` takes more than JSON has: nan, infinity and hexadecimals.
        let allowed = text.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "e"),
                UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard allowed, let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
        let milliseconds = value < 1e11 ? value * 1000 : value
        return milliseconds.magnitude < 1e15 ? Int64(milliseconds.rounded()) : nil
    }

    /// RFC 3339, section 5.6: any fraction, any offset, letters in either case, a space for the T.
    private static func rfc3339(_ text: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(text)
        guard bytes.count >= 20, [0x54, 0x74, 0x20].contains(bytes[10]) else { return nil }
        var end = 19
        var milliseconds = 0
        if bytes[end] == UInt8(ascii: ".") {
            var digits = 0
            end += 1
            while end < bytes.count, let digit = digit(bytes[end]) {
                if digits < 3 { milliseconds = milliseconds * 10 + digit }
                digits += 1
                end += 1
            }
            guard digits > 0 else { return nil }
            for _ in digits..<max(digits, 3) { milliseconds *= 10 }
        }
        guard let offset = offset(bytes[end...]) else { return nil }
        var plain = Array(bytes[..<19])
        plain[10] = UInt8(ascii: "T")
        // A leap second has no place of its own in the count of seconds.
        let isLeap = plain[17] == UInt8(ascii: "6") && plain[18] == UInt8(ascii: "0")
        if isLeap { plain.replaceSubrange(17..<19, with: [UInt8(ascii: "5"), UInt8(ascii: "9")]) }
        guard let moment = Timestamp(rfc3339: String(decoding: plain, as: UTF8.self) + "Z") else { return nil }
        return moment.milliseconds + Int64(isLeap ? 1000 : milliseconds) - offset
    }

    /// `Z`, or hours and minutes that the local time is ahead of UTC; in milliseconds.
    private static func offset(_ text: ArraySlice<UInt8>) -> Int64? {
        let bytes = Array(text)
        if bytes.count == 1 { return bytes[0] | 0x20 == UInt8(ascii: "z") ? 0 : nil }
        guard bytes.count == 6, bytes[3] == UInt8(ascii: ":"), let a = digit(bytes[1]), let b = digit(bytes[2]), let c = digit(bytes[4]),
            let d = digit(bytes[5]), a * 10 + b < 24, c < 6
        else { return nil }
        let minutes = Int64((a * 10 + b) * 60 + c * 10 + d)
        switch bytes[0] {
        case UInt8(ascii: "+"): return minutes * 60_000
        case UInt8(ascii: "-"): return -minutes * 60_000
        default: return nil
        }
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }
}
