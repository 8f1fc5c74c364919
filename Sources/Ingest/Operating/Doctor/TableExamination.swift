import Clients
import IngestCore
import Platform

/// Connects to PostgreSQL, compares the tables with what is written to them, and writes a picture down in a transaction that is rolled back.
struct TableExamination {
    private static let camera = ".thermo-ingest-doctor"
    /// All columns that are written or read.
    private static let columns = [
        "devices": ["id", "device_uid", "name", "created_at", "updated_at"],
        "image_objects": [
            "id", "device_id", "recorded_at", "minio_bucket", "object_name", "object_version", "checksum", "image_type", "status",
            "metadata",
            "created_at", "updated_at",
        ],
    ]

    private let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }

    func run(_ note: (Finding) -> Void) {
        var watch = Stopwatch()
        var step = "connect"
        do {
            var settings = try RecordStore.Settings(configuration)
            settings.timeout = min(settings.timeout, Doctor.patience)
            var connection = try PostgresConnection(settings.target, timeout: settings.timeout)
            let version = try connection.transaction([.sql("SELECT current_setting('server_version')")])[0][0, 0] ?? "?"
            note(Finding(.postgres, step, .good, "\(settings.target), PostgreSQL \(version)", took: watch.lap()))

            step = "tables"
            let missing = try missing(settings.schema, &connection)
            guard missing.isEmpty else {
                let fix = "run schema.sql, or correct [postgres] schema or DB_SCHEMA"
                return note(
                    Finding(
                        .postgres, step, .failed, "missing in schema \(settings.schema): \(missing.joined(separator: ", "))", fix: fix,
                        took: watch.lap()))
            }
            note(
                Finding(
                    .postgres, step, .good, "\(settings.schema).devices and \(settings.schema).image_objects have all columns",
                    took: watch.lap()))

            step = "insert"
            try insert(settings, &connection)
            note(Finding(.postgres, step, .good, "a camera and a picture, rolled back", took: watch.lap()))
        } catch let failure as RecordFailure {
            note(Self.failure(step, failure, watch.lap()))
        } catch let error as PostgresError {
            note(Self.failure(step, RecordFailure(error), watch.lap()))
        } catch {
            note(Finding(.postgres, step, .failed, "\(error)", fix: "correct [postgres]; see: thermo-ingest check", took: watch.lap()))
        }
    }

    /// Tables, and columns of those that are there. Through pg_catalog, which shows them whatever this user may do.
    private func missing(_ schema: String, _ connection: inout PostgresConnection) throws(PostgresError) -> [String] {
        let rows = try connection.transaction([
            .sql(
                """
                SELECT c.relname, a.attname
                FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
                WHERE n.nspname = $1 AND c.relname IN ('devices', 'image_objects') AND a.attnum > 0 AND NOT a.attisdropped
                """, [schema])
        ])[0]
        var found: Set<String> = []
        for row in 0..<rows.count {
            if let table = rows[row, 0], let column = rows[row, 1] { found.formUnion([table, "\(table).\(column)"]) }
        }
        return Self.columns.sorted { $0.key < $1.key }.flatMap { table, columns in
            found.contains(table) ? columns.map { "\(table).\($0)" }.filter { !found.contains($0) } : ["\(table) (the whole table)"]
        }
    }

    /// With the gateway's own statements, so that types, rights, constraints and triggers have their say.
    private func insert(_ settings: RecordStore.Settings, _ connection: inout PostgresConnection) throws {
        guard let camera = CameraUID(Self.camera) else { return }
        let schema = RecordSchema(try connection.transaction([RecordSchema.inquiry(schema: settings.schema)])[0])
        // As behind a pooler: nothing is left in the session, which may be another's.
        let statements = RecordStatements(schema: settings.schema, schema, isPooled: true)
        let name = try RandomUUID.make()
        let picture = Picture(
            camera: camera, imageID: name, imageIDSource: .gateway, topic: "doctor",
            recordedAt: Timestamp(milliseconds: MonotonicClock.wallMilliseconds()), size: 0, chunks: 1,
            sha256: Hex.lower(try SHA256.digest(of: Array(name.utf8).span)), contentType: .unknown, bucket: configuration.s3.bucket,
            key: ".thermo-ingest-doctor/\(name)"
        )
        let calls = settings.transactionSettings + settings.transaction([RecordEntry(picture)], statements)
        let rows = try connection.transaction([.sql("BEGIN")] + calls + [.sql("ROLLBACK")])
        guard rows.count > 1, (0..<rows[rows.count - 2].count).contains(where: { rows[rows.count - 2][$0, 0] == "inserted" }) else {
            throw PostgresError.notKept(.row, "store")
        }
    }

    private static func failure(_ step: String, _ failure: RecordFailure, _ took: Duration) -> Finding {
        let advice: String? =
            switch failure.cause.kind {
            case .unreachable: "start PostgreSQL, or correct [postgres] url, DATABASE_URL or DB_HOST and DB_PORT: nobody answers there"
            case .timeout: "see that the database's machine can be reached from here, and that the server is not overloaded"
            default: nil
            }
        let fix = failure.remedy ?? advice ?? "look into the server's log"
        return Finding(.postgres, step, .failed, failure.cause.description, fix: fix, took: took)
    }
}
