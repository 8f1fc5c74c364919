import IngestCore
import Testing

@testable import Ingest

@Suite("The health board")
struct PublishedHealthTests {
    @Test("holds a check good when all who report on it say so, and shows the trouble that has lasted longest")
    func sources() {
        let board = PublishedHealth(checks: [.spool])
        board.failed(.spool, "the journal cannot be written", of: "journal")
        board.failed(.spool, "the spool cannot be written")
        board.succeeded(.spool)
        #expect(board.failures[.spool]?.error == "the journal cannot be written", "the spool's own work says nothing of the journal")
        board.succeeded(.spool, of: "journal")
        #expect(board.failures.isEmpty)
    }

    @Test("tells what keeps pictures from being accepted from what does not")
    func obstacles() {
        let board = PublishedHealth(checks: [.mqtt, .spool, .minio])
        board.failed(.minio, "minio is away")
        board.failed(.spool, "the oldest are given up", accepts: true)
        #expect(board.failures.count == 2 && board.obstacles.isEmpty)
        board.failed(.spool, "the journal cannot be written", of: "journal")
        #expect(board.obstacles.keys.map(\.self) == [.spool], "one of two is enough")
        board.succeeded(.spool, of: "journal")
        #expect(board.obstacles.isEmpty && board.failures[.spool] != nil)
        board.failed(.spool, "the spool is full")
        #expect(board.obstacles.keys.map(\.self) == [.spool])
    }

    @Test("lets since stand while a check comes and goes")
    func since() throws {
        let board = PublishedHealth(checks: [.spool])
        let start = Instant.current
        #expect(board.failed(.spool, "a", now: start)?.trouble != nil)
        let since = try #require(board.failures[.spool]?.since)
        for second in stride(from: 1, to: 600, by: 2) {
            board.succeeded(.spool, now: start + .seconds(second))
            #expect(board.failures.isEmpty)
            board.failed(.spool, "b", now: start + .seconds(second + 1))
            #expect(board.failures[.spool] == PublishedHealth.Failure(error: "b", since: since, accepts: false))
        }
    }

    @Test("shows what keeps pictures out before what has lasted longer and does not")
    func order() {
        let board = PublishedHealth(checks: [.mqtt])
        board.failed(.mqtt, "the broker dropped messages", of: "drops", accepts: true)
        board.failed(.mqtt, "the broker is away")
        #expect(board.failures[.mqtt]?.error == "the broker is away" && board.obstacles[.mqtt]?.error == "the broker is away")
        board.succeeded(.mqtt)
        #expect(board.failures[.mqtt]?.error == "the broker dropped messages" && board.obstacles.isEmpty)
    }
}
