/// Text as a JSON string that PostgreSQL's `json` and `jsonb` take alike.
package enum JSONQuoting {
    /// `jsonb` refuses `\u0000` (PostgreSQL manual, 8.14), so a NUL becomes U+FFFD: a topic's oddity must not cost the picture.
    package static func quoted(_ text: String) -> String {
        let escaped = text.escaping { scalar in
            switch scalar {
            case "\"": "\\\""
            case "\\": "\\\\"
            case "\0": "\u{fffd}"
            case "\u{1}"..."\u{1f}", "\u{7f}": "\\u00" + Hex.lower([UInt8(scalar.value)])
            default: nil
            }
        }
        return "\"\(escaped)\""
    }
}

extension String {
    /// The same with other text in place of the scalars that `replacement` has something for.
    func escaping(_ replacement: (Unicode.Scalar) -> String?) -> String {
        var escaped = ""
        for scalar in unicodeScalars {
            if let other = replacement(scalar) { escaped += other } else { escaped.unicodeScalars.append(scalar) }
        }
        return escaped
    }
}
