import Testing

@testable import IngestCore

@Suite("A setting")
struct SettingTests {
    /// Every key with a value that is not its default, and what it is shown as.
    private static let others: [(path: String, value: any Sendable, shown: String?)] = [
        ("mqtt.url", "mqtts://b:1", "\"mqtts://b:1\""), ("mqtt.version", "3.1.1", nil), ("mqtt.username", "u", nil),
        ("mqtt.password", "p", "\"••••••\""),
        ("mqtt.topic", "a/#", nil), ("mqtt.qos", 0, nil), ("mqtt.client_id", "me", nil), ("mqtt.shared_group", "g", nil),
        ("mqtt.session_expiry", "1d", nil), ("mqtt.stored_topic", "stored", nil), ("mqtt.status_topic", "status", nil),
        ("mqtt.keepalive", "9s", nil), ("mqtt.receive_maximum", 7, nil),
        ("mqtt.max_message", "2MiB", nil),
        ("mqtt.tls.ca_file", "/f", nil), ("mqtt.tls.cert_file", "/f", nil), ("mqtt.tls.key_file", "/f", nil),
        ("s3.endpoint", "https://s:1", nil), ("s3.bucket", "other", nil), ("s3.region", "eu-1", nil), ("s3.access_key", "a", "\"••••••\""),
        ("s3.secret_key", "b", "\"••••••\""), ("s3.session_token", "c", "\"••••••\""), ("s3.path_style", false, nil),
        ("s3.create_bucket", false, nil),
        ("s3.key", "{ext}", nil), ("s3.ca_file", "/f", nil), ("s3.timeout", "31s", nil),
        ("postgres.url", "postgresql://u:p@h/d", "\"postgresql://u:••••••@h/d\""), ("postgres.password", "p", "\"••••••\""),
        ("postgres.schema", "other", nil),
        ("postgres.timeout", "11s", nil), ("postgres.notify", "channel", nil),
        ("redis.url", "redis://u@r:1/2", nil), ("redis.password", "p", "\"••••••\""), ("redis.ca_file", "/f", nil),
        ("redis.share_chunks", true, nil),
        ("redis.timeout", "400ms", nil),
        ("intake.pool", "31MiB", nil), ("intake.max_image", "15MiB", nil), ("intake.max_chunks", 7, nil),
        ("intake.session_timeout", "7s", nil),
        ("intake.stale_after", "7s", nil), ("intake.repeat_window", "0s", nil), ("intake.processed_ttl", "7s", nil),
        ("intake.keep_rejected", "0B", nil), ("intake.silent_after", "7s", nil),
        ("intake.captured_at", "at", nil), ("intake.metadata", "temperature", nil),
        ("journal.enabled", false, nil), ("journal.when", "needed", nil), ("journal.hold", "3s", nil), ("journal.segment", "8MiB", nil),
        ("spool.directory", "/d", nil), ("spool.max_size", "5GiB", nil), ("spool.keep_free", "0B", nil),
        ("spool.when_full", "drop_newest", nil),
        ("drain.backoff_initial", "2s", nil), ("drain.backoff_max", "3s", nil), ("drain.concurrency", 7, nil),
        ("drain.order", "newest_first", nil),
        ("drain.max_rate", "1KiB", nil), ("drain.max_attempts", 7, nil), ("drain.window", "22:00-06:00", nil),
        ("http.listen", "", nil), ("log.level", "debug", nil), ("log.format", "json", nil),
    ]

    @Test("exists for every key, each with a reason that fits a line")
    func complete() {
        #expect(Setting.all.map(\.path) == Self.others.map(\.path))
        for setting in Setting.all { #expect(!setting.reason.isEmpty && setting.reason.utf8.count <= 100, "\(setting.path)") }
    }

    @Test("changes the configuration, and nothing but its own key's value", arguments: others.map(\.path))
    func settable(path: String) throws {
        let other = try #require(Self.others.first { $0.path == path })
        let setting = try #require(Setting.byPath[path])
        var configuration = Configuration()
        if setting.section == "redis" { configuration.redis = Configuration.Redis() }
        let before = configuration
        try setting.apply(GivenValue(try #require(ConfigurationFixture([path: other.value]).nodes.last)), &configuration)
        #expect(configuration != before)
        #expect(Setting.all.filter { $0.value(configuration) != $0.value(before) }.map(\.path) == [path])
        let text = other.value as? String
        #expect(setting.shown(configuration) == other.shown ?? text.map(Quoted.text) ?? "\(other.value)")
    }

    @Test("reaches every field of the configuration")
    func fields() throws {
        var configuration = Configuration()
        for other in Self.others {
            let node = try #require(ConfigurationFixture([other.path: other.value]).nodes.last)
            try Setting.byPath[other.path]?.apply(GivenValue(node), &configuration)
        }
        let standard = Configuration()
        func unchanged(_ value: Any, _ before: Any, _ path: String) -> [String] {
            zip(Mirror(reflecting: value).children, Mirror(reflecting: before).children).flatMap { new, old -> [String] in
                let name = path + "." + (new.label ?? "")
                if new.value is Secret || Mirror(reflecting: new.value).displayStyle != .struct || new.value is Duration {
                    return "\(new.value)" == "\(old.value)" && (new.value as? Secret) == (old.value as? Secret) ? [name] : []
                }
                return unchanged(new.value, old.value, name)
            }
        }
        // The environment alone sets the parts that replace those of a URL.
        #expect(unchanged(configuration, standard, "") == [".postgres.overrides"])
        let redis = try #require(configuration.redis)
        #expect(unchanged(redis, Configuration.Redis(), "redis") == ["redis.tls"])
    }

    @Test(
        "refuses what is out of its range or of another type",
        arguments: [
            ("mqtt.qos", 2), ("mqtt.qos", 3), ("mqtt.qos", -1), ("mqtt.qos", "1"), ("mqtt.version", 5), ("mqtt.version", "4"),
            ("mqtt.keepalive", "4s"),
            ("mqtt.keepalive", "18h13m"), ("mqtt.keepalive", "5500ms"), ("mqtt.session_expiry", "500ms"), ("mqtt.receive_maximum", 0),
            ("mqtt.receive_maximum", 65_536), ("mqtt.receive_maximum", 1.5), ("mqtt.max_message", "1B"), ("mqtt.max_message", "65MiB"),
            ("mqtt.max_message", true), ("mqtt.topic", 5), ("mqtt.client_id", String(repeating: "x", count: 257)),
            ("mqtt.client_id", "a\nb"),
            ("mqtt.shared_group", "a/b"), ("mqtt.shared_group", "+"), ("mqtt.username", 5), ("mqtt.password", 5), ("mqtt.password", "a\nb"),
            ("mqtt.tls.ca_file", "relative"), ("s3.endpoint", "ftp://x"), ("s3.endpoint", "http://h/path"), ("s3.endpoint", "http://u:p@h"),
            ("s3.endpoint", ""),
            ("s3.bucket", "ab"), ("s3.bucket", "Thermo"), ("s3.bucket", "a..b"), ("s3.bucket", "-ab"), ("s3.bucket", "a_b"),
            ("s3.region", ""),
            ("s3.region", "a b"), ("s3.path_style", "true"), ("s3.path_style", 1), ("s3.timeout", "0s"), ("s3.timeout", 30),
            ("s3.timeout", "2h"),
            ("postgres.schema", ""), ("postgres.schema", "1a"), ("postgres.schema", "a-b"), ("postgres.schema", "pg_x"),
            ("postgres.schema", "a\"b"),
            ("postgres.schema", String(repeating: "a", count: 64)), ("postgres.url", 5), ("postgres.timeout", "0s"),
            ("redis.url", "redis://h/x"),
            ("redis.url", "redis://h/-1"), ("redis.url", "redis://h//1"), ("redis.url", "http://h"), ("redis.timeout", "1ms"),
            ("intake.pool", "1KiB"),
            ("intake.max_chunks", 0), ("intake.max_chunks", 65_537), ("intake.session_timeout", "0s"), ("intake.repeat_window", "2h"),
            ("intake.repeat_window", 0), ("journal.segment", "1KiB"), ("journal.enabled", 0), ("journal.when", "never"),
            ("journal.hold", "1ms"), ("spool.directory", "spool"),
            ("spool.directory", "/"),
            ("spool.directory", "/a/../b"), ("spool.when_full", "stop"), ("spool.max_size", "-1"), ("drain.concurrency", 0),
            ("drain.concurrency", 65),
            ("drain.order", "random"), ("drain.max_rate", "1B"), ("drain.max_rate", "fast"), ("drain.max_attempts", 0),
            ("drain.window", "night"),
            ("drain.window", 5), ("http.listen", "5101"), ("http.listen", ":5101"), ("http.listen", "127.0.0.1"), ("http.listen", "h:0"),
            ("http.listen", 5101),
            ("log.level", "loud"), ("log.level", "INFO"), ("log.format", "xml"),
        ] as [(String, any Sendable)])
    func refused(path: String, value: any Sendable) throws {
        var configuration = Configuration()
        let node = try #require(ConfigurationFixture([path: value]).nodes.last)
        #expect(throws: Complaint.self) { try Setting.byPath[path]?.apply(GivenValue(node), &configuration) }
    }

    @Test("keeps a folder without its last slash, and an endpoint too")
    func normalised() throws {
        var configuration = Configuration()
        try Setting.byPath["spool.directory"]?.apply(GivenValue(text: "/a//b/"), &configuration)
        try Setting.byPath["s3.endpoint"]?.apply(GivenValue(text: "HTTPS://[::1]:9000/"), &configuration)
        #expect(configuration.spool.directory == "/a/b" && configuration.s3.endpoint == "https://[::1]:9000")
        try Setting.byPath["s3.endpoint"]?.apply(GivenValue(text: "minio:9000"), &configuration)
        #expect(configuration.s3.endpoint == "http://minio:9000")
    }
}
