import Foundation
import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("Settings")
struct SettingsTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("c.toml").path
    }

    @Test("are read from a file, with the host's name in the client id")
    func load() throws {
        try write("[mqtt]\nurl = \"mqtt://broker\"\ntls = { }\n[redis]\n")
        let settings = try Settings.load(path: path, environment: ["LOG_LEVEL": "DEBUG"])
        #expect(settings.file == path)
        #expect(
            settings.configuration.mqtt.host == "broker" && settings.configuration.log.level == .debug
                && settings.configuration.redis != nil)
        #expect(settings.configuration.mqtt.clientID == "thermo-ingest-\(HostName.current)")
    }

    @Test("put the host's name where the client id asks for it")
    func clientID() {
        #expect(Settings.clientID("", host: "box") == "thermo-ingest-box")
        #expect(Settings.clientID("a-<hostname>-<hostname>!", host: "box") == "a-box-box!")
        #expect(Settings.clientID("plain", host: "box") == "plain")
    }

    @Test("are the defaults where the standard file is missing, and a failure of their own where a named one is")
    func missing() throws {
        let settings = try Settings.load(path: nil, environment: [:], standardPath: path)
        #expect(settings.file == nil)
        let failure = #expect(throws: Settings.Failure.self) { try Settings.load(path: path, environment: [:]) }
        #expect(failure == .missing(path) && failure?.exitCode == 66)
    }

    @Test("share chunks between gateways, and note what that demands of cameras and of Redis")
    func shareChunks() throws {
        try write("[mqtt]\nshared_group = \"thermo\"\n[redis]\nshare_chunks = true\n")
        let settings = try Settings.load(path: path, environment: [:])
        #expect(settings.configuration.redis?.shareChunks == true)
        #expect(settings.inForce.notes.contains { $0.contains("must carry image_id") && $0.contains("append-only file") })
    }

    @Test("tell why a file cannot be read")
    func unreadable() throws {
        let failure = #expect(throws: Settings.Failure.self) { try Settings.load(path: folder.url.path, environment: [:]) }
        #expect(failure?.description == "\(folder.url.path): cannot be read: Is a directory" && failure?.exitCode == 66)
        try Data(repeating: 32, count: SmallFile.most + 1).write(to: folder.file("c.toml"))
        let large = #expect(throws: Settings.Failure.self) { try Settings.load(path: path, environment: [:]) }
        #expect(large?.description == "\(path): cannot be read: it is larger than 1 MiB")
    }

    @Test("tell a file that is closed to this user")
    func closed() throws {
        try write("")
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: path)
        // Root reads everything, so somebody else has to try.
        let bundle = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        let program = bundle.appending(path: "thermo-ingest").path
        let isRoot = getuid() == 0
        let copy = folder.file("thermo-ingest")
        if isRoot {
            try FileManager.default.copyItem(at: URL(filePath: program), to: copy)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy.path)
        }
        let run =
            isRoot
            ? try Program.run("/usr/bin/setpriv", ["--reuid", "65534", "--clear-groups", copy.path, "check", "--config", path])
            : try Program.run(program, ["check", "--config", path])
        #expect(run.status == 66 && run.errors == "\(path): cannot be read: Permission denied\n", "\(run)")
    }

    @Test("tell every mistake of a file at once, each with its line and what was meant")
    func mistakes() throws {
        try write(
            """
            [mqtt]
            url = "mqtts://admin:hunter2@broker:99999"
            qos = 2
            topik = "camera/+/x"
            topic = ["camera/+/image_json",
              "camera/a+/x"]
            keepalive = 30
            timeout = 10s
            qos = 1
            tls = { cert = "x" }
            [minio]
            endpoint = "x"
            [s3]
            key = "{camera}/{image_id}"
            "bucket.name" = 1
            [spool]
            when_full = "drop-oldest"
            max_size = "4gb"
            """)
        let failure = #expect(throws: Settings.Failure.self) { try Settings.load(path: path, environment: ["DB_PORT": "5432x"]) }
        let text = try #require(failure).description
        let lines = text.split(separator: "\n")
        let expected = [
            ":2: mqtt.url: must have a port", ":3: mqtt.qos: must be 0 or 1: the MQTT library",
            ":4: mqtt.topik: is no key of [mqtt]; did you mean topic?",
            ":6: mqtt.topic: + stands for one whole level", ":7: mqtt.keepalive: must be a duration",
            ":8: is no valid TOML, at timeout; a text stands in quotes, as in timeout = \"...\"",
            ":9: qos of [mqtt] is given a second time; keep one of the two",
            ":10: mqtt.tls.cert: is no key of [mqtt.tls]; did you mean cert_file?", ":11: minio: is no section; there are [mqtt]",
            ":14: s3.key: knows no placeholder {camera}", ":15: s3.\\\"bucket.name\\\": is no key of [s3]",
            ":17: spool.when_full: must be one of \"pause\", \"drop_oldest\", \"drop_newest\"; found \"drop-oldest\"; did you mean \"drop_oldest\"?",
            ":18: spool.max_size: must be a size",
            "environment DB_PORT: postgres.url: must be a whole number from 1 to 65535; found \"5432x\"",
        ]
        #expect(lines.count == expected.count, "\(text)")
        for (line, start) in zip(lines, expected) { #expect(line.contains(start), "\(line) | \(start)") }
        #expect(!text.contains("hunter2"))
    }

    @Test(
        "explain a line that is no TOML",
        arguments: [
            ("[mqtt]\nurl = \"x\n", ":2: is no valid TOML, at url; look for a missing quote"),
            ("[mqtt\nqos = 1\n", ":1: is no valid TOML; a section is written [name]"),
            ("[s3]\nkey = 'k'\n'key' = \"s3cret\"\n", ":3: is given a second time; keep one of the two"),
            ("[mqtt]\n[log]\n  [ mqtt]\n", ":3: [mqtt] is given a second time; put all keys of a section under one header"),
            ("[mqtt]\n[mqtt]\n", ":2: [mqtt] is given a second time; put all keys of a section under one header"),
            ("[log]\njust words\n", ":2: is no valid TOML; a key is written name = value"),
            ("[log]\nlevel = info\n", ":2: is no valid TOML, at level; a text stands in quotes, as in level = \"...\""),
            ("[mqtt]\ntopic = [\"a\",\n", ": ends in the middle of a value or header; look for a missing quote or bracket further up"),
        ])
    func syntax(text: String, expected: String) throws {
        try write(text)
        let failure = #expect(throws: Settings.Failure.self) { try Settings.load(path: path, environment: [:]) }
        #expect(failure?.description.contains(expected) == true, "\(failure?.description ?? "")")
    }

    @Test("tell bytes that are no UTF-8")
    func invalidUTF8() throws {
        try (Data("[mqtt]\nusername = \"".utf8) + Data([0xff]) + Data("\"\n".utf8)).write(to: folder.file("c.toml"))
        let failure = #expect(throws: Settings.Failure.self) { try Settings.load(path: path, environment: [:]) }
        #expect(failure?.description == "\(path):2: holds bytes that are no UTF-8; save the file as UTF-8")
    }

    private func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
}
