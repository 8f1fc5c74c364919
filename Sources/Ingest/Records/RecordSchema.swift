import Clients

/// What this database's tables leave to the writer. Tables made by someone else's SQL have the same columns, but not the same types,
/// defaults and constraints; what is not said here is found out by the server, statement by statement.
struct RecordSchema: Equatable {
    /// An SQL expression for `id`, where the table has no default for it.
    var deviceID: String?
    var objectID: String?
    /// Columns of `devices` that must not be empty and have no default, with something harmless to put there.
    var deviceFillers: [Filler] = []

    struct Filler: Equatable {
        let column: String
        let expression: String
    }

    /// Columns: table, column, `typcategory`, type.
    static func inquiry(schema: String) -> PostgresCall {
        .sql(
            """
            SELECT c.relname, a.attname, t.typcategory, t.typname
            FROM pg_catalog.pg_class c
                JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
            WHERE n.nspname = $1 AND a.attnum > 0 AND a.attnotnull AND NOT a.atthasdef AND a.attidentity = ''
                AND (c.relname IN ('devices', 'image_objects') AND a.attname = 'id'
                    OR c.relname = 'devices' AND a.attname IN ('device_type', 'location', 'installed_at'))
            """, [schema])
    }

    init(_ answer: PostgresRows) {
        for row in 0..<answer.count {
            guard let table = answer[row, 0], let column = answer[row, 1], let category = answer[row, 2], let type = answer[row, 3] else {
                continue
            }
            // Anything else the server will refuse, and SQLStateClass says what to do.
            let expression: String? =
                switch (column, category) {
                case ("id", "S"): "pg_catalog.gen_random_uuid()::text"
                case ("id", _): type == "uuid" ? "pg_catalog.gen_random_uuid()" : nil
                case (_, "D"): "now()"
                case ("device_type", "S"): "'camera'"
                case (_, "S"): "''"
                default: nil
                }
            guard let expression else { continue }
            switch (table, column) {
            case ("devices", "id"): deviceID = expression
            case ("image_objects", "id"): objectID = expression
            default: deviceFillers.append(Filler(column: column, expression: expression))
            }
        }
    }
}
