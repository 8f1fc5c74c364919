/// A variable of the environment that sets a key, under the name the former service gave it. An empty one counts as unset.
package struct EnvironmentVariable: Sendable {
    package let name: String
    /// The setting it is part of.
    package let key: String
    /// Takes its text and the whole environment.
    let scope: Scope
    let apply: @Sendable (String, [String: String], inout Configuration) throws(Complaint) -> Void

    enum Scope {
        /// Says all that its key says.
        case whole
        /// Says a part of it, as a URL's port.
        case part
        /// Stands beside the key's value, in `Configuration.Postgres.overrides`.
        case override
    }

    init(
        _ name: String, _ key: String, _ scope: Scope = .whole,
        apply: @escaping @Sendable (String, [String: String], inout Configuration) throws(Complaint) -> Void
    ) {
        self.name = name
        self.key = key
        self.scope = scope
        self.apply = apply
    }

    /// One that says exactly what its key says.
    init(_ name: String, _ key: String) {
        self.init(name, key) { text, _, configuration throws(Complaint) in
            try Setting.byPath[key]?.apply(GivenValue(text: text), &configuration)
        }
    }

    static func text(_ name: String, in environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// In the order in which they apply: a later one beats an earlier one.
    package static let all: [EnvironmentVariable] = [
        EnvironmentVariable("MQTT_BROKER_URL", "mqtt.url"),
        EnvironmentVariable("MQTT_USER", "mqtt.username"),
        EnvironmentVariable("MQTT_PASSWORD", "mqtt.password"),
        EnvironmentVariable("MINIO_ENDPOINT", "s3.endpoint"),
        EnvironmentVariable("MINIO_SECURE", "s3.endpoint", .part, apply: minioSecure),
        EnvironmentVariable("MINIO_ROOT_USER", "s3.access_key"),
        EnvironmentVariable("MINIO_ROOT_PASSWORD", "s3.secret_key"),
        EnvironmentVariable("MINIO_RAW_BUCKET", "s3.bucket"),
        EnvironmentVariable("DATABASE_URL", "postgres.url") { text, _, configuration throws(Complaint) in
            let given = try ConnectionString.parse(try GivenValue(text: text).secretText())
            configuration.postgres.url = Secret(given.text)
            if given.carriesPassword { configuration.postgres.password = Secret("") }
        },
        databasePart("DB_HOST", "host") { host throws(Complaint) in
            if !host.hasPrefix("/") { _ = try HostText.check(host: host) }
        },
        databasePart("DB_PORT", "port") { port throws(Complaint) in _ = try Setting.number(GivenValue(text: port), in: 1...65_535) },
        databasePart("DB_NAME", "dbname") { _ throws(Complaint) in },
        databasePart("DB_USER", "user") { _ throws(Complaint) in },
        databasePart("DB_PASSWORD", "password") { _ throws(Complaint) in },
        EnvironmentVariable("DB_SCHEMA", "postgres.schema"),
        EnvironmentVariable("REDIS_HOST", "redis.url", .part) { text, _, configuration throws(Complaint) in
            do throws(Complaint) {
                try HostText.check(host: text)
            } catch {
                throw Complaint("must be a host alone", hint: "the port goes into REDIS_PORT, the password into REDIS_PASSWORD")
            }
            configuration.redisInUse.host = text
        },
        EnvironmentVariable("REDIS_PORT", "redis.url", .part) { text, _, configuration throws(Complaint) in
            configuration.redisInUse.port = try Setting.number(GivenValue(text: text), in: 1...65_535)
        },
        EnvironmentVariable("REDIS_DB", "redis.url", .part) { text, _, configuration throws(Complaint) in
            configuration.redisInUse.database = try Setting.number(GivenValue(text: text), in: 0...65_535)
        },
        EnvironmentVariable("REDIS_PASSWORD", "redis.password"),
        EnvironmentVariable("LOG_LEVEL", "log.level") { text, _, configuration throws(Complaint) in
            let word = text.lowercased()
            try Setting.byPath["log.level"]?.apply(GivenValue(text: Setting.foreignLevels[word] ?? word), &configuration)
        },
    ]

    /// The former service's client was told host and port in one variable and TLS in this one.
    private static func minioSecure(_ text: String, _ environment: [String: String], _ configuration: inout Configuration) throws(Complaint)
    {
        let isSecure = try Setting.toggle(GivenValue(text: text))
        let scheme = isSecure ? "https://" : "http://"
        if let endpoint = Self.text("MINIO_ENDPOINT", in: environment)?.lowercased() {
            let contrary = isSecure ? "http://" : "https://"
            guard !endpoint.hasPrefix(contrary) else {
                throw Complaint(
                    "contradicts MINIO_ENDPOINT, which begins with \(contrary)", found: Quoted.text(text), hint: "set one of the two")
            }
        }
        let endpoint = configuration.s3.endpoint
        let afterScheme = endpoint.drop { $0 != ":" }.dropFirst(3)
        configuration.s3.endpoint = scheme + afterScheme
    }

    /// `DB_*` replace their part of `[postgres] url`, unless there is a `DATABASE_URL`, which beats them.
    private static func databasePart(
        _ name: String, _ keyword: String, check: @escaping @Sendable (String) throws(Complaint) -> Void
    ) -> EnvironmentVariable {
        EnvironmentVariable(name, keyword == "password" ? "postgres.password" : "postgres.url", .override) {
            text, environment, configuration throws(Complaint) in
            guard Self.text("DATABASE_URL", in: environment) == nil else { return }
            let part = try GivenValue(text: text).secretText()
            try check(part)
            configuration.postgres.overrides[keyword] = Secret(part)
            if keyword == "password" { configuration.postgres.password = Secret(part) }
        }
    }
}
