/// Rules between keys, each checked only where all of its keys are good by themselves.
private struct Rule: Sendable {
    let keys: [String]
    /// Tells what is wrong, if anything.
    let complaint: @Sendable (Configuration, ConfigurationSources) -> Complaint?

    init(_ keys: String..., complaint: @escaping @Sendable (Configuration, ConfigurationSources) -> Complaint?) {
        self.keys = keys
        self.complaint = complaint
    }

    static let all: [Rule] = [
        Rule("mqtt.password", "mqtt.username") { configuration, _ in
            guard !configuration.mqtt.password.isEmpty, configuration.mqtt.username.isEmpty else { return nil }
            return Complaint("needs a username beside it", hint: "set mqtt.username or MQTT_USER")
        },
        Rule("mqtt.tls.cert_file", "mqtt.tls.key_file") { configuration, _ in
            guard configuration.mqtt.certFile.isEmpty != configuration.mqtt.keyFile.isEmpty else { return nil }
            let missing = configuration.mqtt.keyFile.isEmpty ? "key_file" : "cert_file"
            return Complaint("needs both: cert_file and key_file go together", hint: "\(missing) is missing")
        },
        Rule("mqtt.tls.ca_file", "mqtt.tls.cert_file", "mqtt.tls.key_file", "mqtt.url") { configuration, _ in
            let mqtt = configuration.mqtt
            guard !mqtt.tls, !(mqtt.caFile.isEmpty && mqtt.certFile.isEmpty && mqtt.keyFile.isEmpty) else { return nil }
            return Complaint("is for TLS, but mqtt.url begins with mqtt://", hint: "did you mean mqtts://?")
        },
        Rule("mqtt.stored_topic", "mqtt.topic") { configuration, _ in
            hearsItself(configuration.mqtt, configuration.mqtt.storedTopic, known: TopicTemplate.ofStored)
        },
        Rule("mqtt.status_topic", "mqtt.topic", "mqtt.client_id") { configuration, _ in
            hearsItself(configuration.mqtt, configuration.mqtt.statusTopic, known: TopicTemplate.ofStatus)
        },
        Rule("s3.ca_file", "s3.endpoint") { configuration, _ in
            guard !configuration.s3.caFile.isEmpty, configuration.s3.endpoint.hasPrefix("http://") else { return nil }
            return Complaint("is for TLS, but s3.endpoint begins with http://", hint: "did you mean https://?")
        },
        Rule("s3.access_key", "s3.secret_key") { configuration, _ in
            guard configuration.s3.accessKey.isEmpty != configuration.s3.secretKey.isEmpty else { return nil }
            return Complaint(
                configuration.s3.secretKey.isEmpty ? "needs a secret_key beside it" : "is needed beside secret_key",
                hint: "\(configuration.s3.secretKey.isEmpty ? "secret_key" : "access_key") is missing; without both, requests are unsigned")
        },
        Rule("s3.session_token", "s3.access_key") { configuration, _ in
            guard !configuration.s3.sessionToken.isEmpty, configuration.s3.accessKey.isEmpty else { return nil }
            return Complaint("belongs to an access_key and a secret_key, and there are none")
        },
        Rule("redis.url") { configuration, sources in
            guard configuration.redis?.tls == true, !sources.redisHasTLS else { return nil }
            return Complaint("must begin with redis://: the Redis library this program is linked with knows no TLS", found: "rediss://")
        },
        Rule("redis.ca_file", "redis.url") { configuration, _ in
            guard let redis = configuration.redis, !redis.caFile.isEmpty, !redis.tls else { return nil }
            return Complaint("is for TLS, but redis.url begins with redis://", hint: "did you mean rediss://?")
        },
        Rule("redis.share_chunks", "mqtt.shared_group") { configuration, _ in
            guard configuration.redis?.shareChunks == true, configuration.mqtt.sharedGroup.isEmpty else { return nil }
            return Complaint(
                "needs mqtt.shared_group: without it every gateway hears every chunk, and there is no load to split",
                hint: "set shared_group = \"thermo\" under [mqtt], the same on every gateway")
        },
        Rule("mqtt.shared_group", "redis.share_chunks") { configuration, _ in
            guard !configuration.mqtt.sharedGroup.isEmpty, configuration.redis?.shareChunks != true else { return nil }
            return Complaint(
                "needs redis.share_chunks = true: the broker gives the chunks of one picture to different gateways, and they meet in Redis alone",
                hint: "set share_chunks = true under [redis]")
        },
        Rule("intake.pool", "mqtt.max_message") { configuration, _ in
            guard configuration.intake.pool < configuration.mqtt.maxMessage else { return nil }
            return Complaint(
                "must have room for one message of mqtt.max_message",
                found: "\(SizeText.print(configuration.intake.pool)) and \(SizeText.print(configuration.mqtt.maxMessage))")
        },
        Rule("journal.segment", "mqtt.max_message") { configuration, _ in
            guard configuration.journal.segment < configuration.mqtt.maxMessage else { return nil }
            return Complaint(
                "must have room for one message of mqtt.max_message",
                found: "\(SizeText.print(configuration.journal.segment)) and \(SizeText.print(configuration.mqtt.maxMessage))")
        },
        Rule("journal.hold", "mqtt.keepalive") { configuration, _ in
            guard configuration.journal.hold > configuration.mqtt.keepalive else { return nil }
            let (hold, keepalive) = (configuration.journal.hold, configuration.mqtt.keepalive)
            return Complaint(
                "must not be above mqtt.keepalive: the broker would take a gateway that says nothing for so long for dead",
                found: "\(DurationText.print(hold)) and \(DurationText.print(keepalive))")
        },
        Rule("drain.backoff_initial", "drain.backoff_max") { configuration, _ in
            guard configuration.drain.backoffInitial > configuration.drain.backoffMax else { return nil }
            let (initial, most) = (configuration.drain.backoffInitial, configuration.drain.backoffMax)
            return Complaint("must not be above drain.backoff_max", found: "\(DurationText.print(initial)) and \(DurationText.print(most))")
        },
    ]
}

/// What the gateway publishes must not come back to it as a chunk.
private func hearsItself(_ mqtt: Configuration.MQTT, _ text: String, known: [TopicTemplate.Placeholder]) -> Complaint? {
    guard !text.isEmpty, let template = try? TopicTemplate(text, known: known) else { return nil }
    let topic = Array(template.topic { $0 == .clientID && !mqtt.clientID.isEmpty ? mqtt.clientID : "x" }.utf8)
    guard let filter = mqtt.topics.first(where: { (try? TopicFilter($0))?.match(topic.span) != nil }) else { return nil }
    return Complaint(
        "must not lie under mqtt.topic: the gateway would take its own messages for chunks",
        found: "\(Quoted.text(text)), which \(filter) matches")
}

extension ConfigurationReader {
    mutating func applyRules() {
        for rule in Rule.all where unsettled.isDisjoint(with: rule.keys) {
            guard let complaint = rule.complaint(configuration, sources) else { continue }
            // At the first of its keys that somebody set.
            let key = rule.keys.first { origins[$0] != nil } ?? rule.keys[0]
            let text =
                key == rule.keys[0]
                ? complaint : Complaint("\(rule.keys[0]) " + complaint.problem, found: complaint.found, hint: complaint.hint)
            mistakes.append(Mistake(text, source: origins[key] ?? .standard, key: key))
        }
    }

    var notes: [String] {
        var notes: [String] = []
        if configuration.redis?.shareChunks == true {
            notes.append(
                "share_chunks: chunks must carry image_id, for a shared subscription destroys their order; without it they are refused (image_id). "
                    + "Cameras that give none can be split by topic instead. Acknowledged chunks are as safe as Redis: turn its append-only file on."
            )
        }
        if !configuration.journal.enabled {
            notes.append("journal.enabled = false: chunks are acknowledged when memory has them; a crash or power cut loses open captures.")
        }
        if configuration.journal.when == .needed, configuration.journal.enabled,
            ["localhost", "127.0.0.1", "::1"].contains(configuration.mqtt.host)
        {
            notes.append(
                "journal.when = \"needed\" with the broker on this machine: a power cut takes what both of them had in memory; \"auto\" writes chunks as they come here."
            )
        }
        if configuration.mqtt.version == .v311 {
            notes.append(
                "mqtt.version = \"3.1.1\": it has no words for receive_maximum, session_expiry and max_message, nor for the broker's own limits; "
                    + "the broker's settings decide (mosquitto: max_inflight_messages, persistent_client_expiration, message_size_limit).")
        }
        if configuration.mqtt.qos == 0 {
            notes.append("mqtt.qos = 0: the broker keeps nothing for this gateway; chunks sent while the link is down are lost.")
        }
        return notes
    }
}
