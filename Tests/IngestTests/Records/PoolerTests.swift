import Foundation
import Platform
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

/// Gateways of two sites, one database, one user, a schema each, and fewer sessions than gateways.
@Suite("The record store behind PgBouncer", .serialized)
struct PoolerTests {
    private let database: RecordDatabase

    init() throws {
        database = try RecordDatabase()
        let schema = try String(contentsOf: Tables.schemaFile, encoding: .utf8)
        try database.sql(schema.replacing("EXISTS thermo;", with: "EXISTS site_b;").replacing("thermo.", with: "site_b."))
    }

    private func settings(_ schema: String, gateway: String, port: Int) throws -> RecordStore.Settings {
        let target = try PostgresTarget(
            "", overrides: ["host": "127.0.0.1", "port": "\(port)", "user": "postgres", "dbname": database.name])
        return RecordStore.Settings(target: target, schema: schema, timeout: .seconds(30), gateway: gateway)
    }

    @Test("writes each gateway's rows into its own table", arguments: PgBouncer.Mode.allCases)
    func twoSchemas(mode: PgBouncer.Mode) throws {
        // In session mode each gateway needs a session of its own.
        let pooler = try PgBouncer(mode, to: database.server, poolSize: mode == .session ? 8 : 4)
        let failures = Monitor<[String]>([])
        let rounds = 12
        DispatchQueue.concurrentPerform(iterations: 6) { number in
            let schema = number % 2 == 0 ? "thermo" : "site_b"
            do {
                let store = RecordStore(try settings(schema, gateway: "\(schema)-\(number)", port: pooler.port))
                for round in 0..<rounds {
                    let pictures = (0..<8).map {
                        Picture.sample(camera: "cam\(number)", content: UInt8($0), at: Picture.noon + Int64(round) * 60_000)
                    }
                    let located = try store.locate(pictures)
                    let written = try store.write(pictures.map { RecordEntry($0) })
                    guard located.allSatisfy({ $0 == .new }), written.allSatisfy({ $0.insertedID != nil }) else {
                        throw ServiceError("round \(round): \(located) \(written)")
                    }
                }
            } catch {
                failures.update { $0.append("\(schema)-\(number): \(error)") }
            }
        }
        #expect(failures.read { $0 } == [])
        for schema in ["thermo", "site_b"] {
            let found = try database.sql(
                "SELECT split_part(metadata->>'gateway', '-', 1), count(*) FROM \(schema).image_objects GROUP BY 1")
            #expect(found == "\(schema)|\(3 * rounds * 8)")
            let cameras = try database.sql("SELECT string_agg(device_uid, ',' ORDER BY device_uid) FROM \(schema).devices")
            #expect(cameras == (schema == "thermo" ? "cam0,cam2,cam4" : "cam1,cam3,cam5"))
        }
    }

    @Test("does there all that it does elsewhere: refused pictures, moved rows, newest pictures, and its own settings")
    func everything() throws {
        try database.server.sql("ALTER DATABASE \(database.name) SET default_transaction_isolation = 'serializable'")
        try database.sql(
            """
            CREATE FUNCTION thermo.check_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF current_setting('transaction_isolation') <> 'read committed' OR current_setting('statement_timeout') = '0' THEN
                    RAISE 'isolation %, timeout %', current_setting('transaction_isolation'), current_setting('statement_timeout');
                END IF;
                IF NEW.metadata->>'image_id' = 'bad' THEN RAISE 'a bad one'; END IF;
                RETURN NEW; END $$;
            CREATE TRIGGER check_it BEFORE INSERT OR UPDATE ON thermo.image_objects FOR EACH ROW EXECUTE FUNCTION thermo.check_it();
            """)
        let pooler = try PgBouncer(.transaction, to: database.server, poolSize: 2)
        let store = RecordStore(try settings("thermo", gateway: "g", port: pooler.port))
        let now = MonotonicClock.wallMilliseconds()
        let good = Picture.sample(id: "good", content: 1, at: now)
        let written = try store.write(good, .sample(id: "bad", content: 2, at: now), .sample(id: "other", content: 3, at: now))
        let id = try #require(written[0].insertedID)
        #expect(written[1].refusal?.cause.message == "a bad one" && written[2].insertedID != nil)
        let row = RecordedPicture(id: id, bucket: good.bucket, key: good.key, recordedAt: good.recordedAt)
        let move = try store.moveRow(row, to: .sample(key: "elsewhere"), version: nil)
        #expect(move == .success(true))
        let second = try store.moveRow(row, to: .sample(key: "again"), version: nil)
        #expect(second == .success(false))
        let newest = try store.newest()
        #expect(newest.count == 1)
        try store.probe()
        let left = try database.server.sql("SELECT count(*) FROM pg_prepared_statements", database: database.name)
        #expect(left == "0")
    }

    @Test("goes on without sessions of its own when its statements vanish from one")
    func lostStatements() throws {
        let store = try database.store()
        _ = try store.write(.sample(content: 1))
        _ = try store.connection?.transaction([.sql("DEALLOCATE ALL")])
        let failure = #expect(throws: RecordFailure.self) { _ = try store.write(.sample(content: 2)) }
        #expect(failure?.cause.sqlState == "26000" && failure?.failureClass == .retry(after: nil))
        let result = try store.write(.sample(content: 2))
        #expect(result[0].insertedID != nil && store.statements?.isPooled == true)
    }

    @Test("waits while PgBouncer waits for PostgreSQL")
    func serverAway() throws {
        let server = try PostgresServer()
        let database = try RecordDatabase(on: server)
        let pooler = try PgBouncer(.transaction, to: server, settings: ["server_login_retry": "1", "query_wait_timeout": "2"])
        let target = try PostgresTarget(
            "", overrides: ["host": "127.0.0.1", "port": "\(pooler.port)", "user": "postgres", "dbname": database.name])
        let store = RecordStore(RecordStore.Settings(target: target, timeout: .seconds(10), gateway: "g"))
        _ = try store.write(.sample(content: 1))
        server.stop()
        let failure = #expect(throws: RecordFailure.self) { _ = try store.write(.sample(content: 2)) }
        #expect(failure?.failureClass == .retry(after: nil), "\(String(describing: failure))")
        try server.start()
        var written: [Result<DeliveryStateMachine.Writing, RecordFailure>] = []
        try eventually("a row") {
            written = (try? store.write(.sample(content: 2))) ?? []
            return !written.isEmpty
        }
        #expect(written.first?.insertedID != nil)
    }
}
