import Foundation
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

@Suite("The record store's statements")
struct RecordStatementsTests {
    /// 100,000 pictures of 20 cameras, one a second each, written by SQL, and no statistics of them yet.
    private func fill(_ database: RecordDatabase) throws {
        try database.sql(
            """
            ALTER TABLE SCHEMA.image_objects SET (autovacuum_enabled = off);
            INSERT INTO SCHEMA.devices (device_uid, name, created_at, updated_at) SELECT 'cam' || n, 'cam' || n, now(), now() FROM generate_series(1, 20) n;
            INSERT INTO SCHEMA.image_objects (device_id, recorded_at, minio_bucket, object_name, checksum, image_type, status, metadata, created_at, updated_at)
            SELECT d.id, timestamp '2026-11-22 00:00' + n * interval '1 s', 'thermo-raw', d.device_uid || '/' || n, md5(n::text), 'raw', 'pending',
                '{"image_id":"x","image_id_source":"gateway"}', now(), now()
            FROM SCHEMA.devices d, generate_series(1, 5000) n;
            """)
    }

    @Test("find their rows among 100,000 by the two indexes that every schema has", arguments: [Tables.ours, .plain])
    func plans(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        try fill(database)
        let settings = try database.settings()
        let statements = RecordStatements(schema: tables.schema, RecordSchema(PostgresRows(columns: 4, values: [])))
        let picture = Picture.sample(camera: "cam3", at: Picture.noon)
        let lookUp = settings.lookUp(picture)
        let probes = [(statements.locate.sql, lookUp), (statements.store.sql, lookUp + [picture.recordedAt.rfc3339, nil, "{}", nil, nil])]
        for (sql, parameters, isAnalyzed) in probes.map({ ($0, $1, false) }) + probes.map({ ($0, $1, true) }) {
            if isAnalyzed { try database.sql("ANALYZE") }
            var connection = try PostgresConnection(settings.target, timeout: .seconds(30))
            _ = try connection.transaction([settings.sessionSettings(isLocal: false), .sql("PREPARE probe AS \(sql)")])
            let arguments = parameters.map { $0.map { "'\($0)'" } ?? "NULL" }.joined(separator: ",")
            let rows = try connection.transaction([.sql("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF) EXECUTE probe(\(arguments))")])[
                0]
            let plan = (0..<rows.count).compactMap { rows[$0, 0] }.joined(separator: "\n")
            #expect(plan.contains("image_objects_device_id_recorded_at_idx"), "\(plan)")
            #expect(plan.contains("image_objects_minio_bucket_object_name"), "\(plan)")
            #expect(!plan.contains("Seq Scan on image_objects"), "\(plan)")
        }
    }

    @Test("find each camera's newest picture among 100,000 at ten rows a camera", arguments: [Tables.ours, .plain])
    func newest(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        try fill(database)
        let settings = try database.settings()
        for isAnalyzed in [false, true] {
            if isAnalyzed { try database.sql("ANALYZE") }
            for (camera, gateway, count) in [(nil, "box1", 10), (CameraUID("cam3"), nil, 1)] {
                var connection = try PostgresConnection(settings.target, timeout: .seconds(30))
                let inquiry = NewestPictures.inquiry(schema: tables.schema, camera: camera, gateway: gateway)
                guard case .sql(let sql) = inquiry.command else { return }
                let calls = [NewestPictures.settings, .sql("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) " + sql, inquiry.parameters)]
                let rows = try #require(try connection.transaction(calls).last)
                let plan = (0..<rows.count).compactMap { rows[$0, 0] }.joined(separator: "\n")
                #expect(plan.contains("image_objects_device_id_recorded_at_idx on image_objects i (actual rows=\(count) "), "\(plan)")
                #expect(!plan.contains("Seq Scan on image_objects"), "\(plan)")
            }
        }
    }

    @Test("do not slow down while an empty table fills and nobody has analyzed it")
    func growingTable() throws {
        let database = try RecordDatabase()
        try database.sql("ALTER TABLE thermo.image_objects SET (autovacuum_enabled = off)")
        do {
            let store = try database.store()
            for first in stride(from: 0, to: 3840, by: 64) {
                // Two hours apart, so that none is within the windows of another.
                _ = try store.write(
                    (first..<first + 64).map { RecordEntry(.sample(id: "\($0)", at: Picture.noon + Int64($0) * 7_200_000)) })
            }
        }
        // The server counts for good when the session has ended.
        func count(_ column: String) throws -> Int {
            let sum = "SELECT sum(\(column)) FROM pg_stat_user_tables WHERE schemaname = 'thermo' AND relname = 'image_objects'"
            return Int(try database.sql(sum)) ?? 0
        }
        try eventually("the server's counts") { try count("n_tup_ins") == 3840 }
        let read = try count("seq_tup_read + coalesce(idx_tup_fetch, 0)")
        #expect(read < 4 * 3840, "\(read) rows were read to write 3840")
    }

    @Test("write a batch in one transaction, and a batch with a refused picture in one for each")
    func transactions() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        _ = try store.write((0..<64).map { RecordEntry(.sample(camera: "cam\($0)")) })
        let writers = "SELECT count(DISTINCT xmin::text) FROM thermo.image_objects"
        #expect(try database.sql(writers) == "1")
        _ = try store.write(.sample(content: 2), .sample(content: 3, key: "a\0b"), .sample(content: 4))
        #expect(try database.sql(writers) == "3")
    }
}
