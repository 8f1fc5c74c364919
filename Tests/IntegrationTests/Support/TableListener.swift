import Foundation
import TestServices

/// Somebody who listens for PostgreSQL's notices, by psql, and reads when asked to.
final class TableListener {
    private let process = Process()
    private let input = Pipe()
    private let output: URL
    private let folder: TemporaryFolder

    init(_ site: Site, channel: String) throws {
        folder = try TemporaryFolder()
        output = folder.file("output")
        try Data().write(to: output)
        let command = site.postgres.psql(site.database)
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.standardError
        try process.run()
        try say("LISTEN \(channel);")
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    /// Has psql run `sql`, and waits for its end.
    func say(_ sql: String) throws {
        let mark = "end-of-\(UUID().uuidString)"
        try input.fileHandleForWriting.write(contentsOf: Data("\(sql)\nSELECT '\(mark)';\n".utf8))
        try eventually("psql to run \(sql)") { try text().contains(mark) }
    }

    private func text() throws -> String { try String(contentsOf: output, encoding: .utf8) }

    /// The payloads of all notices so far.
    func notices() throws -> [Data] {
        try text().split(separator: "\n").compactMap { line in
            guard line.hasPrefix("Asynchronous notification"), let from = line.firstIndex(of: "{"), let to = line.lastIndex(of: "}") else {
                return nil
            }
            return Data(line[from...to].utf8)
        }
    }

    /// Reads until there are `count`.
    func wait(for count: Int) throws {
        try eventually("\(count) notices of the table") {
            try say("SELECT 1;")
            return try notices().count >= count
        }
    }
}
