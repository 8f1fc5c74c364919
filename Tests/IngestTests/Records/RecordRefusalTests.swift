import Foundation
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

@Suite("The record store, where the table refuses")
struct RecordRefusalTests {
    /// What a migration may have left in a table, and what it calls for.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The body of a trigger on image_objects; `HIT` is the condition.
        var trigger = "IF HIT THEN RAISE 'no'; END IF; RETURN NEW;"
        var event = "BEFORE INSERT"
        /// Instead of a trigger.
        var sql: String?
        let says: String
        var kind = FailureClass.picture

        static func raising(_ state: String, kind: FailureClass = .picture) -> Case {
            Case(
                testDescription: state, trigger: "IF HIT THEN RAISE 'no' USING ERRCODE = '\(state)'; END IF; RETURN NEW;",
                says: "\(state) no",
                kind: kind)
        }
    }

    static let cases = [
        Case.raising("P0001"), .raising("P0004"), .raising("22001"), .raising("22003"), .raising("22023"), .raising("22P02"),
        .raising("23503"), .raising("23505"), .raising("23514"), .raising("23P01"), .raising("44000"), .raising("54000"),
        .raising("45000"), .raising("TT001"), .raising("42501", kind: .denied),
        Case(testDescription: "after the row", event: "AFTER INSERT", says: "P0001 no"),
        Case(testDescription: "returning NULL", trigger: "IF HIT THEN RETURN NULL; END IF; RETURN NEW;", says: "was not kept"),
        Case(
            testDescription: "a column too short", sql: "ALTER TABLE thermo.image_objects ADD CHECK (checksum NOT LIKE '02%')",
            says: "23514"),
    ]

    private func install(_ it: Case, on database: RecordDatabase, hit: String) throws {
        if let sql = it.sql { return _ = try database.sql(sql) }
        try database.sql(
            """
            CREATE FUNCTION thermo.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(it.trigger.replacing("HIT", with: hit)) END $$;
            CREATE TRIGGER guard \(it.event) ON thermo.image_objects FOR EACH ROW EXECUTE FUNCTION thermo.guard();
            """)
    }

    @Test("one picture, leaves the others of its batch be, and says whose fault it is", arguments: cases)
    func one(it: Case) throws {
        let database = try RecordDatabase()
        try install(it, on: database, hit: "NEW.checksum LIKE '02%'")
        let store = try database.store()
        let written = try store.write(.sample(content: 1), .sample(content: 2), .sample(content: 3))
        #expect(written[0].insertedID != nil && written[2].insertedID != nil)
        let refusal = written[1].refusal
        #expect(refusal?.failureClass == it.kind && refusal.map { "\($0)".contains(it.says) } == true, "\(String(describing: refusal))")
        #expect(try database.rows() == 2)
    }

    @Test("all of them, refuses each", arguments: cases.filter { $0.sql == nil })
    func all(it: Case) throws {
        let database = try RecordDatabase()
        try install(it, on: database, hit: "true")
        let store = try database.store()
        let written = try store.write(.sample(content: 1), .sample(content: 2), .sample(content: 3))
        #expect(written.allSatisfy { $0.refusal?.failureClass == it.kind })
        #expect(try database.rows() == 0)
        try database.sql("DROP TRIGGER guard ON thermo.image_objects")
        let later = try store.write(.sample(content: 1))
        #expect(later[0].insertedID != nil)
    }

    @Test("a camera's row, says so")
    func device() throws {
        let database = try RecordDatabase()
        try database.sql(
            """
            CREATE FUNCTION thermo.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.device_uid = 'cam8' THEN RETURN NULL; END IF; RETURN NEW; END $$;
            CREATE TRIGGER guard BEFORE INSERT ON thermo.devices FOR EACH ROW EXECUTE FUNCTION thermo.guard();
            """)
        let store = try database.store()
        let written = try store.write(.sample(content: 1), .sample(camera: "cam8", content: 2))
        #expect(written[0].insertedID != nil)
        #expect(written[1].refusal.map { $0.failureClass == .picture && "\($0)".contains("row of this camera was not kept") } == true)
    }

    @Test("notices, for their queue is full, writes the rows without them, and counts those")
    func notices() throws {
        let database = try RecordDatabase()
        // As PostgreSQL raises it when the queue is full (15, async.c), which would take a listener that does not read, and 8 GB.
        try database.sql(
            """
            ALTER FUNCTION pg_catalog.pg_notify(text, text) RENAME TO pg_notify_before;
            CREATE FUNCTION pg_catalog.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                RAISE 'too many notifications in the NOTIFY queue' USING ERRCODE = '54000'; END $$;
            """)
        var settings = try database.settings()
        settings.channel = "pictures"
        let store = RecordStore(settings)
        let first = try store.write(.sample(content: 1), .sample(content: 2))
        #expect(first.allSatisfy { $0.insertedID != nil } && store.untold == 2)
        let again = try store.write(.sample(content: 1), .sample(content: 3))
        #expect(again[0].insertedID == nil && again[1].insertedID != nil && store.untold == 3)
        #expect(try database.rows() == 3)
    }

    @Test("to let a row name another object, is no row that changed")
    func move() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        let picture = Picture.sample(id: "1")
        let id = try #require(try store.write(picture)[0].insertedID)
        let row = RecordedPicture(id: id, bucket: picture.bucket, key: picture.key, recordedAt: picture.recordedAt)
        for (body, says) in [("RETURN NULL;", "was not kept"), ("RAISE 'no';", "P0001 no")] {
            try database.sql(
                """
                CREATE OR REPLACE FUNCTION thermo.guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \(body) END $$;
                CREATE OR REPLACE TRIGGER guard BEFORE UPDATE ON thermo.image_objects FOR EACH ROW EXECUTE FUNCTION thermo.guard();
                """)
            let move = try store.moveRow(row, to: .sample(key: "elsewhere"), version: nil)
            guard case .failure(let failure) = move else {
                Issue.record("\(move)")
                continue
            }
            #expect(failure.failureClass == .picture && "\(failure)".contains(says))
        }
        try database.sql("DROP TRIGGER guard ON thermo.image_objects")
        let moved = try store.moveRow(row, to: .sample(key: "elsewhere"), version: nil)
        #expect(moved == .success(true))
    }
}
