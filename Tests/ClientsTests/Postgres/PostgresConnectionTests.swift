import Foundation
import TestServices
import Testing

@testable import Clients

@Suite("A PostgreSQL connection")
struct PostgresConnectionTests {
    private let server: PostgresServer

    init() throws { server = try PostgresServer.shared() }

    private func target(_ overrides: [String: String] = [:]) throws -> PostgresTarget {
        let own = ["host": server.socketFolder.path, "port": "\(server.port)", "user": "postgres", "dbname": "postgres"]
        return try PostgresTarget("", overrides: own.merging(overrides) { $1 })
    }

    private func connect(_ overrides: [String: String] = [:], timeout: Duration = .seconds(20)) throws(PostgresError) -> PostgresConnection
    {
        let target: PostgresTarget
        do { target = try self.target(overrides) } catch { throw PostgresError(.setup, "test", "\(error)") }
        return try PostgresConnection(target, timeout: timeout)
    }

    @Test("runs statements and gives back texts and NULLs")
    func statements() throws {
        var connection = try connect()
        let rows = try connection.transaction([
            .sql("SELECT $1 || 'x', $2::int + 1, NULL, current_setting('application_name')", [#"a'b"c\d😀"#, "41"]),
            .sql("SELECT 1 WHERE false"),
        ])
        #expect(rows[0].count == 1)
        #expect((0..<4).map { rows[0][0, $0] } == [#"a'b"c\d😀x"#, "42", nil, "thermo-ingest"])
        #expect(rows[1].count == 0 && rows[1].columns == 1)
        #expect(rows[0][1, 0] == nil && rows[0][0, 4] == nil)
    }

    @Test("runs prepared statements, whole transactions in one trip, each by itself")
    func pipelining() throws {
        var connection = try connect()
        _ = try connection.transaction([.sql("CREATE TEMPORARY TABLE t (n int PRIMARY KEY)")])
        let add = PostgresStatement("add", "INSERT INTO t VALUES ($1)")
        _ = try connection.transaction([.prepare(add)])
        let outcomes = try connection.run([
            [.prepared(add, ["1"]), .prepared(add, ["2"])],
            [.prepared(add, ["3"]), .prepared(add, ["2"]), .prepared(add, ["4"])],
            [.prepared(add, ["5"])],
        ])
        #expect(throws: Never.self) { try outcomes[0].get() }
        let error = #expect(throws: PostgresError.self) { try outcomes[1].get() }
        #expect(error?.sqlState == "23505" && error?.constraint == "t_pkey" && error?.table == "t" && error?.operation == "add")
        #expect(error?.detail == "Key (n)=(2) already exists.")
        #expect(throws: Never.self) { try outcomes[2].get() }
        let rows = try connection.transaction([.sql("SELECT string_agg(n::text, ',' ORDER BY n) FROM t")])
        #expect(rows[0][0, 0] == "1,2,5", "a transaction that fails leaves nothing of itself and harms no other")
    }

    @Test("does not call a transaction committed that fails at its commit")
    func failureAtCommit() throws {
        var connection = try connect()
        _ = try connection.transaction([.sql("CREATE TEMPORARY TABLE t (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")])
        let outcomes = try connection.run([
            [.sql("INSERT INTO t VALUES (1)"), .sql("INSERT INTO t VALUES (1)")], [.sql("INSERT INTO t VALUES (2)")],
        ])
        let error = #expect(throws: PostgresError.self) { try outcomes[0].get() }
        #expect(error?.sqlState == "23505" && error?.operation == "commit")
        #expect(throws: Never.self) { try outcomes[1].get() }
        let left = try connection.transaction([.sql("SELECT n FROM t")])
        #expect(left[0][0, 0] == "2")
    }

    @Test("sends more than the socket holds, both ways")
    func large() throws {
        var connection = try connect()
        let text = String(repeating: "0123456789abcdef", count: 1 << 16)
        let rows = try connection.transaction(Array(repeating: .sql("SELECT $1::text", [text]), count: 8))
        #expect(rows.allSatisfy { $0[0, 0] == text })
    }

    @Test("refuses a text with a NUL, and only that transaction")
    func nul() throws {
        var connection = try connect()
        let outcomes = try connection.run([[.sql("SELECT $1::text", ["a\0b"])], [.sql("SELECT 1")]])
        #expect(throws: PostgresError(.value, "query", "a text has a NUL in it")) { try outcomes[0].get() }
        #expect(try outcomes[1].get()[0][0, 0] == "1")
    }

    @Test("tells a wrong password, a missing database and a missing user apart, and shows no password")
    func access() throws {
        func failure(_ overrides: [String: String]) -> PostgresError? {
            #expect(throws: PostgresError.self) { _ = try connect(overrides) }
        }
        let tcp = ["host": "127.0.0.1", "password": PostgresServer.password]
        #expect(throws: Never.self) { _ = try connect(tcp) }
        let wrong = failure(tcp.merging(["password": "hunter2-wrong"]) { $1 })
        #expect(wrong?.sqlState == "28P01")
        #expect(wrong.map { !"\($0)".contains("hunter2") } == true)
        #expect(failure(["dbname": "nowhere"])?.sqlState == "3D000")
        #expect(failure(["user": "nobody-here"])?.sqlState == "28000")
        #expect(failure(["host": "127.0.0.1", "passfile": "/nonexistent"])?.kind == .setup)
        #expect(failure(["host": "127.0.0.1", "port": "1"])?.kind == .unreachable)
        #expect(failure(["host": "/nonexistent"])?.kind == .unreachable)
        #expect(failure(["sslmode": "perhaps"])?.kind == .setup)
    }

    @Test("notices that the server has ended it, and says so of a statement under way")
    func terminated() throws {
        var connection = try connect()
        let pid = try #require(try connection.transaction([.sql("SELECT pg_backend_pid()")])[0][0, 0])
        let wasAlive = connection.isAlive()
        #expect(wasAlive)
        try server.sql("SELECT pg_terminate_backend(\(pid))")
        try eventually("the connection to be seen dead") { !connection.isAlive() }
        #expect(throws: PostgresError.self) { try connection.transaction([.sql("SELECT 1")]) }

        var other = try connect()
        let error = #expect(throws: PostgresError.self) {
            try other.transaction([.sql("SELECT pg_terminate_backend(pg_backend_pid())"), .sql("SELECT 1")])
        }
        #expect(error?.sqlState == "57P01" || error?.kind == .unreachable)
        let isAlive = other.isAlive()
        #expect(!isAlive)
    }

    @Test("prints nothing when the server gives notice")
    func notices() throws {
        var connection = try connect()
        _ = try connection.transaction([.sql("DO $$ BEGIN RAISE WARNING 'not for standard error'; END $$")])
        let isAlive = connection.isAlive()
        #expect(isAlive)
    }

    @Test("gives up on a server that takes bytes and answers none, at work and at login")
    func frozen() throws {
        let server = try PostgresServer()
        let target = try PostgresTarget("", overrides: ["host": server.socketFolder.path, "port": "\(server.port)", "user": "postgres"])
        var connection = try PostgresConnection(target, timeout: .milliseconds(300))
        server.freeze()
        defer { server.thaw() }
        let clock = ContinuousClock()
        let atWork = clock.measure {
            #expect(throws: PostgresError(.timeout, "query", "no answer within 0.3 seconds")) {
                try connection.transaction([.sql("SELECT 1")])
            }
        }
        #expect(atWork >= .milliseconds(290) && atWork < .seconds(3))
        let isAlive = connection.isAlive()
        #expect(!isAlive)
        let atLogin = clock.measure {
            let error = #expect(throws: PostgresError.self) { _ = try PostgresConnection(target, timeout: .milliseconds(300)) }
            #expect(error?.kind == .timeout)
        }
        #expect(atLogin < .seconds(3))

        let folders = server.socketFolder.path + "," + self.server.socketFolder.path
        let both = try PostgresTarget("", overrides: ["host": folders, "port": "\(server.port),\(self.server.port)", "user": "postgres"])
        var next = try PostgresConnection(both, timeout: .seconds(1))
        let rows = try next.transaction([.sql("SHOW port")])
        #expect(rows[0][0, 0] == "\(self.server.port)", "the next of several hosts gets its turn")
    }

    @Test("takes a long time over many statements as long as there are signs of life")
    func slow() throws {
        var connection = try connect(timeout: .seconds(1))
        let rows = try connection.transaction(Array(repeating: .sql("SELECT pg_sleep(0.08)"), count: 20))
        #expect(rows.count == 20)
    }
}
