/// What a SQLSTATE calls for (PostgreSQL manual, appendix A). The first line of the table that fits decides: whole states stand before
/// the two characters of their class.
package enum SQLStateClass {
    package struct Line: Sendable {
        /// A whole state, or the first characters of one.
        package let prefix: String
        package let verdict: FailureClass
        /// What to do about it, for the person who must; nil where it passes by itself or concerns one picture.
        package let remedy: String?

        init(_ prefix: String, _ verdict: FailureClass, _ remedy: String? = nil) {
            self.prefix = prefix
            self.verdict = verdict
            self.remedy = remedy
        }
    }

    /// A server we have met no answer of is unreachable. A state the table lacks is what some trigger raises, for one picture or for all:
    /// `RefusalWatch` tells which.
    package static func verdict(on state: String?) -> FailureClass {
        guard let state else { return .retry(after: nil) }
        return line(for: state)?.verdict ?? .picture
    }

    package static func remedy(for state: String?) -> String? {
        guard let state else { return nil }
        guard let line = line(for: state) else {
            return "look the SQLSTATE up in the PostgreSQL manual, appendix A, and in the server's log"
        }
        return line.remedy
    }

    private static func line(for state: String) -> Line? { table.first { state.hasPrefix($0.prefix) } }

    private static let wait = FailureClass.retry(after: nil)

    package static let table: [Line] = [
        // The way there, and the server's own state.
        Line("08", wait),  // 08P01 too: so PgBouncer 1.18 tells of whatever ails it or the server behind it
        Line("57P04", .operatorNeeded, "the database was dropped: create it again, and its tables with schema.sql"),
        Line("57", wait),  // shut down, crashed, starting up, statement timeout
        Line("53100", .operatorNeeded, "the PostgreSQL server's disk is full: make room there"),
        Line("53", wait),  // out of memory, too many connections
        Line("58", wait),  // its operating system failed it
        Line("40", wait),  // deadlock, serialisation
        Line("55P03", wait),  // a lock not to be had in time
        Line("55006", wait),
        // A standby, or a primary while it is switched over: another one takes its place, and the next connection finds it.
        Line("25006", wait),
        Line("25P03", wait),  // idle in transaction: a network that stood still in the middle
        // Prepared statements are gone, or there already: a pooler's doing. The next connection does without.
        Line("26000", wait),
        Line("42P05", wait),

        // Access.
        Line("28P01", .operatorNeeded, "the password is wrong: check [postgres] password, DB_PASSWORD or DATABASE_URL"),
        Line("28", .operatorNeeded, "the server does not let this user in: check the user name, and pg_hba.conf on the server"),
        Line(
            "42501", .denied,  // one camera's rows, where there is a policy for rows
            "grant the user USAGE on the schema, SELECT, INSERT and UPDATE on its tables, and USAGE on their sequences; and look for a row security policy"
        ),
        Line("3D000", .operatorNeeded, "there is no such database: create it, or correct [postgres] url or DB_NAME"),
        // The schema.
        Line("3F000", .operatorNeeded, "there is no such schema: run schema.sql, or correct [postgres] schema or DB_SCHEMA"),
        Line("42P01", .operatorNeeded, "a table is missing: run schema.sql, or correct [postgres] schema or DB_SCHEMA"),
        Line("42703", .operatorNeeded, "a column is missing: compare the tables with schema.sql"),
        Line("42P10", .operatorNeeded, "image_objects needs a unique constraint on (minio_bucket, object_name), as in schema.sql"),
        Line("42", .operatorNeeded, "the tables do not fit: compare them with schema.sql"),
        Line("0A000", .operatorNeeded, "the tables were changed, or lack something: compare them with schema.sql"),
        // A column left empty is never the picture's doing: all that one has to say is always said.
        Line("23502", .operatorNeeded, "a column that thermo-ingest does not fill is NOT NULL and has no default: give it one"),

        // The picture's own values.
        Line("22", .picture),
        Line("23", .picture),
        Line("44000", .picture),  // the check option of a view
        Line("54", .picture),  // too large for an index
        Line("P0", .picture),  // a trigger's RAISE EXCEPTION, ASSERT and the like
        Line("XX", .operatorNeeded, "the server met an error of its own, or damaged data: look into its log"),
    ]
}
