import Clients
import IngestCore

/// The calls themselves, their parameters in the order of `RecordStatements`.
extension RecordStore.Settings {
    /// Session settings. Through pg_settings, so that a name which this server's version lacks is passed over.
    var manners: PostgresCall {
        let milliseconds = Self.milliseconds(timeout)
        let seconds = String(max(1, milliseconds / 1000))
        let values = [
            // A little before our own deadline: an answer that says what took so long is better than none.
            ("statement_timeout", String(max(1, milliseconds * 9 / 10))),
            // A snapshot older than the lock would not see what the lock's last owner wrote.
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
            SELECT pg_catalog.set_config(s.name, v.value, false)
            FROM (VALUES \(list)) AS v (name, value) JOIN pg_catalog.pg_settings s USING (name)
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

    func transaction(_ entries: [RecordEntry]) -> [PostgresCall] {
        var uids = Set<CameraUID>()
        for entry in entries { uids.insert(entry.picture.camera) }
        let locks = Set(uids.map { lockKey($0) }).sorted().map(String.init).joined(separator: ",")
        let cameras = uids.map { Self.arrayElement($0.text) }.joined(separator: ",")
        return [.prepared("lock", ["{\(locks)}"]), .prepared("devices", ["{\(cameras)}"])]
            + entries.map { entry in
                let picture = entry.picture
                let metadata = RecordMetadata.json(picture, gateway: gateway)
                return .prepared("store", lookUp(picture) + [picture.recordedAt.rfc3339, entry.objectVersion, metadata])
            }
    }

    /// Of the space that all advisory locks of a database share: FNV-1a over schema and uid (RFC 9923). Every version of every gateway
    /// must compute the same. Two cameras with one key only wait for each other.
    private func lockKey(_ camera: CameraUID) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in Array(schema.utf8) + [0] + Array(camera.text.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
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
