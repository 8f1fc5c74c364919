/// Text made fit for a log line.
///
/// A line holds no control character (Unicode category Cc) and no line or paragraph separator: whatever a camera, a broker or a
/// server sent, it can neither begin a line of its own nor steer a terminal. They are shown as in a string literal: `\n`, `\t`,
/// `\u001b`. A backslash stays as it is, so that ordinary text reads as it was written.
package enum LogText {
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnfit) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isUnfit(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// As `escaped`, in quotation marks where a reader could not tell where the value ends.
    package static func quoted(_ text: String) -> String {
        let unclear: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\"" || $0 == "=" || isUnfit($0) }
        guard text.isEmpty || text.unicodeScalars.contains(where: unclear) else { return text }
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where isUnfit(scalar): result += escape(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// As a JSON string, quotation marks included (RFC 8259, section 7).
    package static func json(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where isUnfit(scalar): result += escape(scalar)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || scalar.value == 0x2028 || scalar.value == 0x2029
    }

    static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": return "\\n"
        case "\r": return "\\r"
        case "\t": return "\\t"
        default:
            let digits = String(scalar.value, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
