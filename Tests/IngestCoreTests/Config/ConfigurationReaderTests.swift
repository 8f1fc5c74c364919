import Testing

@testable import IngestCore

@Suite("A configuration")
struct ConfigurationReaderTests {
    @Test("is the defaults where nothing is said")
    func defaults() throws {
        let inForce = try ConfigurationFixture().read()
        #expect(inForce.configuration == Configuration())
        #expect(inForce.origins.isEmpty && inForce.notes.isEmpty)
        #expect(inForce.origin(of: "mqtt.url") == .standard)
    }

    @Test("takes the file over the defaults and the environment over the file, and knows which")
    func layers() throws {
        let file: KeyValuePairs<String, Any> = ["mqtt.url": "mqtt://file:1", "mqtt.qos": 0, "log.level": "debug"]
        let inForce = try ConfigurationFixture(file, environment: ["MQTT_BROKER_URL": "mqtts://env", "LOG_LEVEL": ""]).read()
        #expect(inForce.configuration.mqtt.host == "env" && inForce.configuration.mqtt.port == 8883 && inForce.configuration.mqtt.tls)
        #expect(inForce.configuration.log.level == .debug)
        #expect(inForce.origin(of: "mqtt.url") == .environment("MQTT_BROKER_URL"))
        #expect(inForce.origin(of: "mqtt.qos") == .file("c.toml", line: 2))
        #expect(inForce.origin(of: "log.level") == .file("c.toml", line: 3))
    }

    @Test("takes every variable of the former service")
    func everyVariable() throws {
        let configuration = try ConfigurationFixture(environment: [
            "MQTT_BROKER_URL": "mqtt://broker:1883", "MQTT_USER": "admin", "MQTT_PASSWORD": "admin1234", "REDIS_HOST": "redis",
            "REDIS_PORT": "6380",
            "REDIS_DB": "3", "REDIS_PASSWORD": "r", "MINIO_ENDPOINT": "http://minio:9000", "MINIO_ROOT_USER": "root",
            "MINIO_ROOT_PASSWORD": "root1234",
            "MINIO_RAW_BUCKET": "raw", "MINIO_SECURE": "False", "DB_HOST": "db", "DB_PORT": "5433", "DB_NAME": "n", "DB_USER": "u",
            "DB_PASSWORD": "p",
            "DB_SCHEMA": "s", "LOG_LEVEL": "WARNING",
        ]).read().configuration
        #expect(
            configuration.mqtt.host == "broker" && configuration.mqtt.username == "admin"
                && configuration.mqtt.password == Secret("admin1234"))
        let redis = try #require(configuration.redis)
        #expect(redis.host == "redis" && redis.port == 6380 && redis.database == 3 && redis.password == Secret("r"))
        #expect(configuration.s3.endpoint == "http://minio:9000" && configuration.s3.bucket == "raw")
        #expect(configuration.s3.accessKey == Secret("root") && configuration.s3.secretKey == Secret("root1234"))
        #expect(
            configuration.postgres.overrides.mapValues(\.revealed) == [
                "host": "db", "port": "5433", "dbname": "n", "user": "u", "password": "p",
            ])
        #expect(configuration.postgres.schema == "s" && configuration.log.level == .warning)
    }

    @Test("lets DATABASE_URL beat DB_* and the file, its password included")
    func databaseURL() throws {
        let file: KeyValuePairs<String, Any> = ["postgres.url": "postgresql://file/x", "postgres.password": "filepw"]
        let both = ["DATABASE_URL": "postgresql+psycopg2://u:envpw@env/db", "DB_HOST": "other", "DB_PASSWORD": "other"]
        let inForce = try ConfigurationFixture(file, environment: both).read()
        #expect(inForce.configuration.postgres.url == Secret("postgresql://u:envpw@env/db"))
        #expect(inForce.configuration.postgres.overrides.isEmpty && inForce.configuration.postgres.password.isEmpty)
        #expect(inForce.origin(of: "postgres.password") == .environment("DATABASE_URL"))

        let without = try ConfigurationFixture(file, environment: ["DATABASE_URL": "postgresql://u@env/db"]).read()
        #expect(without.configuration.postgres.password == Secret("filepw"))
    }

    @Test("lets DB_* replace their part of the file's URL alone")
    func databaseParts() throws {
        let file: KeyValuePairs<String, Any> = ["postgres.url": "host=file password=a", "postgres.password": "filepw"]
        let inForce = try ConfigurationFixture(file, environment: ["DB_HOST": "/run/postgresql", "DB_PASSWORD": "envpw"]).read()
        #expect(inForce.configuration.postgres.url == Secret("host=file password=a"))
        #expect(inForce.configuration.postgres.overrides.mapValues(\.revealed) == ["host": "/run/postgresql", "password": "envpw"])
        #expect(inForce.configuration.postgres.password == Secret("envpw"))
        #expect(inForce.origin(of: "postgres.url") == .file("c.toml", line: 1))
    }

    @Test("turns Redis on by its section or by REDIS_HOST, and by nothing else")
    func redis() throws {
        #expect(try ConfigurationFixture(["redis": ()]).read().configuration.redis == Configuration.Redis())
        #expect(try ConfigurationFixture(environment: ["REDIS_HOST": "r"]).read().configuration.redis?.host == "r")
        let alone = ["REDIS_PORT": "1", "REDIS_DB": "1", "REDIS_PASSWORD": "x", "CREDENTIALS_DIRECTORY": "/c"]
        let off = try ConfigurationFixture(environment: alone, files: ["/c/redis.password": "x"]).read()
        #expect(off.configuration.redis == nil && off.origins.isEmpty)
        let merged = try ConfigurationFixture(["redis.url": "redis://u:p@file:7/2"], environment: ["REDIS_HOST": "env", "REDIS_DB": "5"])
            .read()
        let redis = try #require(merged.configuration.redis)
        #expect(redis.host == "env" && redis.port == 7 && redis.database == 5 && redis.username == "u" && redis.password == Secret("p"))
        #expect(merged.origin(of: "redis.url") == .environment("REDIS_HOST, REDIS_DB"))
    }

    @Test(
        "takes the scheme of a bare MINIO_ENDPOINT from MINIO_SECURE",
        arguments: [
            (["MINIO_ENDPOINT": "minio:9000"], "http://minio:9000"),
            (["MINIO_ENDPOINT": "minio:9000", "MINIO_SECURE": "true"], "https://minio:9000"),
            (["MINIO_ENDPOINT": "minio:9000", "MINIO_SECURE": "0"], "http://minio:9000"),
            (["MINIO_ENDPOINT": "https://minio"], "https://minio"),
            (["MINIO_ENDPOINT": "https://minio", "MINIO_SECURE": "True"], "https://minio"),
            (["MINIO_SECURE": "yes"], "https://127.0.0.1:9000"),
        ])
    func minio(environment: [String: String], endpoint: String) throws {
        #expect(try ConfigurationFixture(environment: environment).read().configuration.s3.endpoint == endpoint)
    }

    @Test("refuses a MINIO_SECURE that contradicts the endpoint's scheme")
    func minioContradiction() {
        let mistakes = ConfigurationFixture(environment: ["MINIO_ENDPOINT": "http://minio", "MINIO_SECURE": "true"]).mistakes
        #expect(
            mistakes == [
                "environment MINIO_SECURE: s3.endpoint: contradicts MINIO_ENDPOINT, which begins with http://; found \"true\"; set one of the two"
            ])
    }

    @Test(
        "takes Python's names for LOG_LEVEL in any case",
        arguments: [
            ("INFO", Configuration.Log.Level.info), ("WARNING", .warning), ("warn", .warning), ("DEBUG", .debug), ("Error", .error),
            ("CRITICAL", .critical),
            ("FATAL", .critical), ("trace", .trace), ("notice", .notice),
        ])
    func logLevel(text: String, level: Configuration.Log.Level) throws {
        #expect(try ConfigurationFixture(environment: ["LOG_LEVEL": text]).read().configuration.log.level == level)
    }

    @Test("lets a user and password beat those in the URL of the same layer, and the environment's URL beat all of the file")
    func userInURL() throws {
        let file: KeyValuePairs<String, Any> = ["mqtt.url": "mqtt://a:b@h", "mqtt.username": "c", "mqtt.password": "d"]
        let own = try ConfigurationFixture(file).read().configuration.mqtt
        #expect(own.username == "c" && own.password == Secret("d"))
        let inURL = try ConfigurationFixture(["mqtt.url": "mqtt://a:b@h"]).read()
        #expect(inURL.configuration.mqtt.username == "a" && inURL.configuration.mqtt.password == Secret("b"))
        #expect(inURL.origin(of: "mqtt.username") == .file("c.toml", line: 1))
        let environment = try ConfigurationFixture(file, environment: ["MQTT_BROKER_URL": "mqtt://e:f@h"]).read().configuration.mqtt
        #expect(environment.username == "e" && environment.password == Secret("f"))
        let both = try ConfigurationFixture(file, environment: ["MQTT_BROKER_URL": "mqtt://e:f@h", "MQTT_USER": "g"]).read().configuration
            .mqtt
        #expect(both.username == "g" && both.password == Secret("f"))
        let without = try ConfigurationFixture(file, environment: ["MQTT_BROKER_URL": "mqtt://h2"]).read().configuration.mqtt
        #expect(without.host == "h2" && without.username == "c")
    }

    @Test("takes a topic or a list of them, and tells each bad one by its line")
    func topics() throws {
        #expect(try ConfigurationFixture(["mqtt.topic": "a/+"]).read().configuration.mqtt.topics == ["a/+"])
        #expect(try ConfigurationFixture(["mqtt.topic": ["a/+", "b/#"]]).read().configuration.mqtt.topics == ["a/+", "b/#"])
        #expect(ConfigurationFixture(["mqtt.topic": ["a+", 5, "#/x"]]).mistakes.count == 3)
        #expect(ConfigurationFixture(["mqtt.topic": [Any]()]).mistakes.count == 1)
        #expect(ConfigurationFixture(["mqtt.topic": ["a", "a"]]).mistakes.count == 1)
    }

    @Test("tells all mistakes at once, the file's by line, then the environment's by name")
    func allAtOnce() {
        let file: KeyValuePairs<String, Any> = ["mqtt.qos": 2, "s3.bucket": "X", "log.levle": "info", "mqtt.keepalive": 30]
        let mistakes = ConfigurationFixture(file, environment: ["REDIS_HOST": "a b", "LOG_LEVEL": "loud", "MINIO_SECURE": "maybe"]).mistakes
        #expect(
            mistakes.map { String($0.prefix { $0 != ";" }.split(separator: " ").prefix(2).joined(separator: " ")) } == [
                "c.toml:1: mqtt.qos:", "c.toml:2: s3.bucket:", "c.toml:3: log.levle:", "c.toml:4: mqtt.keepalive:",
                "environment LOG_LEVEL:",
                "environment MINIO_SECURE:", "environment REDIS_HOST:",
            ])
        #expect(mistakes[0].contains("acknowledges") && mistakes[2].hasSuffix("did you mean level?"))
    }

    @Test(
        "tells unknown keys with the nearest known one",
        arguments: [
            ("mqtt.topik", "is no key of [mqtt]; did you mean topic?"), ("mqtt.bucket", "is no key of [mqtt]; it belongs to [s3]"),
            ("mqtt.tls.cafile", "is no key of [mqtt.tls]; did you mean ca_file?"),
            ("log.colour", "is no key of [log]; it has format, level"),
            ("qos", "stands under no section; did you mean it to stand under [mqtt]?"), ("nonsense", "stands under no section"),
            ("s3.secret_key_fil", "is no key of [s3]; did you mean secret_key_file?"),
            ("s3.tls.x", "s3.tls: is no key of [s3]; it has access_key, "),
        ])
    func unknownKeys(path: String, problem: String) {
        let mistakes = ConfigurationFixture([path: "MARKER"]).mistakes
        #expect(mistakes.count == 1 && !mistakes.joined().contains("MARKER"))
        #expect(mistakes.first?.contains(problem) == true, "\(mistakes)")
    }

    @Test(
        "tells unknown sections once, with the nearest or the one that was meant",
        arguments: [("mqqt", "[mqtt]"), ("minio", "[s3]"), ("database", "[postgres]")])
    func unknownSections(name: String, meant: String) {
        var fixture = ConfigurationFixture(["\(name).a": 1])
        fixture.nodes += ConfigurationFixture(["\(name).b": 1]).nodes.suffix(1)
        #expect(fixture.mistakes.count == 1 && fixture.mistakes[0].hasSuffix("did you mean \(meant)?"))
    }

    @Test("tells a section that is none, and a key that is a section")
    func wrongShape() {
        #expect(ConfigurationFixture(["mqtt": 3]).mistakes == ["c.toml:1: mqtt: must be a section"])
        #expect(ConfigurationFixture(["log": [1]]).mistakes == ["c.toml:1: log: must be a section; write [log] once, in single brackets"])
        let mistakes = ConfigurationFixture(["mqtt.password.MARKER": "MARKER", "mqtt.url.MARKER": "MARKER"]).mistakes
        #expect(mistakes.count == 2 && !mistakes.joined().contains("MARKER"))
    }

    @Test(
        "tells which keys do not go together",
        arguments: [
            (["mqtt.password": "p"], "mqtt.password: needs a username"),
            (["mqtt.tls.cert_file": "/f", "mqtt.url": "mqtts://h"], "cert_file and key_file go together"),
            (["mqtt.tls.ca_file": "/f"], "mqtts://"), (["s3.ca_file": "/f"], "https://"), (["s3.access_key": "a"], "secret_key is missing"),
            (["s3.secret_key": "a"], "access_key is missing"), (["s3.session_token": "a"], "belongs to an access_key"),
            (["redis.url": "rediss://h"], "knows no TLS"), (["redis.ca_file": "/f"], "rediss://"),
            (["redis.share_chunks": true], "needs mqtt.shared_group"),
            (["mqtt.shared_group": "g"], "needs redis.share_chunks = true"),
            (["mqtt.shared_group": "g", "redis.url": "redis://h"], "needs redis.share_chunks = true"),
            (["intake.pool": "2MiB", "mqtt.max_message": "3MiB"], "room for one message"),
            (["journal.segment": "512KiB"], "one message of mqtt.max_message"),
            (["drain.backoff_initial": "2m"], "must not be above drain.backoff_max; found 120s and 60s"),
            (["journal.hold": "31s"], "must not be above mqtt.keepalive"),
        ] as [(KeyValuePairs<String, any Sendable>, String)])
    func rules(file: KeyValuePairs<String, any Sendable>, text: String) {
        var fixture = ConfigurationFixture()
        for (line, (path, value)) in file.enumerated() {
            for node in ConfigurationFixture([path: value]).nodes where !fixture.nodes.contains(where: { $0.path == node.path }) {
                fixture.nodes.append(ConfigurationNode(path: node.path, kind: node.kind, text: node.text, line: line + 1))
            }
        }
        fixture.files = ["/f": .bytes([])]
        let mistakes = fixture.mistakes
        #expect(mistakes.count == 1 && mistakes[0].contains(text), "\(mistakes)")
    }

    @Test("takes keys that go together")
    func together() throws {
        let fixture = ConfigurationFixture(
            [
                "redis.url": "rediss://h", "redis.share_chunks": true, "mqtt.shared_group": "thermo", "mqtt.url": "mqtts://h",
                "mqtt.tls.ca_file": "/f", "redis.ca_file": "/f",
            ],
            files: ["/f": ""], redisHasTLS: true)
        let inForce = try fixture.read()
        #expect(inForce.configuration.redis?.tls == true && inForce.configuration.redis?.caFile == "/f")
        #expect(inForce.notes.count == 1 && inForce.notes[0].contains("image_id"))
    }

    @Test("says nothing about a rule one of whose keys is mistaken")
    func noFollowUp() {
        #expect(ConfigurationFixture(["drain.backoff_initial": "2m", "drain.backoff_max": "120"]).mistakes.count == 1)
        #expect(ConfigurationFixture(["s3.access_key": "a", "s3.secret_key_file": "/none"]).mistakes.count == 1)
    }

    @Test("tells a certificate that is not there")
    func missingFile() {
        let mistakes = ConfigurationFixture(["mqtt.url": "mqtts://h", "mqtt.tls.ca_file": "/none.pem"]).mistakes
        #expect(mistakes == ["c.toml:2: mqtt.tls.ca_file: cannot be read: there is no such file; found \"/none.pem\""])
    }

    @Test("warns of what is allowed but loses pictures")
    func notes() throws {
        #expect(try ConfigurationFixture(["journal.enabled": false, "mqtt.qos": 0]).read().notes.count == 2)
    }
}
