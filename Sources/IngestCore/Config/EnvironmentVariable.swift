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
            let given = try ConnectionString.parseFormer(try GivenValue(text: text).secretText())
            configuration.postgres.url = Secret(given.text)
            if given.carriesPassword { configuration.postgres.password = Secret("") }
        },
        databasePart("DB_HOST", "host", take: databaseHosts),
        databasePart("DB_PORT", "port", take: databasePorts),
        databasePart("DB_NAME", "dbname"),
        databasePart("DB_USER", "user"),
        databasePart("DB_PASSWORD", "password"),
        EnvironmentVariable("DB_SCHEMA", "postgres.schema"),
        EnvironmentVariable("REDIS_HOST", "redis.url", .part) { text, _, configuration throws(Complaint) in
            do throws(Complaint) {
                configuration.redisInUse.host = try HostText.alone(text[...])
            } catch {
                throw Complaint("must be a host alone", hint: "the port goes into REDIS_PORT, the password into REDIS_PASSWORD")
            }
        },
        EnvironmentVariable("REDIS_PORT", "redis.url", .part) { text, environment, configuration throws(Complaint) in
            if let port = try port(text, besides: "REDIS_HOST", in: environment) { configuration.redisInUse.port = port }
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
    /// - Parameter take: what to keep of its text; nil is nothing.
    private static func databasePart(
        _ name: String, _ keyword: String,
        take: @escaping @Sendable (String, [String: String]) throws(Complaint) -> String? = { text, _ in text }
    ) -> EnvironmentVariable {
        EnvironmentVariable(name, keyword == "password" ? "postgres.password" : "postgres.url", .override) {
            text, environment, configuration throws(Complaint) in
            guard Self.text("DATABASE_URL", in: environment) == nil else { return }
            guard let part = try take(try GivenValue(text: text).secretText(), environment) else { return }
            configuration.postgres.overrides[keyword] = Secret(part)
            if keyword == "password" { configuration.postgres.password = Secret(part) }
        }
    }

    /// One host, or a list as libpq takes it: names, addresses with or without brackets, folders of sockets (PostgreSQL 15, 34.1.1.3).
    private static func databaseHosts(_ text: String, _: [String: String]) throws(Complaint) -> String {
        var hosts: [String] = []
        for host in text.split(separator: ",", omittingEmptySubsequences: false) {
            hosts.append(host.isEmpty || host.hasPrefix("/") ? String(host) : try HostText.alone(host))
        }
        return hosts.joined(separator: ",")
    }

    /// One port for all hosts, or as many as `DB_HOST` has hosts.
    private static func databasePorts(_ text: String, _ environment: [String: String]) throws(Complaint) -> String? {
        let ports = text.split(separator: ",", omittingEmptySubsequences: false)
        guard ports.count > 1 else { return try port(text, besides: "DB_HOST", in: environment).map { "\($0)" } }
        for port in ports where !port.isEmpty { _ = try Setting.number(GivenValue(text: String(port)), in: 1...65_535) }
        if let hosts = Self.text("DB_HOST", in: environment)?.split(separator: ",", omittingEmptySubsequences: false).count,
            hosts != ports.count
        {
            throw Complaint("must be one port, or as many as DB_HOST has hosts", found: "\(ports.count) ports for \(hosts)")
        }
        return text
    }
}
