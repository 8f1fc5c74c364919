/// Writes configurations as TOML: what is in force with its sources (`check --show`), and config/config.toml.
package enum ConfigurationPage {
    /// What is in force, secrets as dots, each key with where it comes from.
    package static func show(_ inForce: InForce) -> String {
        let configuration = inForce.configuration
        return page { section in
            section == "redis" && configuration.redis == nil ? "# Redis is off: there is neither a [redis] section nor REDIS_HOST." : nil
        } lines: { setting in
            var lines = [
                Line(name: setting.name, value: setting.shown(configuration), comment: inForce.origin(of: setting.path).description)
            ]
            if setting.path == "postgres.url" {
                for (keyword, value) in configuration.postgres.overrides.sorted(by: { $0.key < $1.key }) {
                    let shown = keyword == "password" ? value.description : value.revealed
                    let variable = "DB_" + (keyword == "dbname" ? "NAME" : keyword.uppercased())
                    lines.append(
                        Line(
                            name: "# \(keyword)", value: Quoted.text(shown), comment: "environment \(variable), in place of the one in url")
                    )
                }
            }
            return lines
        }
    }

    /// The file that comes with the program: every key, its default and why one would change it.
    package static var example: String {
        let head = """
            # thermo-ingest: every key with its default. `thermo-ingest check --show` prints what is in force and where it comes from.
            #
            # All keys may be left out. Variables of the environment beat this file (MQTT_BROKER_URL, MINIO_ENDPOINT, DATABASE_URL, ...).
            # Durations: "500ms", "10s", "5m", "2h", "7d". Sizes: "512KiB", "32MiB", "4GiB", "32MB", or a number of bytes.
            # A secret is better kept in a file of its own (password_file) or in a systemd credential (LoadCredential=mqtt.password:...)
            # than here; then leave both keys empty.


            """
        let configuration = Configuration()
        let body = page { _ in
            nil
        } lines: { setting in
            // [redis] turns Redis on by standing there.
            let mark = setting.section == "redis" ? "#" : ""
            let value = setting.path == "mqtt.client_id" ? Quoted.text(Configuration.standardClientID) : setting.shown(configuration)
            var lines = [Line(name: mark + setting.name, value: value, comment: setting.reason)]
            if setting.isSecret {
                lines.append(Line(name: "\(mark)\(setting.name)_file", value: "\"\"", comment: "or the credential \(setting.path)"))
            }
            return lines
        }
        return head
            + body.split(separator: "\n", omittingEmptySubsequences: false).map { $0 == "[redis]" ? "#[redis]" : $0 }.joined(
                separator: "\n")
    }

    private struct Line {
        let name, value, comment: String
    }

    /// - Parameter instead: what stands in place of a whole section, if anything.
    private static func page(instead: (_ section: String) -> String?, lines: (Setting) -> [Line]) -> String {
        var text = ""
        var section = ""
        for setting in Setting.all {
            if setting.section != section {
                if !text.isEmpty { text += "\n" }
                section = setting.section
                text += (instead(section) ?? "[\(section)]") + "\n"
            }
            if instead(section) != nil { continue }
            for line in lines(setting) {
                let assignment = "\(line.name) = \(line.value)"
                text += assignment + String(repeating: " ", count: max(2, 42 - assignment.count)) + "# \(line.comment)\n"
            }
        }
        return text
    }
}
