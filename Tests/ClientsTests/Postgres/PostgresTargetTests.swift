import Testing

@testable import Clients

@Suite("A PostgreSQL target")
struct PostgresTargetTests {
    @Test("reads URLs and key=value strings alike")
    func forms() throws {
        let url = try PostgresTarget("postgresql://ann:p%40ss@db.example:5433/thermo?sslmode=verify-full")
        let pairs = try PostgresTarget("host=db.example port=5433 user=ann password='p@ss' dbname=thermo sslmode=verify-full")
        #expect(url.values == pairs.values)
        #expect(url.values["password"] == "p@ss")
        #expect(url.description == "ann@db.example:5433/thermo")
    }

    @Test("lets overrides replace their part and nothing else")
    func overrides() throws {
        let target = try PostgresTarget(
            "postgresql://ann:old@[::1]:5433/thermo?hostaddr=10.0.0.1&sslmode=require",
            overrides: ["host": "box", "password": "new 'pass'", "user": "bob"])
        #expect(target.values["host"] == "box")
        #expect(target.values["hostaddr"] == nil, "or the old address would still be connected to")
        #expect(target.values["password"] == "new 'pass'")
        #expect(target.values["user"] == "bob")
        #expect(target.values["port"] == "5433")
        #expect(target.values["sslmode"] == "require")
    }

    @Test("names itself thermo-ingest, unless the operator says otherwise")
    func applicationName() throws {
        let target = try PostgresTarget("postgresql://box/db?keepalives_idle=99").completed(timeout: .seconds(10))
        #expect(target["fallback_application_name"] == "thermo-ingest")
        #expect(target["keepalives_idle"] == "99")
        #expect(target["tcp_user_timeout"] == "10000")
    }

    @Test(
        "never shows a password, however badly the string is written",
        arguments: [
            "postgresql://ann:hunter2@box/db", "postgresql://ann:hunter2/x@box/db", "postgresql://ann:x@hunter2@box/db",
            "postgresql://ann:hunter2?x@box/db", "postgresql://ann:%zzhunter2@box/db", "postgresql://ann@box/db?password=hunter2&hunter2",
            "postgresql://[hunter2", "host=box password=hunter2 hunter2", "host=box password='hunter2", "hunter2",
            "postgresql://ann:1/hunter2@box/db",
            "postgresql://box:hunter2/db", "host=box password=hunter2 nonsense=hunter2",
        ])
    func secrets(text: String) {
        do throws(PostgresError) {
            let target = try PostgresTarget(text)
            #expect(!"\(target)".contains("hunter2"))
            #expect(!String(reflecting: target).contains("hunter2"))
            var dumped = ""
            dump(target, to: &dumped)
            #expect(!dumped.contains("hunter2"))
        } catch {
            #expect(error.kind == .setup)
            #expect(!"\(error)".contains("hunter2"), "\(error)")
        }
    }

    @Test("says which characters of a password to encode")
    func hint() {
        #expect(throws: PostgresError.self) { try PostgresTarget("postgresql://ann:p@ss@box/db") }
        #expect(throws: PostgresError.self) { try PostgresTarget("postgresql://ann:p/ss@box/db") }
    }

    @Test("quotes identifiers")
    func identifiers() {
        #expect(PostgresIdentifier.quoted("thermo") == "\"thermo\"")
        #expect(PostgresIdentifier.quoted("a\"b; DROP") == "\"a\"\"b; DROP\"")
    }
}
