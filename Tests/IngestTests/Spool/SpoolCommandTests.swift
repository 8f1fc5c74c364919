import Foundation
import IngestCore
import TestServices
import Testing

@testable import Ingest

@Suite("The spool's commands")
struct SpoolCommandTests {
    private func program(_ arguments: [String], config: URL) throws -> ProgramRun {
        try run([gatewayProgram] + arguments + ["--config", config.path], within: 60)
    }

    private func configuration(_ folder: TemporaryFolder, spool: String) throws -> URL {
        let config = folder.file("config.toml")
        try "[spool]\ndirectory = \"\(spool)\"\n".write(to: config, atomically: true, encoding: .utf8)
        return config
    }

    @Test("list and export pictures without record too, and say that they are")
    func halves() throws {
        let folder = try TemporaryFolder()
        let store = SpoolStore.local(folder.file("spool").path)
        try store.prepare()
        try store.store(testRecord([1, 2, 3], imageID: "whole"), [1, 2, 3])
        let half = try store.store(testRecord([4, 5, 6], imageID: "half"), [4, 5, 6])
        try FileManager.default.removeItem(atPath: store.layout.record(.pending, half))
        let config = try configuration(folder, spool: folder.file("spool").path)

        let lines = try program(["spool", "list"], config: config).output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("pending ") && lines[1].hasPrefix("no record ") && lines[1].contains("half"))
        let list = try program(["spool", "list", "--json"], config: config)
        let entries = try #require(JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]])
        #expect(entries.map { $0["state"] as? String } == ["pending", "no record"])
        #expect((entries[1]["path"] as? String)?.hasSuffix("pending/\(half.folder)/\(half).jpg") == true)
        let copies = folder.file("copies")
        #expect(try program(["spool", "export", "--all", copies.path], config: config).output.hasPrefix("2 entries"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: copies.path).count == 3)
    }

    @Test("say of an entry that is too young to be repaired that it is, in text and JSON, and repair it a little later")
    func tooYoung() throws {
        let folder = try TemporaryFolder()
        let store = SpoolStore.local(folder.file("spool").path)
        try store.prepare()
        let picture: [UInt8] = [0xff, 0xd8, 0xff, 0xe0]
        let half = try store.store(testRecord(picture, imageID: "half"), picture)
        try FileManager.default.removeItem(atPath: store.layout.record(.pending, half))
        let config = try configuration(folder, spool: folder.file("spool").path)
        for form in [[], ["--json"]] {
            let early = try program(["spool", "verify", "--repair"] + form, config: config)
            #expect(early.status == 65 && early.output.contains("younger than 5 s"), "\(early)")
            #expect(early.output.contains("run this again in 5 seconds"))
        }
        let late = try eventually("it to be old enough", within: 20, every: 0.5) {
            let late = try program(["spool", "verify", "--repair"], config: config)
            return late.status == 0 ? late : nil
        }
        #expect(late.output.contains("1 repaired"))
    }

    @Test("end with 73 and say so where a file is in the folder's place; a folder that is missing is an empty spool")
    func noFolder() throws {
        let folder = try TemporaryFolder()
        try Data().write(to: folder.file("file"))
        for directory in [folder.file("file").path, folder.file("file").appending(path: "below").path] {
            let config = try configuration(folder, spool: directory)
            for command in [["list"], ["list", "--json"], ["verify"], ["journal"], ["export", "--all", folder.file("out").path]] {
                let end = try program(["spool"] + command, config: config)
                #expect(end.status == 73 && end.output.isEmpty && end.errors.contains("[spool] directory"), "\(command): \(end)")
            }
        }
        let end = try program(["spool", "list"], config: configuration(folder, spool: folder.file("none").path))
        #expect(end.status == 0 && end.output.contains("empty"))
    }

    @Test("end with 64 and their usage where none is named")
    func none() throws {
        let end = try run([gatewayProgram, "spool"])
        #expect(end.status == 64 && end.errors.contains("USAGE: thermo-ingest spool") && end.errors.contains("verify"), "\(end)")
    }

    @Test("take --config before them as well as behind them")
    func configurationFirst() throws {
        let folder = try TemporaryFolder()
        let config = try configuration(folder, spool: folder.file("spool").path)
        for arguments in [["--config", config.path, "spool", "list"], ["spool", "--config=\(config.path)", "list"]] {
            let end = try run([gatewayProgram] + arguments)
            #expect(end.status == 0 && end.output.contains(folder.file("spool").path), "\(end)")
        }
        #expect(try run([gatewayProgram, "--config", folder.file("none").path, "check"]).status == 66)
        #expect(try run([gatewayProgram, "check", "--config"]).status == 64)
    }
}
