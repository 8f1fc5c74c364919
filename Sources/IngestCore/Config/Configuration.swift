/// Everything an operator can set, with the defaults in force where nothing is said. Sizes are in bytes.
///
/// config/config.toml shows each key with its default and a reason; a test keeps the two equal.
package struct Configuration: Equatable, Sendable {
    package var mqtt = MQTT()
    package var s3 = S3()
    package var postgres = Postgres()
    /// Nil when there is neither a `[redis]` section nor `REDIS_HOST`: Redis is off.
    package var redis: Redis?
    package var intake = Intake()
    package var journal = Journal()
    package var spool = Spool()
    package var drain = Drain()
    package var http = HTTP()
    package var log = Log()

    package init() {}

    package struct MQTT: Equatable, Sendable {
        package enum Version: String, CaseIterable, Sendable { case v5 = "5", v311 = "3.1.1" }
        package var host = "127.0.0.1"
        package var port = 1883
        /// `mqtts://`
        package var tls = false
        package var version = Version.v5
        package var username = ""
        package var password = Secret("")
        /// Topic filters.
        package var topics = ["camera/+/image_json"]
        package var qos = 1
        /// "" means `thermo-ingest-<hostname>`; the daemon fills it in.
        package var clientID = ""
        package var sharedGroup = ""
        package var sessionExpiry = Duration.seconds(7 * 86_400)
        /// Topics to publish to, with placeholders; "" is off.
        package var storedTopic = ""
        package var statusTopic = ""
        package var keepalive = Duration.seconds(30)
        package var receiveMaximum = 256
        package var maxMessage = 1 << 20
        package var caFile = ""
        package var certFile = ""
        package var keyFile = ""
    }

    package struct S3: Equatable, Sendable {
        /// `http://` or `https://`, host and optional port, no path.
        package var endpoint = "http://127.0.0.1:9000"
        package var bucket = "thermo-raw"
        package var region = "us-east-1"
        package var accessKey = Secret("")
        package var secretKey = Secret("")
        package var sessionToken = Secret("")
        package var pathStyle = true
        package var createBucket = true
        package var key = "{camera_uid}/{image_id}-{timestamp}.{ext}"
        package var caFile = ""
        package var timeout = Duration.seconds(30)
    }

    package struct Postgres: Equatable, Sendable {
        /// Any libpq URL or key=value string, a password in it included: print it through `Secret` only.
        package var url = Secret("postgresql://127.0.0.1:5432/thermosense_db")
        /// Beats the one in `url`.
        package var password = Secret("")
        /// `DB_*` from the environment: each replaces its part of `url`. Keys are libpq's: host, port, dbname, user, password.
        package var overrides: [String: Secret] = [:]
        package var schema = "thermo"
        package var timeout = Duration.seconds(10)
        /// A channel for LISTEN; "" is none.
        package var notify = ""
    }

    package struct Redis: Equatable, Sendable {
        package var host = "127.0.0.1"
        package var port = 6379
        package var database = 0
        package var tls = false
        /// "" for the system's authorities.
        package var caFile = ""
        package var username = ""
        package var password = Secret("")
        package var shareChunks = false
        package var timeout = Duration.milliseconds(500)
        package init() {}
    }

    package struct Intake: Equatable, Sendable {
        package var pool = 32 << 20
        package var maxImage = 16 << 20
        package var maxChunks = 4096
        package var sessionTimeout = Duration.seconds(60)
        package var staleAfter = Duration.seconds(300)
        package var repeatWindow = Duration.seconds(10)
        package var processedTTL = Duration.seconds(3600)
        package var keepRejected = 1 << 20
        /// A camera without a picture for so long is told of under `statusTopic`.
        package var silentAfter = Duration.seconds(900)
        package var members = Members()

        /// Members of the payload that are kept with the picture.
        package struct Members: Equatable, Sendable {
            /// The one with the camera's own time; "" is none.
            package var capturedAt = ""
            package var kept: [String] = []
            package init() {}

            /// Each once.
            package var all: [String] { (capturedAt.isEmpty || kept.contains(capturedAt) ? [] : [capturedAt]) + kept }
        }
    }

    package struct Journal: Equatable, Sendable {
        /// When chunks are written; a machine of its own for the broker decides `auto`.
        package enum When: String, CaseIterable, Sendable { case auto, always, needed }
        package var enabled = true
        package var when = When.auto
        /// How long an acknowledgement may wait for its picture's row.
        package var hold = Duration.seconds(2)
        package var segment = 16 << 20
    }

    package struct Spool: Equatable, Sendable {
        package enum WhenFull: String, CaseIterable, Sendable {
            case pause, dropOldest = "drop_oldest", dropNewest = "drop_newest"
        }
        package var directory = "/var/spool/thermo-ingest"
        package var maxSize = 4 << 30
        package var keepFree = 256 << 20
        package var whenFull = WhenFull.pause
    }

    package struct Drain: Equatable, Sendable {
        package enum Order: String, CaseIterable, Sendable { case oldestFirst = "oldest_first", newestFirst = "newest_first" }
        package var backoffInitial = Duration.seconds(1)
        package var backoffMax = Duration.seconds(60)
        package var concurrency = 4
        package var order = Order.oldestFirst
        /// Bytes per second; nil is no limit.
        package var maxRate: Int?
        package var maxAttempts = 10
        /// Local time in which the backlog may be sent; nil is always.
        package var window: DailyWindow?
    }

    package struct HTTP: Equatable, Sendable {
        /// "" turns it off.
        package var listen = "127.0.0.1:5101"
    }

    package struct Log: Equatable, Sendable {
        package enum Level: String, CaseIterable, Sendable { case trace, debug, info, notice, warning, error, critical }
        package enum Format: String, CaseIterable, Sendable { case auto, journal, text, json }
        package var level = Level.info
        package var format = Format.auto
    }
}

/// A span of every day, from one local minute to another, over midnight where the end is the earlier: `22:00-06:00`.
package struct DailyWindow: Equatable, Sendable {
    /// Minutes after midnight.
    package let from, to: Int

    package init(from: Int, to: Int) {
        self.from = from
        self.to = to
    }

    package func contains(minute: Int) -> Bool {
        from <= to ? (from..<to).contains(minute) : minute >= from || minute < to
    }
}
