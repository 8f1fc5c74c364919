/// Where the value of a setting comes from.
package enum SettingSource: Equatable, Sendable, CustomStringConvertible {
    case standard
    case file(String, line: Int)
    case environment(String)
    /// A file in `$CREDENTIALS_DIRECTORY` (systemd.exec(5), "CREDENTIALS").
    case credential(String)

    package var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "environment \(name)"
        case .credential(let name): "credential \(name)"
        }
    }
}

/// One thing an operator has to put right. None of its texts ever holds a secret.
package struct Mistake: Error, Equatable, Sendable, CustomStringConvertible {
    package let source: SettingSource
    /// Dotted, `mqtt.qos`; nil where the text could not be read that far.
    package let key: String?
    /// What is allowed, or why this is not.
    package let problem: String
    /// What stands there now.
    package let found: String?
    /// What was probably meant.
    package let hint: String?

    package init(source: SettingSource, key: String?, problem: String, found: String? = nil, hint: String? = nil) {
        self.source = source
        self.key = key
        self.problem = problem
        self.found = found
        self.hint = hint
    }

    init(_ complaint: Complaint, source: SettingSource, key: String?) {
        self.init(source: source, key: key, problem: complaint.problem, found: complaint.found, hint: complaint.hint)
    }

    package var description: String {
        var text = "\(source): "
        if let key { text += "\(key): " }
        text += problem
        if let found { text += "; found \(found)" }
        if let hint { text += "; \(hint)" }
        return text
    }
}

/// Every mistake of a configuration, in the order of the file, then of the environment.
package struct Mistakes: Error, Equatable, Sendable {
    package let list: [Mistake]
    package init(_ list: [Mistake]) { self.list = list }
}

/// Why a value is refused, before it is known where it stood.
struct Complaint: Error, Equatable {
    let problem: String
    var found: String?
    var hint: String?

    init(_ problem: String, found: String? = nil, hint: String? = nil) {
        self.problem = problem
        self.found = found
        self.hint = hint
    }
}

/// Texts as TOML basic strings (TOML 1.0, "String"), which also keeps control characters out of messages.
enum Quoted {
    static func text(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
                quoted += "\\u00" + Hex.upper(UInt8(scalar.value))
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
