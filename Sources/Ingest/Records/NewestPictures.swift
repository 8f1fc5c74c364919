import Clients
import IngestCore

/// The newest picture of each camera, as the table tells it. In rows that somebody else wrote, what only serves to show it may be missing.
enum NewestPictures {
    /// More than are shown anywhere at once.
    static let most = 200

    /// Until the transaction ends: a second at most, and by `(device_id, recorded_at desc)` a look at ten rows a camera, however many
    /// there are. Without statistics the planner may else take all of a camera's rows and sort them.
    static let settings = PostgresCall.sql(
        "SELECT pg_catalog.set_config(name, setting, true) FROM (VALUES ('statement_timeout', '1000'), ('enable_seqscan', 'off'), "
            + "('enable_bitmapscan', 'off'), ('jit', 'off')) AS s (name, setting)")

    /// To be asked after `settings`, in one transaction.
    /// - Parameters:
    ///   - camera: nil is every camera, the first `most` by name.
    ///   - gateway: the one whose cameras are meant, for gateways of many sites may share the table: it stored one of a camera's newest
    ///     ten pictures, since others may store some beside it, and the last within 30 days, since cameras are taken down. Nil is any.
    static func inquiry(schema: String, camera: CameraUID? = nil, gateway: String? = nil) -> PostgresCall {
        let schema = PostgresIdentifier.quoted(schema)
        return .sql(
            """
            SELECT d.device_uid, o.minio_bucket, o.object_name, round(extract(epoch FROM o.recorded_at) * 1000)::bigint, o.checksum,
                o.metadata->>'image_id', o.metadata->>'size', o.metadata->>'content_type', o.metadata->>'intact'
            FROM \(schema).devices d CROSS JOIN LATERAL (
                SELECT *, bool_or(n.metadata->>'gateway' = $2) OVER () AS is_own FROM (
                    SELECT * FROM \(schema).image_objects i
                    WHERE i.device_id = d.id AND i.image_type = 'raw' AND i.recorded_at IS NOT NULL
                    ORDER BY i.recorded_at DESC LIMIT \(gateway == nil ? 1 : 10)
                ) n ORDER BY n.recorded_at DESC LIMIT 1
            ) o
            WHERE ($1::text IS NULL OR d.device_uid = $1)
                AND ($2::text IS NULL OR o.is_own AND o.recorded_at > now() - interval '30 days')
            ORDER BY d.device_uid LIMIT \(most)
            """, [camera?.text, gateway])
    }

    static func pictures(_ rows: PostgresRows) -> [Picture] {
        (0..<rows.count).compactMap { row in
            guard let camera = rows[row, 0].flatMap({ CameraUID($0) }), let bucket = rows[row, 1], let key = rows[row, 2],
                let moment = rows[row, 3].flatMap({ Int64($0) })
            else { return nil }
            var picture = Picture(
                camera: camera, imageID: rows[row, 5].flatMap { SpoolRecord.isImageID($0) ? $0 : nil } ?? "unknown", imageIDSource: .camera,
                topic: "", recordedAt: Timestamp(milliseconds: moment), size: rows[row, 6].flatMap { Int($0) } ?? 0, chunks: 0,
                sha256: rows[row, 4] ?? "", contentType: rows[row, 7].flatMap { ContentType(rawValue: $0) } ?? .unknown, bucket: bucket,
                key: key)
            picture.notes.intact = rows[row, 8].map { $0 == "true" }
            return picture
        }
    }
}

extension RecordStore {
    /// The newest picture of each of this gateway's cameras, of `NewestPictures.most` at most.
    func newest() throws(RecordFailure) -> [Picture] {
        let inquiry = NewestPictures.inquiry(schema: settings.schema, gateway: settings.gateway)
        switch try exchange({ _ in [[NewestPictures.settings, inquiry]] })[0] {
        case .success(let answers): return NewestPictures.pictures(answers[1])
        case .failure(let error): throw failed(error)
        }
    }
}
