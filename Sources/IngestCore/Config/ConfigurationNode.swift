/// One key of a configuration file, or one element of a list in it, and where it stands.
package struct ConfigurationNode: Equatable, Sendable {
    package enum Kind: String, Equatable, Sendable {
        case table = "section"
        case array = "list"
        case string = "text"
        case integer = "number"
        case float = "fraction"
        case boolean = "true or false"
        case time = "date"
    }

    /// Dotted, elements in brackets: `mqtt.topic[1]`.
    package let path: String
    package let kind: Kind
    /// A string's characters, a number, `true`; "" for sections and lists.
    package let text: String
    /// Counted from 1.
    package let line: Int

    package init(path: String, kind: Kind, text: String, line: Int) {
        self.path = path
        self.kind = kind
        self.text = text
        self.line = line
    }
}

/// What a setting was given: a node of the file, or the text of an environment variable, secret file or credential.
struct GivenValue {
    /// Nil: a bare text, in which numbers and truth values are spelled out.
    let kind: ConfigurationNode.Kind?
    let text: String
    let elements: [ConfigurationNode]

    init(text: String) {
        kind = nil
        self.text = text
        elements = []
    }

    init(_ node: ConfigurationNode, elements: [ConfigurationNode] = []) {
        kind = node.kind
        text = node.text
        self.elements = elements
    }

    /// For a message; only of what is no secret.
    var shown: String {
        switch kind {
        case .table?: "a section"
        case .array?: "a list"
        case .string?, nil: Quoted.text(text)
        default: text
        }
    }

    /// The text itself, free of control characters.
    func string(_ what: String) throws(Complaint) -> String {
        guard kind == nil || kind == .string else {
            let isScalar = kind != .table && kind != .array
            throw Complaint("must be \(what), in quotes", found: shown, hint: isScalar ? "write \(Quoted.text(text))" : nil)
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw Complaint("must not hold control characters")
        }
        return text
    }
}
