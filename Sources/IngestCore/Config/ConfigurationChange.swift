/// What a configuration read again makes of the running one: what can change while the gateway runs does, the rest stays as it was.
package struct ConfigurationChange: Equatable, Sendable {
    /// What the gateway goes on with.
    package let configuration: Configuration
    /// Keys whose new value is in force.
    package let applied: [String]
    /// Keys whose new value takes a restart.
    package let needRestart: [String]

    package init(from running: Configuration, to wished: Configuration) {
        let kept = running.adopting(wished)
        configuration = kept
        applied = Self.differences(running, kept)
        needRestart = Self.differences(kept, wished)
    }

    /// One line for people; no value of a secret is in it.
    package var summary: String {
        var parts: [String] = []
        if !applied.isEmpty { parts.append("now " + applied.map(assignment).joined(separator: ", ")) }
        if !needRestart.isEmpty { parts.append("only after a restart: " + needRestart.joined(separator: ", ")) }
        return parts.isEmpty ? "no setting has changed" : parts.joined(separator: "; ")
    }

    private func assignment(_ key: String) -> String {
        guard let setting = Setting.byPath[key] else { return key }
        let later = setting.section.hasPrefix("mqtt") ? " (from the next connection on)" : ""
        return setting.isSecret ? key + later : "\(key) = \(setting.shown(configuration))" + later
    }

    private static func differences(_ a: Configuration, _ b: Configuration) -> [String] {
        // Turned on or off, none of its keys can be told from its default.
        let isRedisSwitched = (a.redis == nil) != (b.redis == nil)
        var keys = isRedisSwitched ? ["redis"] : []
        for setting in Setting.all where setting.section != "redis" || !isRedisSwitched {
            if setting.value(a) != setting.value(b) || setting.path == "postgres.url" && a.databaseAddress != b.databaseAddress {
                keys.append(setting.path)
            }
        }
        return keys
    }
}

extension Configuration {
    /// Whether two URLs lead to the same place is more than what is shown of them tells: a password in them is not.
    fileprivate var databaseAddress: Postgres {
        var address = postgres
        address.password = Secret("")
        address.schema = ""
        address.timeout = .zero
        address.notify = ""
        return address
    }

    /// This configuration with everything of `wished` that can change while the gateway runs and keeps its MQTT session.
    ///
    /// The rest is what shapes memory and files, names the session, or says where pictures go: one that is on its way must not end
    /// elsewhere than its key says.
    package func adopting(_ wished: Configuration) -> Configuration {
        var kept = self
        kept.log = wished.log
        kept.drain = wished.drain
        kept.postgres = wished.postgres

        kept.spool.maxSize = wished.spool.maxSize
        kept.spool.keepFree = wished.spool.keepFree
        kept.spool.whenFull = wished.spool.whenFull

        kept.intake.sessionTimeout = wished.intake.sessionTimeout
        kept.intake.staleAfter = wished.intake.staleAfter
        kept.intake.repeatWindow = wished.intake.repeatWindow
        kept.intake.processedTTL = wished.intake.processedTTL
        kept.intake.keepRejected = wished.intake.keepRejected
        kept.intake.silentAfter = wished.intake.silentAfter

        kept.journal.when = wished.journal.when
        kept.journal.hold = wished.journal.hold

        kept.s3.accessKey = wished.s3.accessKey
        kept.s3.secretKey = wished.s3.secretKey
        kept.s3.sessionToken = wished.s3.sessionToken
        kept.s3.caFile = wished.s3.caFile
        kept.s3.timeout = wished.s3.timeout

        kept.mqtt.username = wished.mqtt.username
        kept.mqtt.password = wished.mqtt.password
        kept.mqtt.caFile = wished.mqtt.caFile
        kept.mqtt.certFile = wished.mqtt.certFile
        kept.mqtt.keyFile = wished.mqtt.keyFile

        if redis != nil, let redis = wished.redis {
            kept.redis?.username = redis.username
            kept.redis?.password = redis.password
            kept.redis?.timeout = redis.timeout
            kept.redis?.caFile = redis.caFile
        }
        return kept
    }
}
