import Foundation
import TestServices
import Testing

@testable import Clients
@testable import Ingest
@testable import IngestCore

/// What the record worker relies on, of the table in PostgreSQL and of the one in memory alike.
@Suite("A table of pictures")
struct RecordPortTests {
    enum Kind: String, CaseIterable, Sendable { case memory, postgres }

    /// A table, and how it is made to fail.
    private struct Bench {
        let table: any RecordPort
        let count: () throws -> Int
        /// It refuses rows of camera "bad".
        let refuse: () throws -> Void
        /// It cannot be written for a while, and can again.
        let setAway: (Bool) throws -> Void
    }

    private func bench(_ kind: Kind) throws -> Bench {
        switch kind {
        case .memory:
            let table = FakeTable()
            return Bench(
                table: table, count: { table.rows.count },
                refuse: {
                    table.refusal = {
                        $0.camera.text == "bad" ? RecordFailure(PostgresError(.server, "store", sqlState: "23514", "no")) : nil
                    }
                },
                setAway: { table.failure = $0 ? RecordFailure(PostgresError(.unreachable, "connect", "away")) : nil })
        case .postgres:
            let database = try RecordDatabase()
            var configuration = Configuration()
            configuration.mqtt.clientID = "box1"
            configuration.postgres.url = Secret(
                "host=\(database.server.socketFolder.path) port=\(database.server.port) user=postgres dbname=\(database.name)")
            return Bench(
                table: try RecordStore(configuration, waiting: {}), count: { try database.rows() },
                refuse: { try database.sql("ALTER TABLE thermo.image_objects ADD CHECK (object_name NOT LIKE 'bad/%')") },
                setAway: { isAway in
                    try database.server.sql("ALTER DATABASE \(database.name) SET default_transaction_read_only = \(isAway ? "on" : "off")")
                    try database.server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(database.name)'")
                })
        }
    }

    private func entries(_ pictures: Picture...) -> [RecordEntry] { pictures.map { RecordEntry($0) } }

    private func row(_ result: Result<DeliveryStateMachine.Writing, RecordFailure>?, of picture: Picture) throws -> RecordedPicture {
        guard case .success(.inserted(let id))? = result else { throw ServiceError("not inserted: \(String(describing: result))") }
        return RecordedPicture(id: id, bucket: picture.bucket, key: picture.key, recordedAt: picture.recordedAt)
    }

    @Test("takes a picture once, and knows it again under its own moment and key", arguments: Kind.allCases)
    func again(kind: Kind) throws {
        let bench = try bench(kind)
        let picture = Picture.sample(id: "1")
        #expect(try bench.table.locate([picture]) == [.new])
        let row = try row(try bench.table.write(entries(picture)).first, of: picture)
        let later = Picture.sample(id: "1", at: Picture.noon + 60_000)
        #expect(try bench.table.locate([picture, later]) == [.again(row), .again(row)])
        #expect(try bench.table.write(entries(later)) == [.success(.again(row))])
        #expect(try bench.count() == 1)
    }

    @Test("takes pictures apart that only look alike", arguments: Kind.allCases)
    func apart(kind: Kind) throws {
        let bench = try bench(kind)
        let written = try bench.table.write(
            entries(
                .sample(id: "1"), .sample(id: "1", content: 2, key: "other"), .sample(camera: "cam8", id: "1"),
                .sample(id: "1", at: Picture.noon + 3_700_000), .sample(), .sample(at: Picture.noon + 11_000)))
        #expect(written.allSatisfy { if case .success(.inserted) = $0 { true } else { false } })
        #expect(try bench.count() == 6)
    }

    @Test("tells a key that another picture has, and one that the same bytes have", arguments: Kind.allCases)
    func keys(kind: Kind) throws {
        let bench = try bench(kind)
        let picture = Picture.sample(content: 1, key: "k")
        let row = try row(try bench.table.write(entries(picture)).first, of: picture)
        let other = Picture.sample(content: 2, key: "k")
        let same = Picture.sample(content: 1, at: Picture.noon + 60_000, key: "k")
        #expect(try bench.table.locate([other, same]) == [.keyTaken(sameBytes: nil), .keyTaken(sameBytes: row)])
        #expect(
            try bench.table.write(entries(other, same)) == [.success(.keyTaken(sameBytes: nil)), .success(.keyTaken(sameBytes: row))])
    }

    @Test("lets a row name another object, where it is still as it was", arguments: Kind.allCases)
    func moves(kind: Kind) throws {
        let bench = try bench(kind)
        let picture = Picture.sample(id: "1")
        let row = try row(try bench.table.write(entries(picture)).first, of: picture)
        let elsewhere = Picture.sample(id: "1", key: "elsewhere")
        #expect(try bench.table.moveRow(row, to: elsewhere, version: nil) == .success(true))
        #expect(try bench.table.moveRow(row, to: .sample(key: "third"), version: nil) == .success(false))
        guard case .again(let found)? = try bench.table.locate([picture]).first else {
            Issue.record("lost")
            return
        }
        #expect(found.id == row.id && found.key == "elsewhere")
    }

    @Test("refuses one picture and takes the others", arguments: Kind.allCases)
    func refuses(kind: Kind) throws {
        let bench = try bench(kind)
        try bench.refuse()
        let written = try bench.table.write(entries(.sample(content: 1), .sample(camera: "bad", content: 2), .sample(content: 3)))
        #expect(written.map { $0.failure?.failureClass } == [nil, .picture, nil])
        #expect(written[1].failure?.description.contains("23514") == true)
        #expect(try bench.count() == 2)
    }

    @Test("fails as a whole while it is away, and goes on by itself", arguments: Kind.allCases)
    func away(kind: Kind) throws {
        let bench = try bench(kind)
        _ = try bench.table.write(entries(.sample(content: 1)))
        try bench.setAway(true)
        let failure = #expect(throws: RecordFailure.self) { try bench.table.write(entries(.sample(content: 2))) }
        #expect(failure?.failureClass == .retry(after: nil))
        try bench.setAway(false)
        var written: [Result<DeliveryStateMachine.Writing, RecordFailure>] = []
        try eventually("the table") {
            written = (try? bench.table.write(entries(.sample(content: 2)))) ?? []
            return !written.isEmpty
        }
        #expect(try bench.count() == 2)
    }
}
