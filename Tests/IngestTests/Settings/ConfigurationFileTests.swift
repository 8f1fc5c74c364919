import Foundation
import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("The configuration file that comes with the program")
struct ConfigurationFileTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()
    private let file = repository.appending(path: "config/config.toml")

    @Test("shows every key, its default and its reason; UPDATE_CONFIG=1 writes it anew")
    func complete() throws {
        if ProcessInfo.processInfo.environment["UPDATE_CONFIG"] == "1" {
            try Data(ConfigurationPage.example.utf8).write(to: file)
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == ConfigurationPage.example)
    }

    @Test("says what the program does without it")
    func defaults() throws {
        let settings = try Settings.load(path: file.path, environment: [:])
        let without = try Settings.load(path: nil, environment: [:], standardPath: "/nonexistent/config.toml")
        #expect(settings.configuration == without.configuration)
        #expect(settings.inForce.origins.count == Setting.all.filter { $0.section != "redis" && !$0.isSecret }.count)
    }

    @Test("turns Redis on, with its defaults, when its section is uncommented")
    func redis() throws {
        let folder = try TemporaryFolder()
        let text = try String(contentsOf: file, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") && line != "#" ? line.dropFirst() : line
        }
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.file("c.toml"))
        let settings = try Settings.load(path: folder.file("c.toml").path, environment: [:])
        #expect(settings.configuration.redis == Configuration.Redis())
        #expect(settings.inForce.origins.count == Setting.all.filter { !$0.isSecret }.count)
    }

    @Test("has a broker snippet beside it that mosquitto takes, and that keeps more than its thousand messages")
    func broker() throws {
        let folder = try TemporaryFolder()
        let port = try freePort()
        let snippet = try String(contentsOf: Self.repository.appending(path: "config/mosquitto-thermo.conf"), encoding: .utf8)
        try Data(
            (snippet + "\nlistener \(port) 127.0.0.1\nallow_anonymous true\npersistence_location \(folder.url.path)/\n")
                .utf8
        )
        .write(to: folder.file("m.conf"))
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.url.path)
        let broker = try Service("mosquitto", ["/usr/sbin/mosquitto", "-v", "-c", folder.file("m.conf").path], in: folder.url)
        try eventually("mosquitto to run") { broker.tail.contains("running") || !broker.isRunning }
        #expect(broker.isRunning, "\(broker.tail)")

        let address = ["-h", "127.0.0.1", "-p", "\(port)", "-t", "camera/a/image_json", "-q", "1"]
        #expect(try Program.run("/usr/bin/mosquitto_sub", address + ["-i", "gateway", "-c", "-E"]).status == 0)
        let chunks = (0..<1500).map { "chunk \($0)\n" }.joined()
        #expect(try Program.run("/usr/bin/mosquitto_pub", address + ["-l"], input: chunks).status == 0)
        let heard = try Program.run("/usr/bin/mosquitto_sub", address + ["-i", "gateway", "-c", "-C", "1500", "-W", "20"])
        #expect(heard.output == chunks)
    }
}
