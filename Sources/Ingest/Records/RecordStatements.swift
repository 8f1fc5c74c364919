import Clients
import IngestCore

/// The SQL of the record store, for one schema.
///
/// No column and no parameter that meets one is cast: a parameter takes the type of its column, be it `text` or `varchar`, `json` or
/// `jsonb`, `timestamptz` or `timestamp`. Ids go in and out as text.
struct RecordStatements {
    /// Whether the next transaction may meet another session than this one, as behind a pooler: then nothing is left in a session, and
    /// each transaction brings along what it needs.
    let isPooled: Bool
    /// `$1` sorted keys. A second gateway that writes for one of these cameras waits here until the first has committed; sorted, so that
    /// no two wait for each other.
    let lock: PostgresStatement
    /// `$1` uids.
    let addDevices: PostgresStatement
    /// `$1` uid; `$2` to `$3` span of `recorded_at`; `$4` checksum; `$5` source of the image id; `$6` whether any image id will do; `$7`
    /// image id; `$8` bucket, `$9` key; `$10` `recorded_at` in milliseconds.
    let locate: PostgresStatement
    /// `$11` to `$15` after them: `recorded_at`, `object_version`, `metadata`; a channel, or NULL for nobody, and what to say there of a
    /// new row behind its id.
    let store: PostgresStatement
    /// `$1` id, `$2` bucket, `$3` key as they are, `$4` bucket, `$5` key, `$6` version as they shall be.
    let move: PostgresStatement
    /// The same `$1` to `$3`: whether it is there.
    let look: PostgresStatement

    init(schema: String, _ tables: RecordSchema, isPooled: Bool = false) {
        self.isPooled = isPooled
        let devices = PostgresIdentifier.quoted(schema) + ".devices"
        let objects = PostgresIdentifier.quoted(schema) + ".image_objects"
        lock = PostgresStatement("lock", "SELECT pg_catalog.pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k")

        // Without a target for ON CONFLICT, since not every schema has a unique constraint on device_uid. Where there is none, `lock`
        // keeps two gateways from adding one camera twice.
        let id = tables.deviceID.map { ("id, ", $0 + ", ") } ?? ("", "")
        let fillers = tables.deviceFillers
        addDevices = PostgresStatement(
            "devices",
            """
            INSERT INTO \(devices) (\(id.0)device_uid, name, created_at, updated_at\(fillers.map { ", " + $0.column }.joined()))
            SELECT \(id.1)u, u, now(), now()\(fillers.map { ", " + $0.expression }.joined())
            FROM unnest($1::text[]) AS u WHERE NOT EXISTS (SELECT FROM \(devices) d WHERE d.device_uid = u)
            ON CONFLICT DO NOTHING
            """)

        // extract() takes a timestamp without zone as UTC, which is what it is given.
        let moment = "round(extract(epoch FROM o.recorded_at) * 1000)::bigint"
        let lookUp = """
            WITH device AS (
                SELECT d.id FROM \(devices) d WHERE d.device_uid = $1 ORDER BY d.id LIMIT 1
            ), known AS (
                SELECT o.id, o.minio_bucket, o.object_name, \(moment) AS moment
                FROM \(objects) o JOIN device d ON o.device_id = d.id
                WHERE o.recorded_at BETWEEN $2 AND $3 AND o.checksum = $4 AND o.image_type = 'raw'
                    AND o.metadata->>'image_id_source' = $5 AND ($6 OR o.metadata->>'image_id' = $7)
                ORDER BY (o.minio_bucket = $8 AND o.object_name = $9) DESC, abs(\(moment) - $10), o.id
                LIMIT 1
            ), holder AS (
                SELECT o.id, o.minio_bucket, o.object_name, \(moment) AS moment, o.checksum = $4 AND o.device_id = d.id AS same
                FROM \(objects) o LEFT JOIN device d ON true
                WHERE o.minio_bucket = $8 AND o.object_name = $9 AND NOT EXISTS (SELECT FROM known)
            )
            """
        let answer = """
            SELECT 'again', id::text, minio_bucket, object_name, moment FROM known
            UNION ALL
            SELECT CASE WHEN same THEN 'same' ELSE 'taken' END, id::text, minio_bucket, object_name, moment FROM holder
            """
        locate = PostgresStatement("locate", lookUp + "\n" + answer)

        // A row that a backend holds locked, perhaps for minutes, is left untouched rather than waited for. The target of ON CONFLICT is
        // named: swallowing a foreign constraint would look like a taken key.
        let objectID = tables.objectID.map { ("id, ", $0 + ", ") } ?? ("", "")
        store = PostgresStatement(
            "store",
            """
            \(lookUp), touched AS (
                UPDATE \(objects) SET updated_at = now()
                WHERE id = (SELECT o.id FROM \(objects) o WHERE o.id = (SELECT id FROM known) FOR NO KEY UPDATE SKIP LOCKED)
            ), added AS (
                INSERT INTO \(objects) (\(objectID.0)device_id, recorded_at, minio_bucket, object_name, object_version, checksum,
                    image_type, status, metadata, created_at, updated_at)
                SELECT \(objectID.1)d.id, $11, $8, $9, $12, $4, 'raw', 'pending', $13, now(), now()
                FROM device d WHERE NOT EXISTS (SELECT FROM known)
                ON CONFLICT (minio_bucket, object_name) DO NOTHING
                RETURNING id
            )
            \(answer)
            UNION ALL
            SELECT 'inserted', id::text, CASE WHEN $14::text IS NOT NULL
                THEN pg_catalog.pg_notify($14, '\(StoredNotice.head)' || pg_catalog.to_json(id::text)::text || $15)::text END,
                NULL, NULL FROM added
            UNION ALL
            SELECT 'nodevice', NULL, NULL, NULL, NULL WHERE NOT EXISTS (SELECT FROM device)
            """)

        move = PostgresStatement(
            "move",
            """
            UPDATE \(objects) SET minio_bucket = $4, object_name = $5, object_version = $6, updated_at = now()
            WHERE id = $1 AND minio_bucket = $2 AND object_name = $3
            RETURNING 1
            """)
        look = PostgresStatement("look", "SELECT 1 FROM \(objects) WHERE id = $1 AND minio_bucket = $2 AND object_name = $3")
    }

    /// To be run once on a session of our own; what it gives back is of no interest.
    var preparations: [PostgresCall] { [lock, addDevices, locate, store, move, look].map { .prepare($0) } }

    /// Runs one of the statements with each of the sets of parameters.
    func run(_ statement: PostgresStatement, _ parameters: [[String?]]) -> [PostgresCall] {
        let calls = parameters.map { PostgresCall.prepared(statement, isNamed: !isPooled, $0) }
        return isPooled ? [.prepare(statement, isNamed: false)] + calls : calls
    }
}
