/// Text as a JSON string that PostgreSQL's `json` and `jsonb` take alike.
package enum JSONQuoting {
    /// `jsonb` refuses `\u0000` (PostgreSQL manual, 8.14), so a NUL becomes U+FFFD: a topic's oddity must not cost the picture.
    package static func quoted(_ text: String) -> String {
        var json = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\0": json += "\u{fffd}"
            case "\u{1}"..."\u{1f}", "\u{7f}": json += "\\u00" + Hex.lower([UInt8(scalar.value)])
            default: json.unicodeScalars.append(scalar)
            }
        }
        return json + "\""
    }
}
