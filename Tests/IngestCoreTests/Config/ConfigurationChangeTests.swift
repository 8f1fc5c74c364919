import Testing

@testable import IngestCore

@Suite("A configuration read again")
struct ConfigurationChangeTests {
    private func change(_ body: (inout Configuration) -> Void) -> ConfigurationChange {
        var running = Configuration()
        running.redis = Configuration.Redis()
        var wished = running
        body(&wished)
        return ConfigurationChange(from: running, to: wished)
    }

    @Test("that is the same changes nothing")
    func same() {
        let change = change { _ in }
        #expect(change.applied.isEmpty && change.needRestart.isEmpty)
        #expect(change.summary == "no setting has changed")
    }

    @Test("changes what can change, tells of each key with its value, and of secrets the name alone")
    func applied() {
        let change = change {
            $0.log.level = .debug
            $0.drain.maxRate = 512 << 10
            $0.spool.whenFull = .dropOldest
            $0.s3.secretKey = Secret("hush")
            $0.mqtt.password = Secret("hush")
            $0.redis?.password = Secret("hush")
        }
        #expect(
            change.summary
                == "now mqtt.password (from the next connection on), s3.secret_key, redis.password, spool.when_full = \"drop_oldest\", drain.max_rate = \"512KiB\", log.level = \"debug\""
        )
        #expect(change.configuration.s3.secretKey.revealed == "hush")
        #expect(change.needRestart.isEmpty)
    }

    @Test("leaves alone what takes a restart, and names it each time")
    func needRestart() {
        var running = Configuration()
        var wished = running
        wished.mqtt.topics = ["a/+"]
        wished.intake.pool = 8 << 20
        wished.http.listen = ""
        wished.log.level = .error
        let first = ConfigurationChange(from: running, to: wished)
        #expect(first.summary == "now log.level = \"error\"; only after a restart: mqtt.topic, intake.pool, http.listen")
        running = first.configuration
        #expect(running.intake.pool == 32 << 20 && running.mqtt.topics == ["camera/+/image_json"])
        #expect(ConfigurationChange(from: running, to: wished).summary == "only after a restart: mqtt.topic, intake.pool, http.listen")
    }

    @Test("does not turn Redis on or off")
    func redis() {
        var with = Configuration()
        with.redis = Configuration.Redis()
        let (on, off) = (
            ConfigurationChange(from: Configuration(), to: with), ConfigurationChange(from: with, to: Configuration())
        )
        #expect(on.configuration.redis == nil && on.needRestart == ["redis"])
        #expect(off.configuration.redis != nil && off.needRestart == ["redis"])
    }

    @Test("notices a password that changed within PostgreSQL's URL, and shows none")
    func databaseURL() {
        var running = Configuration()
        running.postgres.url = Secret("postgresql://me:one@db/x")
        var wished = running
        wished.postgres.url = Secret("postgresql://me:two@db/x")
        let change = ConfigurationChange(from: running, to: wished)
        #expect(change.applied == ["postgres.url"])
        #expect(!change.summary.contains("two") && !change.summary.contains("one"))
        #expect(change.configuration.postgres == wished.postgres)
    }

    @Test("puts every key on one side or the other")
    func complete() throws {
        // One other value for every key there is; those that stay must be named, those that change must be in force.
        let wished = try ConfigurationFixture(
            [
                "mqtt.url": "mqtts://b:1", "mqtt.version": "3.1.1", "mqtt.username": "u", "mqtt.password": "p", "mqtt.topic": "x/+",
                "mqtt.qos": 0, "mqtt.client_id": "c", "mqtt.session_expiry": "1h", "mqtt.keepalive": "9s",
                "mqtt.stored_topic": "s", "mqtt.status_topic": "t", "intake.silent_after": "9s", "mqtt.receive_maximum": 9,
                "mqtt.max_message": "2MiB", "mqtt.tls.ca_file": "/f", "mqtt.tls.cert_file": "/f",
                "mqtt.tls.key_file": "/f", "s3.endpoint": "https://m", "s3.bucket": "bbb", "s3.region": "r", "s3.access_key": "a",
                "s3.secret_key": "s", "s3.session_token": "t", "s3.path_style": false, "s3.create_bucket": false,
                "s3.key": "{image_id}/{timestamp}.{ext}", "s3.ca_file": "/f", "s3.timeout": "9s", "postgres.url": "postgresql://h/d",
                "postgres.password": "p", "postgres.schema": "s", "postgres.timeout": "9s", "postgres.notify": "n",
                "redis.url": "rediss://r:1/2",
                "redis.password": "p", "redis.ca_file": "/f", "redis.timeout": "1s", "intake.pool": "64MiB", "intake.max_image": "8MiB",
                "intake.max_chunks": 9,
                "intake.session_timeout": "9s", "intake.stale_after": "9s", "intake.repeat_window": "9s", "intake.processed_ttl": "9s",
                "intake.keep_rejected": "9KiB", "intake.captured_at": "at", "intake.metadata": "temperature", "journal.enabled": false,
                "journal.when": "needed", "journal.hold": "3s", "journal.segment": "4MiB", "spool.directory": "/d",
                "spool.max_size": "1GiB", "spool.keep_free": "1MiB", "spool.when_full": "drop_newest", "drain.backoff_initial": "2s",
                "drain.backoff_max": "9s", "drain.concurrency": 2, "drain.order": "newest_first", "drain.max_rate": "9KiB",
                "drain.max_attempts": 9, "drain.window": "01:00-02:00", "http.listen": "127.0.0.1:9", "log.level": "debug",
                "log.format": "json",
            ], files: ["/f": "pem"], redisHasTLS: true
        ).read().configuration
        var running = Configuration()
        running.redis = Configuration.Redis()
        let change = ConfigurationChange(from: running, to: wished)
        let named = Set(change.applied + change.needRestart)
        #expect(Set(Setting.all.map(\.path)).subtracting(named).sorted() == ["mqtt.shared_group", "redis.share_chunks"])
        #expect(Set(change.applied).isDisjoint(with: change.needRestart))
        #expect(
            change.needRestart == [
                "mqtt.url", "mqtt.version", "mqtt.topic", "mqtt.qos", "mqtt.client_id", "mqtt.session_expiry", "mqtt.stored_topic",
                "mqtt.status_topic", "mqtt.keepalive",
                "mqtt.receive_maximum", "mqtt.max_message", "s3.endpoint", "s3.bucket", "s3.region", "s3.path_style", "s3.create_bucket",
                "s3.key", "redis.url", "intake.pool", "intake.max_image", "intake.max_chunks", "intake.captured_at",
                "intake.metadata", "journal.enabled", "journal.segment",
                "spool.directory", "http.listen",
            ])
    }
}
