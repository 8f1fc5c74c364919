import Foundation
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

@Suite("The record store, when PostgreSQL fails")
struct RecordOutageTests {
    private func failure(_ store: RecordStore, _ picture: Picture = .sample()) -> RecordFailure? {
        do throws(RecordFailure) {
            _ = try store.write(picture)
            return nil
        } catch {
            return error
        }
    }

    @Test("goes on after a restart as if there had been none")
    func restart() throws {
        let database = try RecordDatabase(on: PostgresServer())
        let store = try database.store()
        for abruptly in [false, true] {
            let picture = Picture.sample(content: abruptly ? 1 : 2)
            _ = try store.write(picture)
            try database.server.restart(abruptly: abruptly)
            let result = try store.write(picture)
            #expect(result[0].again != nil)
        }
    }

    @Test("says `retry` while the server is gone, and recovers with the next call")
    func gone() throws {
        let database = try RecordDatabase(on: PostgresServer())
        let store = try database.store()
        _ = try store.write(.sample())
        database.server.stop()
        for _ in 1...2 {
            let failure = failure(store)
            #expect(failure?.failureClass == .retry(after: nil) && failure?.remedy == nil)
        }
        try database.server.start()
        let result = try store.write(.sample(content: 2))
        #expect(result[0].insertedID != nil)
    }

    @Test("counts a hung server as gone after `timeout`, and has one row when it comes back")
    func frozen() throws {
        let database = try RecordDatabase(on: PostgresServer())
        let store = try database.store(timeout: .milliseconds(500))
        _ = try store.write(.sample(content: 9))
        database.server.freeze()
        let picture = Picture.sample()
        for _ in 1...2 {
            let took = ContinuousClock().measure {
                let failure = failure(store, picture)
                #expect(failure?.cause.kind == .timeout && failure?.failureClass == .retry(after: nil))
            }
            #expect(took < .seconds(3))
        }
        database.server.thaw()
        // What the frozen server had in its socket it now carries out, whoever still listens.
        try eventually("the picture to be written") { failure(store, picture) == nil }
        #expect(try database.rows("checksum LIKE '0101%'") == 1)
    }

    @Test("connects again when its connection is ended from the other side, also in the middle of a batch")
    func terminated() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        _ = try store.write(.sample(content: 9))
        let ours = "pg_stat_activity WHERE datname = '\(database.name)' AND application_name = 'thermo-ingest'"
        #expect(try database.server.sql("SELECT count(pg_terminate_backend(pid)) FROM \(ours)") == "1")
        try eventually("the connection to be gone") { try database.server.sql("SELECT count(*) FROM \(ours)") == "0" }
        let result = try store.write(.sample(content: 8))
        #expect(result[0].insertedID != nil)

        try database.sql(
            """
            CREATE FUNCTION SCHEMA.die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.object_name = 'die' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;
            CREATE TRIGGER die BEFORE INSERT ON SCHEMA.image_objects FOR EACH ROW EXECUTE FUNCTION SCHEMA.die();
            """)
        let batch = [Picture.sample(content: 1), .sample(content: 2, key: "die"), .sample(content: 3)].map { RecordEntry($0) }
        let failure = #expect(throws: RecordFailure.self) { _ = try store.write(batch) }
        #expect(failure?.failureClass == .retry(after: nil))
        #expect(try database.rows() == 2)
        try database.sql("DROP TRIGGER die ON SCHEMA.image_objects")
        let second = try store.write(batch)
        #expect(second.allSatisfy { $0.insertedID != nil })
    }

    @Test("asks for a person, with the fix, where a person is needed; and goes on by itself once it is done")
    func operatorNeeded() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        func expect(_ state: String, _ word: String) {
            let failure = failure(store)
            #expect(failure?.failureClass == .operatorNeeded)
            #expect(failure?.cause.sqlState == state)
            #expect(failure.map { "\($0)".contains(word) } == true, "\(String(describing: failure))")
        }
        _ = try store.write(.sample(content: 2))
        try database.sql("ALTER TABLE thermo.image_objects RENAME TO elsewhere")
        expect("42P01", "schema.sql")
        try database.sql("ALTER TABLE thermo.elsewhere RENAME TO image_objects")
        try database.sql("ALTER TABLE thermo.image_objects RENAME checksum TO sum")
        expect("42703", "column")
        try database.sql("ALTER TABLE thermo.image_objects RENAME sum TO checksum")
        try database.sql("ALTER TABLE thermo.image_objects DROP CONSTRAINT image_objects_minio_bucket_object_name_key")
        expect("42P10", "unique")
        try database.sql("ALTER TABLE thermo.image_objects ADD UNIQUE (minio_bucket, object_name)")
        try database.sql("ALTER TABLE thermo.image_objects ADD COLUMN owner text, ADD CHECK (true)")
        try database.sql("UPDATE thermo.image_objects SET owner = 'me'; ALTER TABLE thermo.image_objects ALTER owner SET NOT NULL")
        expect("23502", "default")
        try database.sql("ALTER TABLE thermo.image_objects DROP COLUMN owner")
        try database.sql("ALTER SCHEMA thermo RENAME TO other")
        let missing = failure(store)
        #expect(missing?.failureClass == .operatorNeeded && missing?.remedy?.contains("schema.sql") == true)
        try database.sql("ALTER SCHEMA other RENAME TO thermo")
        let result = try store.write(.sample())
        #expect(result[0].insertedID != nil)
    }

    @Test("survives a change of the tables under its prepared statements")
    func alteredTables() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        _ = try store.write(.sample(content: 2))
        try database.sql(
            "ALTER TABLE thermo.image_objects ALTER object_name TYPE varchar(900), ALTER minio_bucket TYPE varchar(63), ALTER metadata TYPE json"
        )
        let failure = failure(store)
        #expect(failure.map { $0.failureClass != .picture } ?? true)
        let result = try store.write(.sample(content: 3))
        #expect(result[0].insertedID != nil)
    }

    @Test("asks for a person where a right is missing")
    func permissions() throws {
        let database = try RecordDatabase()
        try database.sql("CREATE ROLE \(database.name) LOGIN; GRANT USAGE ON SCHEMA thermo TO \(database.name)")
        let store = RecordStore(try database.settings(user: database.name))
        // It may be the right for one camera's rows, so it is the picture that is refused at first.
        let refused = try store.write(.sample())[0].refusal
        #expect(
            refused?.cause.sqlState == "42501" && refused?.failureClass == .denied && refused?.remedy?.hasPrefix("grant") == true)
        try database.sql("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA thermo TO \(database.name)")
        let result = try store.write(.sample())
        #expect(result[0].insertedID != nil, "no more rights are needed than the remedy says")
    }

    @Test("waits for the primary when it finds a server that only reads")
    func readOnly() throws {
        let database = try RecordDatabase()
        try database.server.sql("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
        let store = try database.store()
        let located = try store.locate([.sample()])
        #expect(located == [.new])
        let failure = failure(store)
        #expect(failure?.cause.sqlState == "25006" && failure?.failureClass == .retry(after: nil))
        try database.server.sql("ALTER DATABASE \(database.name) RESET default_transaction_read_only")
        let result = try store.write(.sample())
        #expect(result[0].insertedID != nil, "a new connection finds the primary")
    }

    @Test("gives up on a lock that somebody holds for too long, but waits for none on a row it only touches")
    func locks() throws {
        let database = try RecordDatabase()
        let store = try database.store(timeout: .seconds(1))
        _ = try store.write(.sample(id: "1"))
        let holder = try Service(
            "psql",
            database.server.psql(database.name) + ["-c", "BEGIN; SELECT FROM thermo.image_objects FOR UPDATE; SELECT pg_sleep(600)"],
            in: database.server.socketFolder.deletingLastPathComponent())
        defer { holder.kill() }
        let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)' AND wait_event = 'PgSleep'"
        try eventually("the row to be locked") { try database.sql(sleeping) == "1" }
        let result = try store.write(.sample(id: "1"))
        #expect(result[0].again != nil)
        holder.kill()
        try database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)' AND wait_event = 'PgSleep'")

        let table = try Service(
            "psql", database.server.psql(database.name) + ["-c", "BEGIN; LOCK thermo.image_objects; SELECT pg_sleep(600)"],
            in: database.server.socketFolder.deletingLastPathComponent())
        defer { table.kill() }
        try eventually("the table to be locked") { try database.sql(sleeping) == "1" }
        let failure = failure(store, .sample(content: 2))
        #expect(failure?.cause.sqlState == "57014" && failure?.failureClass == .retry(after: nil))
        try database.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)' AND wait_event = 'PgSleep'")
    }

    @Test("says what is wrong with the connection string, and shows nothing of the password")
    func configuration() throws {
        var configuration = Configuration()
        configuration.postgres.url = Secret("postgresql://ann:hun/ter2@box/db")
        let failure = #expect(throws: RecordFailure.self) { _ = try RecordStore.Settings(configuration) }
        #expect(failure?.failureClass == .operatorNeeded)
        #expect(failure.map { !"\($0)".contains("ter2") } == true)

        let server = try PostgresServer.shared()
        configuration.postgres.url = Secret("postgresql://postgres:wrong@127.0.0.1:1/postgres")
        configuration.postgres.overrides = ["port": Secret("\(server.port)")]
        configuration.postgres.password = Secret("hunter2-wrong")
        var store = RecordStore(try RecordStore.Settings(configuration))
        let refused = self.failure(store)
        #expect(refused?.cause.sqlState == "28P01" && refused?.failureClass == .operatorNeeded)
        #expect(refused.map { !"\($0)".contains("hunter2") } == true)
        configuration.postgres.password = Secret(PostgresServer.password)
        store = RecordStore(try RecordStore.Settings(configuration))
        #expect(self.failure(store)?.cause.sqlState != "28P01")
    }
}
