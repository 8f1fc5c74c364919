import Clients
import Foundation
import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("thermo-ingest check")
struct CheckCommandTests {
    private let folder: TemporaryFolder
    private let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.file("c.toml").path
    }

    @Test("ends with 0 and one line for a good configuration")
    func good() throws {
        try write("[mqtt]\nqos = 0\n")
        let run = try Program.thermoIngest("check", "--config", path)
        #expect(run.status == 0 && run.output == "\(path): configuration is good\n" && run.errors.hasPrefix("note: mqtt.qos = 0"))
    }

    @Test("ends with 78 and all mistakes, on standard error")
    func bad() throws {
        try write("[mqtt]\nqos = 2\n[log]\nlevel = \"loud\"\n")
        let run = try Program.thermoIngest("check", "--config", path)
        #expect(run.status == 78 && run.output.isEmpty)
        #expect(
            run.errors.contains("\(path):2: mqtt.qos: ") && run.errors.contains("\(path):4: log.level: ")
                && run.errors.hasSuffix("\n2 mistakes\n"))
    }

    @Test("ends with 66 for a file that is not there, as run does")
    func missing() throws {
        for command in ["check", "run"] {
            let run = try Program.thermoIngest(command, "--config", path)
            #expect(run.status == 66 && run.errors == "\(path): there is no such file\n" && run.output.isEmpty)
        }
    }

    @Test("ends with 78 for a hold longer than keepalive, with the line to mend, as the start does")
    func longHold() throws {
        try write("[mqtt]\nkeepalive = \"10s\"\n[journal]\nwhen = \"needed\"\nhold = \"11s\"\n")
        for command in ["check", "run"] {
            let end = try Program.thermoIngest(command, "--config", path)
            #expect(end.status == 78 && end.output.isEmpty, "\(command): \(end)")
            #expect(end.errors.contains("\(path):5: journal.hold: must not be above mqtt.keepalive"), "\(command): \(end.errors)")
        }
        try write("[mqtt]\nkeepalive = \"10s\"\n[journal]\nwhen = \"needed\"\nhold = \"10s\"\n")
        #expect(try Program.thermoIngest("check", "--config", path).status == 0)
    }

    @Test("ends with 78, and says why, for rediss:// where the Redis library has no TLS; else with 0")
    func redisTLS() throws {
        try write("[redis]\nurl = \"rediss://cache.example:6380/1\"\n")
        let end = try Program.thermoIngest("check", "--config", path)
        let all = end.output + end.errors
        if RedisTLS.isAvailable {
            #expect(end.status == 0, "\(all)")
        } else {
            #expect(end.status == 78 && all.contains("redis.url: must begin with redis://") && all.contains("knows no TLS"), "\(all)")
        }
    }

    @Test("ends with 64 for a command line that is none, and 0 for --help and --version")
    func usage() throws {
        #expect(try Program.thermoIngest("check", "--nonsense").status == 64)
        #expect(try Program.thermoIngest("nonsense").status == 64)
        #expect(try Program.thermoIngest("check", "--config").status == 64)
        #expect(try Program.thermoIngest("--help").status == 0)
        #expect(try Program.thermoIngest("check", "--help").status == 0)
        let version = try Program.thermoIngest("--version")
        #expect(version.status == 0 && version.output == "thermo-ingest \(Version.current)\n\(Libraries.all.line)\n")
        #expect(Libraries.all.map(\.name) == ["libmosquitto", "hiredis", "libpq", "libcurl", "libmicrohttpd", "zlib", "OpenSSL"])
        #expect(Libraries.all.concerns == [])
    }

    @Test("runs without naming the command run, and tells mistakes there too")
    func defaultCommand() throws {
        try write("[mqtt]\nqos = 2\n")
        let run = try Program.thermoIngest("--config", path)
        #expect(run.status == 78 && run.errors.contains("mqtt.qos"))
    }

    @Test("shows what is in force as TOML that says the same, with the source of each value")
    func show() throws {
        try write(
            "[mqtt]\nurl = \"mqtt://broker\"\ntopic = [\"a/+\", \"b \\\"\\\\/+\"]\n[drain]\nmax_rate = 1536\nwindow = \"22:00-06:00\"\n")
        let run = try Program.thermoIngest(
            "check", "--show", "--config", path, environment: ["REDIS_HOST": "r", "MINIO_RAW_BUCKET": "raw"])
        #expect(run.status == 0)
        let lines = run.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        #expect(lines.contains("url = \"mqtt://broker:1883\" # \(path):2"))
        #expect(lines.contains("bucket = \"raw\" # environment MINIO_RAW_BUCKET"))
        #expect(lines.contains("qos = 1 # default"))

        let shown = folder.file("shown.toml")
        try Data(run.output.utf8).write(to: shown)
        let again = try Settings.load(path: shown.path, environment: [:])
        let first = try Settings.load(path: path, environment: ["REDIS_HOST": "r", "MINIO_RAW_BUCKET": "raw"])
        #expect(again.configuration == first.configuration)
    }

    @Test("says that Redis is off, and which parts of the URL are replaced")
    func showParts() throws {
        try write("")
        let run = try Program.thermoIngest("check", "--show", "--config", path, environment: ["DB_HOST": "db", "DB_NAME": "n"])
        #expect(run.output.contains("# Redis is off"))
        #expect(run.output.contains("# dbname = \"n\"") && run.output.contains("# environment DB_HOST, in place of the one in url"))
    }

    @Test("answers scripts in JSON")
    func json() throws {
        struct Report: Decodable {
            struct Problem: Decodable { let file: String?, line: Int?, variable: String?, key: String?, problem: String }
            struct Shown: Decodable { let key, value, source: String }
            let ok: Bool
            let file: String?, error: String?
            let mistakes: [Problem]
            let settings: [Shown]?
        }
        func report(_ run: Program) throws -> Report { try JSONDecoder().decode(Report.self, from: Data(run.output.utf8)) }

        try write("[mqtt]\nqos = 2\n")
        let bad = try Program.thermoIngest("check", "--json", "--config", path, environment: ["LOG_LEVEL": "loud"])
        let mistakes = try report(bad).mistakes
        #expect(
            bad.status == 78 && mistakes.map(\.key) == ["mqtt.qos", "log.level"] && mistakes[0].line == 2
                && mistakes[1].variable == "LOG_LEVEL")

        try write("")
        let good = try report(try Program.thermoIngest("check", "--json", "--show", "--config", path))
        #expect(good.ok && good.settings?.count == Setting.all.filter { $0.section != "redis" }.count)

        let missing = try Program.thermoIngest("check", "--json", "--config", "/nonexistent/x")
        #expect(try missing.status == 66 && report(missing).error == "/nonexistent/x: there is no such file")
    }

    @Test("warns of each file with a secret that every user may read, and of no other")
    func openSecrets() throws {
        struct Report: Decodable { let ok: Bool, warnings: [String] }
        let secret = folder.file("s3").path
        try Data("MARKER\n".utf8).write(to: folder.file("s3"))
        try write("[mqtt]\nurl = \"mqtt://u:MARKER@h\"\n[s3]\naccess_key = \"MARKER\"\nsecret_key_file = \"\(secret)\"\n")
        func warnings(folderMode: Int, mode: Int, secretMode: Int) throws -> [String] {
            for (path, mode) in [(folder.url.path, folderMode), (path, mode), (secret, secretMode)] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            }
            let run = try Program.thermoIngest("check", "--config", path)
            #expect(run.status == 0 && !(run.output + run.errors).contains("MARKER"), "\(run)")
            let told = try JSONDecoder().decode(
                Report.self, from: Data(try Program.thermoIngest("check", "--json", "--config", path).output.utf8))
            #expect(told.warnings == run.errors.split(separator: "\n").map { String($0.dropFirst("warning: ".count)) })
            return told.warnings
        }
        func warning(_ path: String, _ keys: String) -> String {
            "\(path) holds \(keys), and every user of this machine may read it: chmod 640 \(path) && chgrp thermo-ingest \(path)"
        }
        let both = [warning(path, "mqtt.password, s3.access_key"), warning(secret, "s3.secret_key")]
        #expect(try warnings(folderMode: 0o755, mode: 0o644, secretMode: 0o604) == both)
        #expect(try warnings(folderMode: 0o755, mode: 0o640, secretMode: 0o644) == [both[1]])
        #expect(try warnings(folderMode: 0o755, mode: 0o640, secretMode: 0o600) == [])
        #expect(try warnings(folderMode: 0o750, mode: 0o644, secretMode: 0o644) == [], "the folder keeps others out")
    }

    private func write(_ text: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }
}
