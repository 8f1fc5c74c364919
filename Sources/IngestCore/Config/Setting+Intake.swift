// The keys of [mqtt], [intake] and [journal].
extension Setting {
    static let mqtt: [Setting] = [
        Setting(
            "mqtt.url", "the broker; mqtts:// for TLS", parts: ["mqtt.username", "mqtt.password"],
            value: { .text("\($0.mqtt.tls ? "mqtts" : "mqtt")://\(HostText.print($0.mqtt.host)):\($0.mqtt.port)") }, apply: brokerURL),
        choice(
            "mqtt.version", \.mqtt.version, "\"3.1.1\" for brokers without MQTT 5",
            others: ["3": "3.1.1", "3.1": "3.1.1", "4": "3.1.1", "5.0": "5"]),
        text("mqtt.username", \.mqtt.username, "a text", "empty connects without one") { $0 },
        secret("mqtt.password", \.mqtt.password, "needs a username"),
        Setting(
            "mqtt.topic", "filter, or a list of filters; the first + is the camera's uid",
            element: { given throws(Complaint) in _ = try topic(given) }, value: { .list($0.mqtt.topics) }, apply: topics),
        Setting("mqtt.qos", "0 loses what is under way when the link fails", value: { .number($0.mqtt.qos) }, apply: qos),
        text("mqtt.client_id", \.mqtt.clientID, "a text", "names the session the broker keeps; one gateway each", check: clientID),
        text(
            "mqtt.shared_group", \.mqtt.sharedGroup, "a name", "splits the load among gateways; needs redis.share_chunks",
            check: TopicFilterText.checkShareName),
        duration(
            "mqtt.session_expiry", \.mqtt.sessionExpiry, .seconds(1) ... .seconds(3650 * 86_400),
            "how long the broker keeps messages for a gateway that is away", wholeSeconds: true),
        text(
            "mqtt.stored_topic", \.mqtt.storedTopic, "a topic",
            "told of each stored picture, as \"camera/{camera_uid}/stored\"; \"\" is off"
        ) {
            text throws(Complaint) in try TopicTemplateText.check(text, known: TopicTemplate.ofStored)
        },
        text(
            "mqtt.status_topic", \.mqtt.statusTopic, "a topic",
            "how the gateway is, retained, as \"gateway/{client_id}/status\"; \"\" is off"
        ) {
            text throws(Complaint) in try TopicTemplateText.check(text, known: TopicTemplate.ofStatus)
        },
        // libmosquitto takes no less than 5 s, the protocol no more than 65535 s.
        duration(
            "mqtt.keepalive", \.mqtt.keepalive, .seconds(5) ... .seconds(65_535), "a dead connection is noticed after this and a half",
            wholeSeconds: true),
        number(
            "mqtt.receive_maximum", \.mqtt.receiveMaximum, 1...65_535, "messages under way unacknowledged; more is faster on slow disks"),
        size("mqtt.max_message", \.mqtt.maxMessage, 1 << 10...64 << 20, "larger messages are refused, inflated ones too"),
        file("mqtt.tls.ca_file", \.mqtt.caFile, "PEM certificates to trust instead of the system's"),
        file("mqtt.tls.cert_file", \.mqtt.certFile, "this gateway's own certificate, where the broker asks for one"),
        file("mqtt.tls.key_file", \.mqtt.keyFile, "its private key"),
    ]

    private static func brokerURL(_ given: GivenValue, _ configuration: inout Configuration) throws(Complaint) {
        let url = try ServerURL.parse(try given.secretText(), schemes: ["mqtt", "mqtts"])
        guard url.path.isEmpty || url.path == "/" else {
            throw Complaint("must end after host and port", hint: "topics go into topic")
        }
        configuration.mqtt.tls = url.scheme == "mqtts"
        configuration.mqtt.host = url.host
        configuration.mqtt.port = url.port ?? (configuration.mqtt.tls ? 8883 : 1883)
        if let user = url.user { configuration.mqtt.username = user }
        if let password = url.password { configuration.mqtt.password = password }
    }

    private static func topic(_ given: GivenValue) throws(Complaint) -> String {
        try TopicFilterText.check(try given.string("a topic filter or a list of them"))
    }

    private static func topics(_ given: GivenValue, _ configuration: inout Configuration) throws(Complaint) {
        guard given.kind == .array else {
            configuration.mqtt.topics = [try topic(given)]
            return
        }
        var topics: [String] = []
        for element in given.elements {
            let topic = try topic(GivenValue(element))
            guard !topics.contains(topic) else { throw Complaint("must not name a filter twice", found: Quoted.text(topic)) }
            topics.append(topic)
        }
        guard !topics.isEmpty else { throw Complaint("must name at least one filter", found: "[]") }
        configuration.mqtt.topics = topics
    }

    private static func qos(_ given: GivenValue, _ configuration: inout Configuration) throws(Complaint) {
        if given.text == "2", given.kind == .integer || given.kind == .string {
            throw Complaint(
                "must be 0 or 1: the MQTT library acknowledges a message of QoS 2 before the gateway has seen it, so a crash would lose it",
                found: given.shown, hint: "write 1; repeats are recognised anyway")
        }
        configuration.mqtt.qos = try number(given, in: 0...1)
    }

    private static func clientID(_ id: String) throws(Complaint) -> String {
        guard id.utf8.count <= 256 else { throw Complaint("must not be longer than 256 bytes") }
        return id == Configuration.standardClientID ? "" : id
    }

    static let intake: [Setting] = [
        size(
            "intake.pool", \.intake.pool, 64 << 10...1 << 40,
            "memory for pictures being put together; a small one is slower but loses nothing"),
        size("intake.max_image", \.intake.maxImage, 1 << 10...1 << 30, "larger pictures are refused"),
        number("intake.max_chunks", \.intake.maxChunks, 1...65_536, "the largest total a camera may name"),
        duration(
            "intake.session_timeout", \.intake.sessionTimeout, .seconds(1) ... .seconds(86_400),
            "gives up a capture without image_id after so long without a chunk"),
        duration("intake.stale_after", \.intake.staleAfter, .seconds(1) ... .seconds(7 * 86_400), "the same for one with image_id"),
        duration(
            "intake.repeat_window", \.intake.repeatWindow, .seconds(0) ... .seconds(3600),
            "an identical picture within it is a repeat; \"0s\" stores all"),
        duration(
            "intake.processed_ttl", \.intake.processedTTL, .seconds(1) ... .seconds(365 * 86_400),
            "how long an image_id is remembered as stored", wholeSeconds: true),
        size(
            "intake.keep_rejected", \.intake.keepRejected, 0...1 << 30,
            "of the newest refused messages, for people to look at; 0 keeps none"),
        duration(
            "intake.silent_after", \.intake.silentAfter, .seconds(1) ... .seconds(365 * 86_400),
            "names a camera under mqtt.status_topic after so long without a picture", shortest: true),
        text(
            "intake.captured_at", \.intake.members.capturedAt, "the name of a payload member",
            "the payload member with the camera's own time",
            check: { name throws(Complaint) in name.isEmpty ? name : try memberName(name) }),
        Setting(
            "intake.metadata", "payload members kept in the row's metadata, such as [\"temperature\"]",
            element: { given throws(Complaint) in _ = try memberName(given.string("the name of a payload member")) },
            value: { .list($0.intake.members.kept) }, apply: metadata),
    ]

    /// As many as one picture's row may hold without growing out of proportion.
    private static let mostMembers = 32

    private static func memberName(_ name: String) throws(Complaint) -> String {
        guard (1...128).contains(name.utf8.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
            throw Complaint("must be the name of a payload member, 1 to 128 bytes long", found: Quoted.text(name))
        }
        guard name != "data" else { throw Complaint("must not be the picture itself", found: Quoted.text(name)) }
        return name
    }

    private static func metadata(_ given: GivenValue, _ configuration: inout Configuration) throws(Complaint) {
        guard given.kind == .array else {
            configuration.intake.members.kept = [try memberName(given.string("a list of payload members"))]
            return
        }
        var names: [String] = []
        for element in given.elements {
            let name = try memberName(try GivenValue(element).string("the name of a payload member"))
            guard !names.contains(name) else { throw Complaint("must not name a member twice", found: Quoted.text(name)) }
            names.append(name)
        }
        guard names.count <= mostMembers else { throw Complaint("must not name more than \(mostMembers) members", found: "\(names.count)") }
        configuration.intake.members.kept = names
    }

    static let journal: [Setting] = [
        toggle("journal.enabled", \.journal.enabled, "false acknowledges chunks that only memory holds: a power cut loses them"),
        choice(
            "journal.when", \.journal.when,
            "\"needed\" writes no chunk while the stores keep up; \"auto\": so, if the broker is another machine",
            others: ["never": "needed", "on_demand": "needed"]),
        duration(
            "journal.hold", \.journal.hold, .milliseconds(100) ... .seconds(600),
            "chunks whose picture has no row by then are written after all"),
        size(
            "journal.segment", \.journal.segment, 64 << 10...1 << 30,
            "size of a journal file, at most a sixteenth of max_size; freed when all its captures are finished"),
    ]
}

extension Configuration {
    /// Settled by `Settings.load`, which knows the host's name.
    package static let standardClientID = "thermo-ingest-<hostname>"
}
