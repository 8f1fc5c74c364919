import Testing

@testable import IngestCore

@Suite("A connection string")
struct ConnectionStringTests {
    @Test(
        "is taken as libpq takes it",
        arguments: [
            "postgresql://", "postgresql://localhost", "postgresql://localhost:5433", "postgresql://localhost/mydb",
            "postgresql://user@localhost",
            "postgresql://other@localhost/otherdb?connect_timeout=10&application_name=myapp", "postgresql://host1:123,host2:456/somedb",
            "postgresql:///mydb?host=localhost&port=5433", "postgresql://[2001:db8::1234]/database",
            "postgresql://%2Fvar%2Flib%2Fpostgresql/dbname",
            "postgres://u@h/db?sslmode=verify-full", "host=localhost port=5432 dbname=mydb connect_timeout=10",
            "host = 'a b' dbname = x\\ y",
        ])
    func good(text: String) throws {
        let string = try ConnectionString.parse(text)
        #expect(string.text == text)
        #expect(!string.carriesPassword)
    }

    @Test(
        "hides its passwords",
        arguments: [
            ("postgresql://u:MARKER@h:5432/db", "postgresql://u:••••••@h:5432/db"),
            ("postgresql://u@h/db?password=MARKER&sslmode=require", "postgresql://u@h/db?password=••••••&sslmode=require"),
            ("host=h password=MARKER user=u", "host=h password=•••••• user=u"),
            ("password='MAR KER\\' x' host='a b'", "password=•••••• host='a b'"),
        ])
    func masked(text: String, masked: String) throws {
        let string = try ConnectionString.parse(text)
        #expect(string.masked == masked)
        #expect(string.text == text && string.carriesPassword)
    }

    @Test("hides the password of a client key, which is no password of the database")
    func keyPassword() throws {
        let string = try ConnectionString.parse("host=h sslpassword=MARKER")
        #expect(string.masked == "host=h sslpassword=••••••" && !string.carriesPassword)
    }

    @Test(
        "loses the driver that SQLAlchemy puts into it",
        arguments: ["postgresql+psycopg2://u:p@h/db", "postgresql+asyncpg://u:p@h/db", "postgresql+psycopg://u:p@h/db"])
    func driver(text: String) throws {
        #expect(try ConnectionString.parse(text).text == "postgresql://u:p@h/db")
    }

    @Test(
        "is refused without showing it",
        arguments: [
            "", "MARKER", "mysql://u:MARKER@h", "sqlite+a+b://MARKER", "postgresql://u:MAR/KER@h/db", "postgresql://u:MAR@KER@h/db",
            "postgresql://u:MARKER@h:0/db", "postgresql://u:MARKER@h:x/db", "postgresql://u:MARKER%zz@h/db", "postgresql://h/db?MARKER",
            "postgresql://h/db?MARKER=1", "postgresql://h/db?password=MARKER%z", "postgresql://u:MARKER@h/db?sslmode=MARKER",
            "password=MAR KER=1", "password=MARKER host", "password='MARKER", "password = MARKER MARKER", "postgresql://u:MARKER@h h/db",
            "postgresql://h:1/%00",
        ])
    func bad(text: String) {
        let complaint = #expect(throws: Complaint.self) { try ConnectionString.parse(text) }
        let words = [complaint?.problem, complaint?.found, complaint?.hint].compactMap { $0 }.joined(separator: " ")
        #expect(!words.contains("MARKER") && !words.contains("KER") && !words.isEmpty)
    }

    @Test("is told the parameter that was meant")
    func hints() {
        #expect(#expect(throws: Complaint.self) { try ConnectionString.parse("host=h sslmod=require") }?.hint == "did you mean sslmode?")
        #expect(
            #expect(throws: Complaint.self) { try ConnectionString.parse("postgresql://h/d?ssl=require") }?.hint == "did you mean sslmode?")
        #expect(#expect(throws: Complaint.self) { try ConnectionString.parse("host=h sslmode=requre") }?.hint == "did you mean require?")
    }
}
