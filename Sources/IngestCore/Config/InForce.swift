/// A configuration without mistakes, and where each of its values comes from.
package struct InForce: Equatable, Sendable {
    package var configuration: Configuration
    /// By key; a key that is not there has its default.
    package internal(set) var origins: [String: SettingSource]
    /// What is allowed but worth knowing, for `check` and the log.
    package internal(set) var notes: [String]
    /// What should be mended although it works, for `check`, `doctor` and the log.
    package internal(set) var warnings: [String]

    package func origin(of key: String) -> SettingSource { origins[key] ?? .standard }
}

/// Everything a configuration is made of, already read.
package struct ConfigurationSources: Sendable {
    package enum FileContents: Equatable, Sendable {
        case bytes([UInt8])
        case missing
        /// Why it cannot be read, in the system's words.
        case failed(String)
    }

    /// The name of the configuration file, for messages.
    package var file: String
    package var nodes: [ConfigurationNode]
    package var syntaxErrors: [ConfigurationSyntaxError]
    package var environment: [String: String]
    /// Reads a small file: a secret, a credential, a certificate.
    package var read: @Sendable (_ path: String) -> FileContents
    /// Whether everybody on the machine may read this file.
    package var isOpenToAll: @Sendable (_ path: String) -> Bool
    /// Whether the linked Redis client can speak TLS.
    package var redisHasTLS: Bool

    package init(
        file: String, nodes: [ConfigurationNode], syntaxErrors: [ConfigurationSyntaxError] = [], environment: [String: String],
        redisHasTLS: Bool = false, isOpenToAll: @escaping @Sendable (_ path: String) -> Bool = { _ in false },
        read: @escaping @Sendable (_ path: String) -> FileContents
    ) {
        self.file = file
        self.nodes = nodes
        self.syntaxErrors = syntaxErrors
        self.environment = environment
        self.redisHasTLS = redisHasTLS
        self.isOpenToAll = isOpenToAll
        self.read = read
    }
}

/// A line that is no TOML.
package struct ConfigurationSyntaxError: Equatable, Sendable {
    package let line: Int
    /// The parser's own words.
    package let reason: String
    /// The line itself. Neither is ever shown: both may hold a secret.
    package let text: String
    /// As its header has it; on the header's own line too.
    package let section: String

    package init(line: Int, reason: String, text: String, section: String) {
        self.line = line
        self.reason = reason
        self.text = text
        self.section = section
    }

    /// The same in words that quote nothing but the name of a known key.
    func mistake(in file: String) -> Mistake {
        let written = text.prefix { $0 != "=" }.filter { $0 != " " && $0 != "\t" }
        let name = text.contains("=") && Setting.all.contains { $0.name == written || "\($0.name)_file" == written } ? written : nil
        let value = text.drop { $0 != "=" }.dropFirst().drop { $0 == " " || $0 == "\t" }
        let looksBare = value.first.map { !"\"'[{".contains($0) } ?? false
        let problem: String
        var hint: String?
        if reason.contains("redefine") || reason.contains("redefining") {
            let isHeader = text.drop { $0 == " " }.hasPrefix("[")
            let isKnown = Setting.all.contains { $0.section == section || $0.section.hasPrefix(section + ".") }
            let place = isKnown ? (isHeader ? "[\(section)] " : name.map { "\($0) of [\(section)] " }) : name.map { "\($0) " }
            problem = (place ?? "") + "is given a second time"
            hint = isHeader ? "put all keys of a section under one header" : "keep one of the two"
        } else if reason.contains("utf-8") {
            problem = "holds bytes that are no UTF-8"
            hint = "save the file as UTF-8"
        } else if reason.contains("end-of-file") {
            problem = "ends in the middle of a value or header"
            hint = "look for a missing quote or bracket further up"
        } else {
            problem = "is no valid TOML" + (name.map { ", at \($0)" } ?? "")
            if !text.contains("=") {
                hint = text.contains("[") ? "a section is written [name]" : "a key is written name = value"
            } else if looksBare {
                hint = "a text stands in quotes, as in \(name ?? "name") = \"...\""
            } else {
                hint = "look for a missing quote, bracket or comma, and write \\ in a text as \\\\"
            }
        }
        return Mistake(source: .file(file, line: line), key: nil, problem: problem, hint: hint)
    }
}
