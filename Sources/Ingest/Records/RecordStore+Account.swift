import Clients
import IngestCore

/// What the account asks of the table.
extension RecordStore {
    struct RowPlace {
        let id: String
        let camera: CameraUID?
        let imageID: String?
        let key: String
        /// As the server writes it, to go on behind it.
        let recordedAt: String
    }

    /// Rows of raw pictures by camera, all of them and those that bear this gateway's name.
    func counts(since: Timestamp) throws(RecordFailure) -> [CameraUID: (own: Int, all: Int)] {
        let schema = PostgresIdentifier.quoted(settings.schema)
        let call = PostgresCall.sql(
            """
            SELECT d.device_uid, count(*) FILTER (WHERE o.metadata->>'gateway' = $1), count(*)
            FROM \(schema).image_objects o JOIN \(schema).devices d ON d.id = o.device_id
            WHERE o.recorded_at >= $2 AND o.image_type = 'raw' GROUP BY d.device_uid
            """, [settings.gateway, since.rfc3339])
        var counts: [CameraUID: (own: Int, all: Int)] = [:]
        let rows = try ask([Self.manyRows, call])
        for row in 0..<rows.count {
            guard let camera = rows[row, 0].flatMap({ CameraUID($0) }) else { continue }
            counts[camera] = (rows[row, 1].flatMap { Int($0) } ?? 0, rows[row, 2].flatMap { Int($0) } ?? 0)
        }
        return counts
    }

    /// A page of the rows of one bucket, by time.
    func rows(
        ofBucket bucket: String, since: Timestamp?, camera: CameraUID?, after last: RowPlace?
    ) throws(RecordFailure) -> [RowPlace] {
        let schema = PostgresIdentifier.quoted(settings.schema)
        let call = PostgresCall.sql(
            """
            SELECT o.id::text, d.device_uid, o.metadata->>'image_id', o.object_name, o.recorded_at::text
            FROM \(schema).image_objects o LEFT JOIN \(schema).devices d ON d.id = o.device_id
            WHERE o.minio_bucket = $1 AND o.image_type = 'raw' AND o.recorded_at >= $2 AND ($3::text IS NULL OR d.device_uid = $3)
                AND ($4::text IS NULL OR (o.recorded_at, o.id::text) > ($5, $4))
            ORDER BY o.recorded_at, o.id::text LIMIT 1000
            """,
            [bucket, (since ?? Timestamp(milliseconds: 0)).rfc3339, camera?.text, last?.id, last?.recordedAt ?? "1970-01-01T00:00:00Z"])
        let rows = try ask([Self.manyRows, call])
        return (0..<rows.count).compactMap { row in
            guard let id = rows[row, 0], let key = rows[row, 3], let moment = rows[row, 4] else { return nil }
            return RowPlace(id: id, camera: rows[row, 1].flatMap { CameraUID($0) }, imageID: rows[row, 2], key: key, recordedAt: moment)
        }
    }

    /// Until the transaction ends: all rows are read here, so the planner may scan the table.
    private static let manyRows = PostgresCall.sql("SELECT pg_catalog.set_config('enable_seqscan', 'on', true)", [])

    /// - Returns: what the last call answered.
    private func ask(_ calls: [PostgresCall]) throws(RecordFailure) -> PostgresRows {
        switch try exchange({ _ in [calls] })[0] {
        case .success(let answers): return answers[calls.count - 1]
        case .failure(let error): throw failed(error)
        }
    }
}
