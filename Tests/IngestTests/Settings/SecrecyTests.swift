import Foundation
import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("A secret is printed neither in a mistake nor by --show")
struct SecrecyTests {
    private static let marker = "MARKERsecret"
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("c.toml").path
    }

    /// Files each of which is wrong in a way of its own, with the secret in the wrong place.
    private static let broken = [
        "[mqtt]\npassword = MARKERsecret\n", "[mqtt]\npassword = tMARKERsecret\n", "[mqtt]\npassword = \"MARKERsecret\n",
        "[mqtt]\npassword = 1MARKERsecret\n",
        "[mqtt]\npassword = \"a\"MARKERsecret\n", "[mqtt]\npassword = 'MARKERsecret\n", "[mqtt]\npassword = \"\\qMARKERsecret\"\n",
        "[mqtt]\npassword = \"\"\"MARKERsecret\n\n", "[mqtt]\nMARKERsecret\n", "[mqtt]\npassword = { MARKERsecret }\n",
        "[mqtt]\npassword MARKERsecret\n",
        "[mqtt]\npassword = [\"MARKERsecret\"]\n", "[mqtt]\npassword = { MARKERsecret = \"MARKERsecret\" }\n",
        "[mqtt]\npassword.x = \"MARKERsecret\"\n",
        "[mqtt]\npassword = \"a\\nMARKERsecret\"\n", "[mqtt]\npasword = \"MARKERsecret\"\n",
        "[mqtt]\nurl = \"mqtt://u:MARKERsecret@h:x\"\n",
        "[mqtt]\nurl = \"http://u:MARKERsecret@h\"\n", "[mqtt]\nurl = \"u:MARKERsecret@h\"\n",
        "[mqtt]\nurl = [\"mqtt://u:MARKERsecret@h\"]\n",
        "[mqtt]\nurl = \"mqtt://u:MARKERsecret@h/x\"\n", "[mqtt]\npassword = \"MARKERsecret\"\n",
        "[mqtt]\npassword = \"MARKERsecret\"\npassword = \"MARKERsecret\"\n",
        "[s3]\nendpoint = \"http://u:MARKERsecret@h\"\n", "[s3]\nendpoint = \"u:MARKERsecret@h\"\n",
        "[s3]\naccess_key = \"MARKERsecret\"\n",
        "[s3]\nsecret_key = \"MARKERsecret\"\n", "[s3]\nsession_token = \"MARKERsecret\"\n",
        "[s3]\nsecret_key = \"MARKERsecret\"\nsecret_key_file = \"/x\"\n",
        "[postgres]\nurl = \"postgresql://u:MARKERsecret@h:x/d\"\n", "[postgres]\nurl = \"postgresql://u:MARKERsecret@h/d?x=1\"\n",
        "[postgres]\nurl = \"password=MARKERsecret x\"\n", "[postgres]\nurl = \"oracle://u:MARKERsecret@h\"\n",
        "[postgres]\nurl = { a = \"MARKERsecret\" }\n",
        "[redis]\nurl = \"rediss://u:MARKERsecret@h/x\"\n", "[redis]\nurl = \"redis://u:MARKERsecret@h/x\"\n",
        "[redis]\npassword = 2026-11-22 # MARKERsecret\n",
    ]

    @Test("of a file", arguments: broken)
    func file(text: String) throws {
        try Data(text.utf8).write(to: folder.file("c.toml"))
        for arguments in [["check", "--config", path], ["check", "--json", "--config", path], ["run", "--config", path]] {
            let bundle = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
            let run = try Program.run(bundle.appending(path: "thermo-ingest").path, arguments)
            #expect(run.status == 78, "\(run)")
            #expect(!(run.output + run.errors).contains("MARKER"), "\(run)")
        }
    }

    @Test("of the environment", arguments: ["a", "a\nb", "mqtt://u:MARKERsecret@h:x", "postgresql://u:MARKERsecret@h:x/d"])
    func environment(shape: String) throws {
        let secrets = [
            "MQTT_PASSWORD", "MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "DATABASE_URL", "DB_PASSWORD", "REDIS_PASSWORD", "MQTT_BROKER_URL",
            "MINIO_ENDPOINT", "REDIS_HOST",
        ]
        for name in secrets {
            let text = shape.contains("MARKER") ? shape : "MARKERsecret" + shape
            let settings = Result { try Settings.load(path: nil, environment: [name: text, "REDIS_DB": "x"], standardPath: path) }
            if case .failure(let error) = settings { #expect(!"\(error)".contains("MARKER"), "\(name): \(error)") }
        }
    }

    @Test("of a good configuration, whichever way it was given")
    func show() throws {
        let secret = folder.file("secret")
        try Data("MARKERsecret\n".utf8).write(to: secret)
        let ways = [
            (
                "[mqtt]\nusername=\"u\"\npassword=\"MARKERsecret\"\n[s3]\naccess_key=\"MARKERsecret\"\nsecret_key=\"MARKERsecret\"\nsession_token=\"MARKERsecret\"\n"
                    + "[postgres]\nurl=\"postgresql://u:MARKERsecret@h/d?sslpassword=MARKERsecret\"\npassword=\"MARKERsecret\"\n[redis]\npassword=\"MARKERsecret\"\n",
                [:]
            ),
            (
                "[mqtt]\nusername=\"u\"\npassword_file=\"S\"\n[s3]\naccess_key_file=\"S\"\nsecret_key_file=\"S\"\nsession_token_file=\"S\"\n"
                    + "[postgres]\npassword_file=\"S\"\n[redis]\npassword_file=\"S\"\n", [:]
            ),
            (
                "[mqtt]\nurl=\"mqtt://u:MARKERsecret@h\"\n[postgres]\nurl=\"host=h password='MARKERsecret'\"\n[redis]\nurl=\"redis://u:MARKERsecret@h\"\n",
                [:]
            ),
            (
                "",
                [
                    "MQTT_USER": "u", "MQTT_PASSWORD": "MARKERsecret", "MINIO_ROOT_USER": "MARKERsecret",
                    "MINIO_ROOT_PASSWORD": "MARKERsecret", "DB_PASSWORD": "MARKERsecret",
                    "REDIS_HOST": "r", "REDIS_PASSWORD": "MARKERsecret",
                ]
            ),
            ("", ["MQTT_BROKER_URL": "mqtt://u:MARKERsecret@h", "DATABASE_URL": "postgresql+psycopg2://u:MARKERsecret@h/d"]),
        ]
        for (text, environment) in ways {
            try Data(text.replacing("\"S\"", with: "\"\(secret.path)\"").utf8).write(to: folder.file("c.toml"))
            for json in [[], ["--json"]] {
                let bundle = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
                let run = try Program.run(
                    bundle.appending(path: "thermo-ingest").path, ["check", "--show", "--config", path] + json, environment: environment)
                #expect(run.status == 0, "\(run)")
                #expect(run.output.contains("••••••") && !(run.output + run.errors).contains("MARKER"), "\(run)")
            }
            let settings = try Settings.load(path: path, environment: environment)
            #expect(!"\(settings)".contains("MARKER") && !String(reflecting: settings).contains("MARKER"))
        }
    }
}
