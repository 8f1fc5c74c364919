import Foundation
import TestServices
import Testing

@Suite("When the database refuses", .serialized)
struct OutageTableTests {
    private func publish(at site: Site, _ numbers: Range<Int>) throws -> [TestPicture] {
        let pictures = numbers.map { TestPicture("cam\($0 % 5)", $0, size: 30_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        return pictures
    }

    @Test("because it is read-only, pictures wait in the spool with their objects stored, and only rows follow")
    func readOnly() throws {
        let site = try Site()
        var pictures = try publish(at: site, 0..<3)
        try site.waitForRows(3)
        try site.sql("alter database \(site.database) set default_transaction_read_only = on")
        try endSessions(of: site)
        pictures += try publish(at: site, 3..<10)
        try site.gateway.waitForFailure(of: "postgres", saying: "read-only")
        try eventually("the pictures in the spool, uploaded") {
            let records = site.pending.filter { $0.pathExtension == "json" }.compactMap { try? String(contentsOf: $0, encoding: .utf8) }
            return records.count == 7 && records.filter { $0.contains("\"uploaded\": true") }.count >= 6
        }
        try site.postgres.sql("alter database \(site.database) set default_transaction_read_only = off")
        try endSessions(of: site)
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("because its sessions are ended again and again, everything is stored once")
    func terminated() throws {
        let site = try Site()
        var pictures: [TestPicture] = []
        for round in 0..<8 {
            pictures += try publish(at: site, round * 10..<round * 10 + 10)
            try endSessions(of: site)
        }
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("the password, everything is kept, health says what to fix, and no password is shown")
    func wrongPassword() throws {
        let role = "gate_" + UUID().uuidString.prefix(8).lowercased()
        let schema = try String(contentsOf: Site.root.appending(path: "schema.sql"), encoding: .utf8)
        let site = try Site {
            $0.starts = false
            $0.schema = schema + ";create role \(role) superuser login password 'first-secret';"
        }
        defer { _ = try? site.postgres.sql("drop role if exists \(role)") }
        let gateway = try site.anotherGateway(
            "gateway-p",
            """
            [postgres]
            url = "postgresql://\(role)@127.0.0.1:\(site.postgres.port)/\(site.database)"
            password = "first-secret"
            """)
        try gateway.start()
        try gateway.waitUntilReady()
        var pictures = try publish(at: site, 0..<3)
        try site.waitForRows(3)
        try site.sql("alter role \(role) password 'second-secret'")
        try endSessions(of: site)
        pictures += try publish(at: site, 3..<8)
        let error = try gateway.waitForFailure(of: "postgres", saying: "password")
        #expect(!error.contains("first-secret") && !gateway.log.contains("first-secret"))
        try site.sql("alter role \(role) password 'first-secret'")
        try site.expectStoredOnce(pictures)
        try gateway.waitForHealth()
        gateway.kill()
    }

    private func endSessions(of site: Site) throws {
        try site.postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(site.database)'")
    }
}
