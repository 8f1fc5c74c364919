/// One statement to run, with its parameters in text form. Their types are for the server to find out, so the same statement
/// serves columns of different types.
package struct PostgresCall: Sendable {
    enum Command: Sendable {
        case prepare(name: String, sql: String)
        case prepared(name: String)
        case sql(String)
    }

    let command: Command
    let parameters: [String?]
    /// What is being done, for errors.
    let operation: String

    /// Runs `sql` once. Parameters are `$1`, `$2` and on.
    package static func sql(_ sql: String, _ parameters: [String?] = []) -> PostgresCall {
        PostgresCall(command: .sql(sql), parameters: parameters, operation: "query")
    }

    /// Keeps a statement for later calls on the same connection. `isNamed` false: until the next one that is kept so, in the same
    /// transaction.
    package static func prepare(_ statement: PostgresStatement, isNamed: Bool = true) -> PostgresCall {
        let name = isNamed ? statement.name : ""
        return PostgresCall(command: .prepare(name: name, sql: statement.sql), parameters: [], operation: "prepare \(statement.word)")
    }

    /// Runs what was kept.
    package static func prepared(_ statement: PostgresStatement, isNamed: Bool = true, _ parameters: [String?]) -> PostgresCall {
        PostgresCall(command: .prepared(name: isNamed ? statement.name : ""), parameters: parameters, operation: statement.word)
    }

    /// Whether it gives back nothing that anybody waits for.
    package var isPreparation: Bool { if case .prepare = command { true } else { false } }
}

/// A statement that is parsed once and run with many sets of parameters.
package struct PostgresStatement: Sendable {
    /// For errors.
    package let word: String
    package let sql: String
    /// By its text, so that two texts never share a name, whoever else's session a pooler lends.
    package let name: String

    package init(_ word: String, _ sql: String) {
        self.word = word
        self.sql = sql
        name = "\(word)_\(String(FNV1a.hash(sql.utf8), radix: 16))"
    }
}

/// RFC 9923, 64 bits.
package enum FNV1a {
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return hash
    }
}

/// What a statement gave back, in text form.
package struct PostgresRows: Equatable, Sendable {
    package let columns: Int
    private let values: [String?]

    init(columns: Int, values: [String?]) {
        self.columns = columns
        self.values = values
    }

    package var count: Int { columns == 0 ? 0 : values.count / columns }

    /// Nil for NULL, and for a place outside the table.
    package subscript(row: Int, column: Int) -> String? {
        guard (0..<columns).contains(column), (0..<count).contains(row) else { return nil }
        return values[row * columns + column]
    }
}

package enum PostgresIdentifier {
    /// A name as it stands in SQL, whatever characters it has (PostgreSQL manual, 4.1.1).
    package static func quoted(_ name: String) -> String {
        var quoted = "\""
        for scalar in name.unicodeScalars {
            if scalar == "\"" { quoted += "\"" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
