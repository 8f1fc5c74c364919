import Testing

@testable import IngestCore

@Suite("A SQLSTATE")
struct SQLStateClassTests {
    @Test(
        "waits where it passes by itself",
        arguments: [
            "08000", "08001", "08003", "08004", "08006", "08007", "57P01", "57P02", "57P03", "57P05", "57014", "53000", "53200", "53300",
            "53400",
            "58000", "58030", "40001", "40002", "40P01", "55P03", "55006", "25006", "25P03", "26000",
            "42P05", "08P01",
        ])
    func retry(state: String) {
        #expect(SQLStateClass.verdict(on: state) == .retry(after: nil))
        #expect(SQLStateClass.remedy(for: state) == nil)
    }

    @Test(
        "calls a person, and says what to do",
        arguments: [
            ("28P01", "password"), ("28000", "pg_hba.conf"), ("3D000", "no such database"), ("3F000", "no such schema"),
            ("42P01", "schema.sql"), ("42703", "column"), ("42P10", "(minio_bucket, object_name)"),
            ("42804", "schema.sql"),
            ("0A000", "changed"), ("23502", "default"), ("53100", "disk"), ("57P04", "dropped"), ("XX001", "damaged"),
        ])
    func operatorNeeded(state: String, word: String) {
        #expect(SQLStateClass.verdict(on: state) == .operatorNeeded)
        #expect(SQLStateClass.remedy(for: state)?.contains(word) == true)
    }

    @Test("finds out whom a missing right concerns")
    func denied() {
        #expect(SQLStateClass.verdict(on: "42501") == .denied)
        #expect(["grant", "row security"].allSatisfy { SQLStateClass.remedy(for: "42501")?.contains($0) == true })
    }

    @Test(
        "puts one picture aside",
        arguments: ["22001", "22003", "22021", "22P02", "22P05", "23503", "23505", "23514", "44000", "54000", "P0001", "P0004"])
    func picture(state: String) {
        #expect(SQLStateClass.verdict(on: state) == .picture)
        #expect(SQLStateClass.remedy(for: state) == nil)
    }

    @Test("that is not in the table is one that somebody's trigger made up", arguments: ["45000", "U0001", "TT000"])
    func unknown(state: String) {
        #expect(SQLStateClass.verdict(on: state) == .picture)
        #expect(SQLStateClass.remedy(for: state) != nil)
    }

    @Test("that nobody gave means a server out of reach")
    func none() {
        #expect(SQLStateClass.verdict(on: nil) == .retry(after: nil))
    }

    @Test("finds its own line before that of its class")
    func order() {
        for (index, line) in SQLStateClass.table.enumerated() {
            for earlier in SQLStateClass.table[..<index] {
                #expect(!line.prefix.hasPrefix(earlier.prefix), "\(earlier.prefix) hides \(line.prefix)")
            }
        }
    }

    @Test("has a remedy in the table exactly where a person is called")
    func remedies() {
        for line in SQLStateClass.table {
            #expect([.operatorNeeded, .denied].contains(line.verdict) == (line.remedy != nil), "\(line.prefix)")
        }
    }
}
