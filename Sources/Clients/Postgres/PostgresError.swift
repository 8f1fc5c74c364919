/// Why PostgreSQL did not do what it was asked. Never shows a password.
package struct PostgresError: Error, Equatable {
    package enum Kind: Equatable, Sendable {
        /// Refused, reset, closed, name not resolved. Nothing is known of what the server did last.
        case unreachable
        /// No sign of life within the deadline: the server, or the way to it, hangs.
        case timeout
        /// The two sides agree on no encrypted connection: certificate, host name, or TLS not offered.
        case tls
        /// What we were given cannot work: a connection string that cannot be read, no password, a missing certificate file.
        case setup
        /// A value that cannot be sent at all: text with a NUL (PostgreSQL manual, 8.3).
        case value
        /// The server's own answer; `sqlState` says which.
        case server
        /// The server says that all is well, and did not keep what it was given.
        case notKept
    }

    package let kind: Kind
    /// What was being done: `connect`, `prepare`, `store`.
    package let operation: String
    /// Five characters (PostgreSQL manual, appendix A); nil when no server answered.
    package let sqlState: String?
    package let message: String
    package var detail: String?
    package var table: String?
    package var column: String?
    package var constraint: String?

    package init(_ kind: Kind, _ operation: String, sqlState: String? = nil, _ message: String) {
        self.kind = kind
        self.operation = operation
        self.sqlState = sqlState
        self.message = Self.oneLine(message)
    }

    /// Whether the connection it happened on is of no more use.
    package var endsConnection: Bool {
        switch kind {
        case .unreachable, .timeout, .tls, .setup: true
        case .value, .notKept: false
        case .server: sqlState.map { $0.hasPrefix("08") || $0.hasPrefix("57P") } ?? true
        }
    }

    /// Libpq's messages span lines; ours do not. Other control characters go too, for the message may end in a log.
    static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            if !isControl {
                line.unicodeScalars.append(scalar)
            } else if let last = line.unicodeScalars.last, last != " " {
                line += " "
            }
        }
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension PostgresError: CustomStringConvertible {
    package var description: String {
        var text = "PostgreSQL \(operation): "
        if let sqlState { text += "\(sqlState) " }
        text += message
        if let detail { text += " (\(detail))" }
        if let constraint { text += " [constraint \(constraint)]" }
        return text
    }
}
