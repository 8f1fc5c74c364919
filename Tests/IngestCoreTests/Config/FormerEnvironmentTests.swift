import Testing

@testable import IngestCore

@Suite("The former service's .env")
struct FormerEnvironmentTests {
    private func read(_ environment: [String: String]) throws -> Configuration {
        try ConfigurationFixture(environment: environment).read().configuration
    }

    /// As SQLAlchemy 2 with psycopg2 reads each of them, written as libpq reads it.
    static let urls: [(given: String, libpq: String)] = [
        ("postgresql+psycopg2://u:pa/ss@h:5432/db", "postgresql://u:pa%2Fss@h:5432/db"),
        ("postgresql+psycopg2://u:100%@h/db", "postgresql://u:100%25@h/db"),
        ("postgresql+psycopg2://u:a:b#c?d@h/db", "postgresql://u:a%3Ab%23c%3Fd@h/db"),
        ("postgresql+psycopg2://u@srv:p@srv.example:5432/db", "postgresql://u%40srv:p@srv.example:5432/db"),
        ("postgresql+psycopg2://u%40x:p%2Fq%zz@h", "postgresql://u%40x:p%2Fq%25zz@h"),
        ("postgresql+psycopg2://:p@h/db", "postgresql://:p@h/db"),
        ("postgresql+psycopg2://u:@h/db", "postgresql://u:@h/db"),
        ("postgresql+psycopg2://u:5432/x@h/db", "postgresql://u:5432%2Fx@h/db"),
        ("postgresql+psycopg2://u@[::1]:5433/db", "postgresql://u@[::1]:5433/db"),
        ("postgresql+psycopg2://h1,h2/db", "postgresql://h1,h2/db"),
        ("postgresql+psycopg2://h1:1,h2:2/db", "postgresql://h1:1,h2:2/db"),
        ("postgresql+psycopg2://", "postgresql://"),
        ("postgresql+psycopg2:///db?host=/var/run/postgresql", "postgresql:///db?host=%2Fvar%2Frun%2Fpostgresql"),
        ("postgresql+psycopg2://u:p@/db?host=a:1&host=b:2", "postgresql://u:p@/db?host=a%2Cb&port=1%2C2"),
        ("postgresql+psycopg2://u:p@/db?host=a,b&port=1,2", "postgresql://u:p@/db?host=a%2Cb&port=1%2C2"),
        ("postgresql+psycopg2://u:p@/db?host=a:1", "postgresql://u:p@/db?host=a&port=1"),
        ("postgresql+psycopg2://u:p@h/d%20b?application_name=a+b&sslmode=", "postgresql://u:p@h/d%20b?application_name=a%20b"),
        ("postgresql+psycopg2://u:ü@h/db", "postgresql://u:%C3%BC@h/db"),
        ("postgresql+asyncpg://u:p@h/db?sslmode=require", "postgresql://u:p@h/db?sslmode=require"),
        ("postgres+psycopg2://u:p@h/db", "postgres://u:p@h/db"),
        // No driver: libpq's reading, and SQLAlchemy's where libpq has none.
        ("postgresql://u:p%20@h1:1,h2:2/db", "postgresql://u:p%20@h1:1,h2:2/db"),
        ("postgresql://u:pa/ss@h:5432/db", "postgresql://u:pa%2Fss@h:5432/db"),
        ("postgresql://u:100%@h/db", "postgresql://u:100%25@h/db"),
    ]

    @Test("names the database as SQLAlchemy takes it", arguments: urls)
    func databaseURL(given: String, libpq: String) throws {
        #expect(try read(["DATABASE_URL": given]).postgres.url.revealed == libpq)
    }

    @Test(
        "is refused where SQLAlchemy refuses it too, without showing it",
        arguments: [
            "postgresql+psycopg2://u:p@MARKER@h/db", "postgresql+psycopg2://u:MARKER@h:x/db", "postgresql+psycopg2://u:MARKER@[::1/db",
            "postgresql+a+b://u:MARKER@h/db", "mysql+pymysql://u:MARKER@h/db", "postgresql+psycopg2://u:p@h/db?MARKER=1",
        ])
    func refusedURL(given: String) {
        let mistakes = ConfigurationFixture(environment: ["DATABASE_URL": given]).mistakes
        #expect(mistakes.count == 1 && !mistakes.joined().contains("MARKER"), "\(mistakes)")
    }

    @Test(
        "names the database's hosts and ports as libpq takes them",
        arguments: [
            (["DB_HOST": "::1"], ["host": "::1"]),
            (["DB_HOST": "[::1]"], ["host": "::1"]),
            (["DB_HOST": "[2001:db8::7]", "DB_PORT": "5433"], ["host": "2001:db8::7", "port": "5433"]),
            (["DB_HOST": "fe80::1%eth0"], ["host": "fe80::1%eth0"]),
            (["DB_HOST": "a,b"], ["host": "a,b"]),
            (["DB_HOST": "a,[::1],/run/postgresql", "DB_PORT": "1,,3"], ["host": "a,::1,/run/postgresql", "port": "1,,3"]),
            (["DB_HOST": "a,b", "DB_PORT": "5433"], ["host": "a,b", "port": "5433"]),
            (["DB_HOST": "db", "DB_PORT": "tcp://10.96.0.7:5433"], ["host": "db", "port": "5433"]),
            (["DB_PORT": "tcp://10.96.0.7:5433"], [:]),
        ])
    func databaseParts(environment: [String: String], overrides: [String: String]) throws {
        #expect(try read(environment).postgres.overrides.mapValues(\.revealed) == overrides)
    }

    @Test(
        "is told apart from a mistake",
        arguments: [
            ["DB_HOST": "db:5432"], ["DB_HOST": "[::1]:5432"], ["DB_HOST": "[::1"], ["DB_HOST": "a b"], ["DB_HOST": "a,b c"],
            ["DB_HOST": "::1/x"], ["DB_HOST": "a,b", "DB_PORT": "1,2,3"], ["DB_PORT": "1,x"], ["DB_PORT": "0"],
            ["REDIS_HOST": "r", "REDIS_PORT": "udp://10.0.0.1:53"], ["REDIS_HOST": "[::1]:6379"],
            ["REDIS_HOST": "r", "REDIS_PORT": "tcp://x"],
        ])
    func mistakes(environment: [String: String]) {
        #expect(ConfigurationFixture(environment: environment).mistakes.count == 1)
    }

    @Test(
        "names Redis",
        arguments: [
            (["REDIS_HOST": "::1"], "::1", 6379), (["REDIS_HOST": "[::1]", "REDIS_PORT": "7"], "::1", 7),
            (["REDIS_HOST": "redis", "REDIS_PORT": "tcp://10.96.0.5:6380"], "redis", 6380),
        ])
    func redis(environment: [String: String], host: String, port: Int) throws {
        let redis = try #require(try read(environment).redis)
        #expect(redis.host == host && redis.port == port)
    }

    @Test(
        "says nothing of Redis where it is off, whatever Kubernetes sets for a service of that name",
        arguments: [
            ["REDIS_PORT": "tcp://10.96.0.5:6379"], ["REDIS_PORT": "tcp://10.96.0.5:6379", "REDIS_SERVICE_HOST": "10.96.0.5"],
            ["REDIS_HOST": " ", "REDIS_PORT": "tcp://[fd00::5]:6379", "REDIS_DB": ""], ["REDIS_PORT": "x"],
        ])
    func noRedis(environment: [String: String]) throws {
        #expect(try read(environment) == Configuration())
    }

    @Test("leaves the file's Redis alone where Kubernetes tells of another")
    func anotherRedis() throws {
        let fixture = ConfigurationFixture(["redis.url": "redis://mine:7"], environment: ["REDIS_PORT": "tcp://10.96.0.5:6379"])
        #expect(try fixture.read().configuration.redis?.port == 7)
    }

    @Test(
        "names the object store",
        arguments: [
            (["MINIO_ENDPOINT": "minio:9000", "MINIO_SECURE": "True\r"], "https://minio:9000"),
            (["MINIO_ENDPOINT": "[::1]:9000", "MINIO_SECURE": "\"false\""], "http://[::1]:9000"),
            (["MINIO_ENDPOINT": "'http://minio:9000/'"], "http://minio:9000"),
            (["MINIO_ENDPOINT": "s3.amazonaws.com # the cloud", "MINIO_SECURE": "1"], "https://s3.amazonaws.com"),
        ])
    func objectStore(environment: [String: String], endpoint: String) throws {
        #expect(try read(environment).s3.endpoint == endpoint)
    }

    @Test(
        "is read as python-dotenv reads it, where quotes and line ends are still there",
        arguments: [
            ("plain", "plain"), ("plain\r", "plain"), ("  plain \t\r\n", "plain"), ("\"quoted\"", "quoted"), ("'quoted'\r", "quoted"),
            ("\"two words\" # a comment", "two words"), ("word # a comment", "word"), ("word#no comment", "word#no comment"),
            (#""a\"b\\c""#, #"a"b\c"#), (#"'a\'b'"#, "a'b"), (#""a\b""#, #"a\b"#), ("\"open", "\"open"), ("\"a\"b\"", "\"a\"b\""),
            ("\"", "\""), (#""a\""#, #""a\""#), ("'a\"", "'a\""), ("", nil), (" \r", nil), ("\"\"", nil), ("''", nil), ("\"  \"", "  "),
        ] as [(String, String?)])
    func text(given: String, read: String?) {
        #expect(EnvironmentVariable.text("NAME", in: ["NAME": given]) == read)
    }

    @Test("keeps a # in a password that has lost its quotes")
    func hashInPassword() throws {
        #expect(EnvironmentVariable.text("DB_PASSWORD", in: ["DB_PASSWORD": "a #b"]) == "a #b")
        #expect(try read(["DB_PASSWORD": "\"a #b\"\r"]).postgres.password == Secret("a #b"))
    }

    @Test("may have every variable empty, quoted and edited on Windows")
    func everything() throws {
        let names = EnvironmentVariable.all.map(\.name)
        for nothing in ["", "\"\"", " ", "\r", "''\r"] {
            #expect(try read(Dictionary(uniqueKeysWithValues: names.map { ($0, nothing) })) == Configuration())
        }
        let plain = [
            "MQTT_BROKER_URL": "mqtt://[::1]:1883", "MQTT_USER": "u", "MQTT_PASSWORD": "p", "REDIS_HOST": "redis", "REDIS_PORT": "6379",
            "REDIS_DB": "1", "REDIS_PASSWORD": "p", "MINIO_ENDPOINT": "minio:9000", "MINIO_ROOT_USER": "u", "MINIO_ROOT_PASSWORD": "p",
            "MINIO_RAW_BUCKET": "raw-1", "MINIO_SECURE": "true", "DB_HOST": "h", "DB_PORT": "1", "DB_NAME": "n", "DB_USER": "u",
            "DB_PASSWORD": "p", "DB_SCHEMA": "s", "LOG_LEVEL": "INFO",
        ]
        let expected = try read(plain)
        #expect(try read(plain.mapValues { "\"\($0)\"\r" }) == expected)
        #expect(try read(plain.mapValues { " '\($0)' " }) == expected)
    }
}
