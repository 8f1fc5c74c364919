import Foundation
import Platform
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

/// The contract, in tables made by any of several people.
@Suite("The record store")
struct RecordStoreTests {
    @Test("tells the newest picture of each camera of its own, also where others store some of them", arguments: Tables.allCases)
    func newest(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store()
        #expect(try store.newest().isEmpty)
        let now = MonotonicClock.wallMilliseconds()
        let pictures = [2, 3, 1].map { Picture.sample(id: "i\($0)", content: UInt8($0), at: now + Int64($0) * 1000) }
        _ = try store.write(pictures.map { RecordEntry($0) } + [RecordEntry(.sample(camera: "cam8", id: "other", at: now))])
        let neighbour = RecordStore(try database.settings(gateway: "box2"))
        _ = try neighbour.write(.sample(camera: "cam8", id: "newer", content: 9, at: now + 1000), .sample(camera: "cam9", at: now))
        _ = try store.write(.sample(camera: "cam6", id: "taken down", at: now - 31 * 24 * 3_600_000))
        let newest = try store.newest()
        #expect(newest.map(\.camera.text) == ["cam7", "cam8"] && newest.map(\.imageID) == ["i3", "newer"])
        let (found, written) = (try #require(newest.first), pictures[1])
        #expect(found.recordedAt == written.recordedAt && found.key == written.key && found.bucket == written.bucket)
        #expect(found.size == written.size && found.contentType == written.contentType)
        // A row with what the former service left out.
        try database.sql(#"UPDATE SCHEMA.image_objects SET metadata = '{"gateway": "box1"}' WHERE object_name = '\#(written.key)'"#)
        let bare = try #require(try store.newest().first)
        #expect(bare.key == written.key && bare.size == 0 && bare.contentType == .unknown)
    }

    @Test("gives a new camera a device and each picture a row with every column as promised", arguments: Tables.allCases)
    func columns(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store()
        let first = Picture.sample(id: "a.1")
        let second = Picture.sample(content: 2)
        let results = try store.write([RecordEntry(first, objectVersion: "v-9"), RecordEntry(second)])
        let ids = try results.map { try #require($0.insertedID) }

        #expect(try database.sql("SELECT device_uid || '=' || name FROM SCHEMA.devices") == "cam7=cam7")
        let row = try database.sql(
            """
            SELECT o.id, to_char(o.recorded_at\(tables == .plain ? "" : " AT TIME ZONE 'UTC'"), 'YYYY-MM-DD HH24:MI:SS.MS'), minio_bucket, object_name,
                object_version, checksum, image_type, status, metadata->>'source_topic', metadata->>'image_id', metadata->>'image_id_source',
                metadata->>'size', metadata->>'chunks', metadata->>'content_type', metadata->>'gateway', json_typeof(metadata::json->'size'),
                (SELECT count(*) FROM json_object_keys(metadata::json)), o.created_at IS NOT NULL, o.updated_at IS NOT NULL
            FROM SCHEMA.image_objects o JOIN SCHEMA.devices d ON d.id = o.device_id WHERE object_version IS NOT NULL
            """)
        let sha = String(repeating: "01", count: 32)
        #expect(
            row
                == "\(ids[0])|2026-11-22 08:31:05.123|thermo-raw|cam7/a.1-1795336265.jpg|v-9|\(sha)|raw|pending|camera/cam7/image_json|a.1|camera|1234|5|image/jpeg|box1|number|10|t|t"
        )
        #expect(try database.rows("object_version IS NULL AND id::text = '\(ids[1])' AND metadata->>'image_id_source' = 'gateway'") == 1)
    }

    @Test("writes the same picture again into the same row: id, time, key and status stay, updated_at moves", arguments: Tables.allCases)
    func again(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store()
        let picture = Picture.sample(id: "42")
        let id = try #require(try store.write(picture)[0].insertedID)
        try database.sql("UPDATE SCHEMA.image_objects SET status = 'completed'")
        let before = try database.sql("SELECT updated_at FROM SCHEMA.image_objects")

        let later = Picture.sample(id: "42", at: Picture.noon + 3_000_000)
        #expect(later.key != picture.key)
        let row = RecordedPicture(id: id, bucket: picture.bucket, key: picture.key, recordedAt: picture.recordedAt)
        let located = try store.locate([later])
        #expect(located == [.again(row)])
        let results = try store.write(later)
        #expect(results == [.success(.again(row))])
        #expect(try database.rows() == 1)
        #expect(try database.rows("status = 'completed' AND updated_at > '\(before)' AND object_name = '\(picture.key)'") == 1)
    }

    @Test("tells the same capture from another one by id, source, time and bytes", arguments: Tables.allCases)
    func rules(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store()
        let byCamera = Picture.sample(id: "42")
        let byGateway = Picture.sample(content: 2)
        _ = try store.write(byCamera, byGateway)
        let hour: Int64 = 3_600_000
        func at(_ shift: Int64) -> Int64 { Picture.noon + shift }
        let cases: [(String, Picture, Bool)] = [
            ("itself", byCamera, true),
            ("the same id an hour later", .sample(id: "42", at: at(hour)), true),
            ("the same id an hour earlier", .sample(id: "42", at: at(-hour)), true),
            ("the same id, too late", .sample(id: "42", at: at(hour + 1)), false),
            ("another id", .sample(id: "43"), false),
            ("other bytes", .sample(id: "42", content: 9, at: at(1000)), false),
            ("another camera", .sample(camera: "cam8", id: "42"), false),
            ("the same bytes without an id", .sample(content: 1, at: at(1000)), false),
            ("another gateway id in the window", .sample(content: 2, at: at(10_000)), true),
            ("another gateway id before the window", .sample(content: 2, at: at(-10_000)), true),
            ("another gateway id after the window", .sample(content: 2, at: at(10_001)), false),
            ("a camera id for a gateway's bytes", .sample(id: "7", content: 2, at: at(1)), false),
        ]
        for (what, located) in zip(cases, try store.locate(cases.map(\.1))) {
            if what.2 {
                guard case .again = located else {
                    Issue.record("\(what.0): \(located)")
                    continue
                }
            } else {
                #expect(located == .new, "\(what.0)")
            }
        }
        // Each in a fresh look at the table: what is not `again` must become a row.
        for (what, picture, isAgain) in cases {
            let before = try database.rows()
            let result = try store.write(picture)[0]
            #expect((result.again != nil) == isAgain, "\(what)")
            #expect(try database.rows() == before + (isAgain ? 0 : 1), "\(what)")
            if !isAgain { try database.sql("DELETE FROM SCHEMA.image_objects WHERE id::text = '\(result.insertedID ?? "")'") }
        }
    }

    @Test("stores all identical pictures when there is no repeat window, but still knows its own retry")
    func noWindow() throws {
        let database = try RecordDatabase()
        let store = try database.store(repeatWindow: .zero)
        let one = Picture.sample()
        let two = Picture.sample()
        let first = try store.write(one, two)
        #expect(first.allSatisfy { $0.insertedID != nil })
        let second = try store.write(one, two)
        #expect(second.map { $0.again?.key } == [one.key, two.key])
    }

    @Test("of several fitting rows takes the one with the wanted key, else the nearest in time")
    func nearest() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        let early = Picture.sample(at: Picture.noon)
        let late = Picture.sample(at: Picture.noon + 15_000)
        _ = try store.write(early, late)
        let results = try store.locate([
            .sample(at: Picture.noon + 6000), .sample(at: Picture.noon + 9000), .sample(at: Picture.noon + 9000, key: early.key),
        ])
        #expect(results.map { if case .again(let row) = $0 { row.key } else { "" } } == [early.key, late.key, early.key])
    }

    @Test("reports a key that other bytes have, and writes nothing", arguments: Tables.allCases)
    func keyTaken(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store(processedTTL: .seconds(1))
        let first = Picture.sample(id: "42", key: "k.jpg")
        let id = try #require(try store.write(first)[0].insertedID)
        let other = Picture.sample(id: "42", content: 7, key: "k.jpg")
        #expect(try store.locate([other]) == [.keyTaken(sameBytes: nil)])
        #expect(try store.write(other) == [.success(.keyTaken(sameBytes: nil))])

        let row = RecordedPicture(id: id, bucket: first.bucket, key: "k.jpg", recordedAt: first.recordedAt)
        let muchLater = Picture.sample(id: "42", at: Picture.noon + 5000, key: "k.jpg")
        #expect(try store.locate([muchLater]) == [.keyTaken(sameBytes: row)])
        #expect(try store.write(muchLater) == [.success(.keyTaken(sameBytes: row))])
        #expect(try database.rows() == 1)

        let anotherCamera = Picture.sample(camera: "cam8", id: "42", key: "k.jpg")
        #expect(
            try store.write(anotherCamera, .sample(camera: "cam8", id: "43")).map { $0.insertedID != nil } == [
                false, true,
            ])
    }

    @Test("leads a row to another object, unless it was led elsewhere before", arguments: Tables.allCases)
    func move(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store()
        let picture = Picture.sample()
        let other = Picture.sample(content: 2)
        _ = try store.write(picture, other)
        let row = try #require(try store.write(picture)[0].again)
        #expect(try store.moveRow(row, to: .sample(key: "new.jpg"), version: "v2") == .success(true))
        #expect(
            try database.rows("object_name = 'new.jpg' AND object_version = 'v2' AND status = 'pending' AND id::text = '\(row.id)'") == 1)
        #expect(try store.moveRow(row, to: .sample(key: "newer.jpg"), version: nil) == .success(false))
        let moved = try #require(try store.write(picture)[0].again)
        #expect(moved.key == "new.jpg" && moved.id == row.id)
        #expect(try store.moveRow(moved, to: .sample(key: other.key), version: nil) == .success(false))
    }

    @Test("keeps any text as it is: quotes, backslashes, braces, emoji, control characters in topics")
    func texts() throws {
        let database = try RecordDatabase(.plain)
        let store = try database.store()
        let uids = [#"a"b'c\d"#, "{x,y}", "ก😀é", "e\u{301}", "NULL", " ", ",", "\"\"", "$1"]
        let topic = "camera/\"\\\n\u{1}\u{7f}😀/\0x"
        let results = try store.write(uids.map { RecordEntry(.sample(camera: $0, topic: topic)) })
        #expect(results.allSatisfy { $0.insertedID != nil })
        let stored = try database.sql("SELECT json_agg(device_uid ORDER BY id)::text FROM SCHEMA.devices")
        let names = try JSONDecoder().decode([String].self, from: Data(stored.utf8))
        #expect(Set(names.map { Array($0.utf8) }) == Set(uids.map { Array($0.utf8) }))
        #expect(try database.rows("metadata->>'source_topic' = E'camera/\"\\\\\\n\\u0001\\u007f😀/\\uFFFDx'") == uids.count)
        let second = try store.write(uids.map { RecordEntry(.sample(camera: $0, topic: topic)) })
        #expect(second.allSatisfy { $0.again != nil })
    }

    @Test("leaves out only the picture that the database refuses, and says why", arguments: Tables.allCases)
    func refused(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        try database.sql("ALTER TABLE SCHEMA.image_objects ADD CONSTRAINT small CHECK (length(object_name) < 200)")
        let store = try database.store()
        let tooLong = Picture.sample(content: 3, key: String(repeating: "k", count: 300))
        let hasNUL = Picture.sample(content: 4, key: "a\0b")
        let results = try store.write(.sample(content: 1), tooLong, .sample(content: 2), hasNUL, .sample(content: 5))
        #expect(results.map { $0.insertedID != nil } == [true, false, true, false, true])
        #expect(results[1].refusal?.failureClass == .picture)
        #expect(results[1].refusal?.cause.sqlState == "23514" && results[1].refusal?.cause.constraint == "small")
        #expect(results[3].refusal?.failureClass == .unsendable)
        #expect(try database.rows() == 3)
    }

    @Test("leaves out a picture that the database refuses at the very commit")
    func refusedAtCommit() throws {
        let database = try RecordDatabase(.plain)
        try database.sql(
            """
            CREATE FUNCTION SCHEMA.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF NEW.object_name LIKE 'bad%' THEN RAISE EXCEPTION 'not this one' USING ERRCODE = '23514'; END IF; RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON SCHEMA.image_objects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION SCHEMA.late();
            """)
        let store = try database.store()
        let results = try store.write(.sample(content: 1), .sample(content: 2, key: "bad.jpg"), .sample(content: 3))
        #expect(results.map { $0.insertedID != nil } == [true, false, true])
        #expect(results[1].refusal?.cause.message == "not this one")
        #expect(try database.rows() == 2)
    }

    @Test("sees a picture that stands twice in one batch as one")
    func twiceInOneBatch() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        let results = try store.write(
            .sample(id: "1"), .sample(id: "1", at: Picture.noon + 5000), .sample(id: "1", content: 2, at: Picture.noon + 5000))
        #expect(results[0].insertedID != nil && results[1].again?.id == results[0].insertedID && results[2].insertedID != nil)
    }

    @Test("needs no row of its own that people may delete")
    func deletedDevice() throws {
        let database = try RecordDatabase(.plain)
        let store = try database.store()
        _ = try store.write(.sample())
        try database.sql("DELETE FROM SCHEMA.devices")
        let result = try store.write(.sample())
        #expect(result[0].insertedID != nil)
    }

    @Test("takes no processed picture for its own, though a backend has copied bytes and metadata", arguments: Tables.allCases)
    func processed(tables: Tables) throws {
        let database = try RecordDatabase(tables)
        let store = try database.store()
        let picture = Picture.sample(id: "42")
        _ = try store.write(picture)
        try database.sql("UPDATE SCHEMA.image_objects SET image_type = 'processed', object_name = 'made/of/it.jpg'")
        let result = try store.write(picture)
        #expect(result[0].insertedID != nil)
    }

    @Test("does nothing for an empty batch, not even connect")
    func empty() throws {
        let target = try PostgresTarget("host=/nonexistent")
        let store = RecordStore(RecordStore.Settings(target: target, gateway: "box1"))
        let located = try store.locate([])
        let written = try store.write([RecordEntry]())
        #expect(located.isEmpty && written.isEmpty)
    }

    @Test("has a schema.sql that can be run twice")
    func schemaTwice() throws {
        let database = try RecordDatabase()
        let store = try database.store()
        _ = try store.write(.sample())
        try database.server.run(file: Tables.schemaFile, database: database.name)
        #expect(try database.rows() == 1)
        #expect(
            try database.sql("SELECT string_agg(e::text, ' ') FROM unnest(enum_range(NULL::thermo.object_status)) e")
                == "pending processing completed failed")
        #expect(throws: ServiceError.self) { try database.sql("UPDATE thermo.image_objects SET image_type = 'other'") }
    }
}
