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

    /// Runs `sql` once. Parameters are `$1`, `$2` and on.
    package static func sql(_ sql: String, _ parameters: [String?] = []) -> PostgresCall {
        PostgresCall(command: .sql(sql), parameters: parameters)
    }

    /// Names `sql` for later calls on the same connection.
    package static func prepare(_ name: String, _ sql: String) -> PostgresCall {
        PostgresCall(command: .prepare(name: name, sql: sql), parameters: [])
    }

    /// Runs what was prepared under `name`.
    package static func prepared(_ name: String, _ parameters: [String?]) -> PostgresCall {
        PostgresCall(command: .prepared(name: name), parameters: parameters)
    }

    /// For errors.
    var operation: String {
        switch command {
        case .prepare(let name, _): "prepare \(name)"
        case .prepared(let name): name
        case .sql: "query"
        }
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
