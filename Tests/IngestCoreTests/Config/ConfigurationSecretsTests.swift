import Testing

@testable import IngestCore

@Suite("A secret of the configuration")
struct ConfigurationSecretsTests {
    private static let paths = Setting.all.filter(\.isSecret).map(\.path)

    @Test("has the six names of systemd credentials")
    func names() {
        #expect(
            Self.paths == ["mqtt.password", "s3.access_key", "s3.secret_key", "s3.session_token", "postgres.password", "redis.password"])
    }

    @Test("may be a word, a file or a credential", arguments: paths)
    func ways(path: String) throws {
        let beside = Self.paths.filter { $0.hasPrefix("s3.") && path.hasPrefix("s3.") && $0 != path }
        func value(_ fixture: ConfigurationFixture) throws -> (Setting.Value?, SettingSource) {
            var fixture = fixture
            // What it cannot go without.
            fixture.nodes += ConfigurationFixture(["mqtt.username": "u", "redis.timeout": "1s"]).nodes
            fixture.nodes += beside.map { ConfigurationNode(path: $0, kind: .string, text: "x", line: 9) }
            let inForce = try fixture.read()
            return (Setting.byPath[path]?.value(inForce.configuration), inForce.origin(of: path))
        }
        let secret = Setting.Value.secret(Secret("hush"))
        #expect(try value(ConfigurationFixture([path: "hush"])) == (secret, .file("c.toml", line: 1)))
        #expect(try value(ConfigurationFixture([path + "_file": "/s"], files: ["/s": "hush\n"])) == (secret, .file("c.toml", line: 1)))
        let credentials = ["CREDENTIALS_DIRECTORY": "/run/c"]
        let files = ["/run/c/\(path)": "hush\r\n"]
        #expect(try value(ConfigurationFixture(environment: credentials, files: files)) == (secret, .credential(path)))
        // An empty word is no word; a word beats the credential.
        #expect(
            try value(ConfigurationFixture([path: "", path + "_file": ""], environment: credentials, files: files)) == (
                secret, .credential(path)
            ))
        #expect(try value(ConfigurationFixture([path: "mine"], environment: credentials, files: files)).0 == .secret(Secret("mine")))
    }

    @Test("is beaten by the environment, whichever way it was given")
    func environment() throws {
        for file: KeyValuePairs<String, Any> in [["mqtt.password": "w"], ["mqtt.password_file": "/s"], ["mqtt.username": "u"]] {
            let environment = ["MQTT_USER": "u", "MQTT_PASSWORD": "env", "CREDENTIALS_DIRECTORY": "/c"]
            let inForce = try ConfigurationFixture(file, environment: environment, files: ["/s": "f", "/c/mqtt.password": "c"]).read()
            #expect(
                inForce.configuration.mqtt.password == Secret("env") && inForce.origin(of: "mqtt.password") == .environment("MQTT_PASSWORD")
            )
        }
    }

    @Test("beats the one in the URL as a credential too")
    func credentialOverURL() throws {
        let file: KeyValuePairs<String, Any> = ["mqtt.url": "mqtt://u:inurl@h"]
        let inForce = try ConfigurationFixture(file, environment: ["CREDENTIALS_DIRECTORY": "/c"], files: ["/c/mqtt.password": "c"]).read()
        #expect(inForce.configuration.mqtt.password == Secret("c"))
    }

    @Test("loses one newline at its end and nothing else")
    func newline() throws {
        for (contents, word) in [("a b ", "a b "), ("x\n", "x"), ("x", "x"), ("é\n", "é")] {
            let inForce = try ConfigurationFixture(["mqtt.username": "u", "mqtt.password_file": "/s"], files: ["/s": contents]).read()
            #expect(inForce.configuration.mqtt.password == Secret(word))
        }
    }

    @Test("is a mistake as a word and a file at once, at the later line")
    func both() {
        let mistakes = ConfigurationFixture(["mqtt.username": "u", "mqtt.password_file": "/s", "mqtt.password": "w"], files: ["/s": "f"])
            .mistakes
        #expect(
            mistakes == [
                "c.toml:3: mqtt.password: must be given as password or as password_file, not both; keep password_file and remove password"
            ])
    }

    @Test("is a mistake where its file cannot be used, and the file is named")
    func badFiles() {
        func mistake(_ contents: ConfigurationSources.FileContents, path: String = "/s") -> String {
            var fixture = ConfigurationFixture(["mqtt.username": "u", "mqtt.password_file": path])
            fixture.files = [path: contents]
            return fixture.mistakes.joined(separator: "|")
        }
        let start = "c.toml:2: mqtt.password_file: "
        #expect(mistake(.missing) == start + "cannot be read: there is no such file; found \"/s\"")
        #expect(mistake(.failed("Permission denied")) == start + "cannot be read: Permission denied; found \"/s\"")
        #expect(mistake(.bytes([])) == start + "is empty; found \"/s\"")
        #expect(mistake(.bytes([10])) == start + "is empty; found \"/s\"")
        #expect(mistake(.bytes([0xff])) == start + "is no UTF-8; found \"/s\"")
        #expect(mistake(.bytes([65]), path: "rel") == start + "must be an absolute path; found \"rel\"")
        #expect(mistake(.bytes(Array("MARKER\nMARKER\n".utf8))).contains("control characters"))
    }

    @Test("is a mistake where its credential cannot be read; one that is not there is none")
    func badCredential() {
        var fixture = ConfigurationFixture(environment: ["CREDENTIALS_DIRECTORY": "/c"])
        #expect(fixture.mistakes.isEmpty)
        fixture.files = ["/c/s3.secret_key": .failed("Permission denied")]
        #expect(fixture.mistakes == ["credential s3.secret_key: s3.secret_key: cannot be read: Permission denied"])
    }
}
