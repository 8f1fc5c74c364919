import Clients
import IngestCore

/// The calls themselves, their parameters in the order of `RecordStatements`.
extension RecordStore.Settings {
    /// What comes before all else in a transaction whose session is another's. The isolation can be set by nothing else, and by this only
    /// at the beginning.
    var transactionSettings: [PostgresCall] { [.sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"), sessionSettings(isLocal: true)] }

    /// Settings of the session, or of the transaction alone. A name which this server's version lacks is passed over.
    func sessionSettings(isLocal: Bool) -> PostgresCall {
        let milliseconds = Self.milliseconds(timeout)
        let seconds = String(max(1, milliseconds / 1000))
        let values = [
            // A little before our own deadline: an answer that says what took so long is better than none.
            ("statement_timeout", String(max(1, milliseconds * 9 / 10))),
            // A snapshot older than the lock would not see what the lock's last owner wrote. (Of no effect on the transaction it is set in.)
            ("default_transaction_isolation", "read committed"),
            // now() and recorded_at alike, where columns are without time zone.
            ("TimeZone", "UTC"),
            // Every statement is a look-up by index. A plan made while the table was small must not scan it when it has grown.
            ("enable_seqscan", "off"),
            ("plan_cache_mode", "force_generic_plan"),
            ("jit", "off"),
            // A gateway that loses its power in mid-transaction must not hold its cameras' locks for hours.
            ("tcp_keepalives_idle", seconds),
            ("tcp_keepalives_interval", seconds),
            ("tcp_keepalives_count", "3"),
            ("tcp_user_timeout", String(milliseconds * 3)),
            ("idle_in_transaction_session_timeout", String(milliseconds)),
        ]
        let list = values.indices.map { "($\($0 * 2 + 1), $\($0 * 2 + 2))" }.joined(separator: ", ")
        return .sql(
            """
            SELECT pg_catalog.set_config(v.name, v.value, \(isLocal))
            FROM (VALUES \(list)) AS v (name, value) WHERE pg_catalog.current_setting(v.name, true) IS NOT NULL
            """,
            values.flatMap { [$0.0, $0.1] }
        )
    }

    /// The parameters `$1` to `$10` of `RecordStatements.locate` and `store`.
    func lookUp(_ picture: Picture) -> [String?] {
        let window = picture.imageIDSource == .camera ? processedTTL : repeatWindow
        let milliseconds = Self.milliseconds(window)
        let moment = picture.recordedAt.milliseconds
        // With a window of zero even two pictures of one millisecond are two; only the gateway's own id still says that it is the same.
        let anyID = picture.imageIDSource == .gateway && milliseconds > 0
        return [
            picture.camera.text, Timestamp(milliseconds: moment - milliseconds).rfc3339,
            Timestamp(milliseconds: moment + milliseconds).rfc3339,
            picture.sha256, picture.imageIDSource.rawValue, anyID ? "t" : "f", picture.imageID, picture.bucket, picture.key, String(moment),
        ]
    }

    func transaction(_ entries: [RecordEntry], _ statements: RecordStatements) -> [PostgresCall] {
        var uids = Set<CameraUID>()
        for entry in entries { uids.insert(entry.picture.camera) }
        let locks = Set(uids.map { lockKey($0) }).sorted().map(String.init).joined(separator: ",")
        let cameras = uids.map { Self.arrayElement($0.text) }.joined(separator: ",")
        let rows = entries.map { entry in
            let metadata = RecordMetadata.json(entry.picture, gateway: entry.gateway ?? gateway)
            let notice = channel.map { _ in StoredNotice.tail(entry.picture) }
            return lookUp(entry.picture) + [entry.picture.recordedAt.rfc3339, entry.objectVersion, metadata, channel, notice]
        }
        return statements.run(statements.lock, [["{\(locks)}"]]) + statements.run(statements.addDevices, [["{\(cameras)}"]])
            + statements.run(statements.store, rows)
    }

    /// The rows that lead to these objects.
    func places(bucket: String, keys: [String]) -> PostgresCall {
        let schema = PostgresIdentifier.quoted(schema)
        return .sql(
            """
            SELECT o.object_name, d.device_uid, round(extract(epoch FROM o.recorded_at) * 1000)::bigint
            FROM \(schema).image_objects o LEFT JOIN \(schema).devices d ON d.id = o.device_id
            WHERE o.minio_bucket = $1 AND o.object_name = ANY ($2)
            """, [bucket, "{\(keys.map { Self.arrayElement($0) }.joined(separator: ","))}"])
    }

    /// Of the space that all advisory locks of a database share: FNV-1a over schema and uid (RFC 9923). Every version of every gateway
    /// must compute the same. Two cameras with one key only wait for each other.
    private func lockKey(_ camera: CameraUID) -> Int64 {
        Int64(bitPattern: FNV1a.hash(Array(schema.utf8) + [0] + Array(camera.text.utf8)))
    }

    private static func milliseconds(_ duration: Duration) -> Int64 {
        duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
    }

    /// PostgreSQL manual, 8.15.6.
    private static func arrayElement(_ text: String) -> String {
        var element = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { element += "\\" }
            element.unicodeScalars.append(scalar)
        }
        return element + "\""
    }
}
