import Foundation
import TestServices

/// A psql that listens on a channel and keeps what it hears.
final class Listener {
    private let process = Process()
    private let input = Pipe()
    private let folder: TemporaryFolder

    init(_ channel: String, at site: Site) throws {
        folder = try TemporaryFolder()
        let output = folder.file("heard")
        try Data().write(to: output)
        let command = site.postgres.psql(site.database)
        process.executableURL = URL(filePath: command[0])
        process.arguments = Array(command.dropFirst())
        process.currentDirectoryURL = URL(filePath: "/tmp")
        process.standardInput = input
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        try say("LISTEN \"\(channel)\"; SELECT 'listening';")
        try eventually("the listener") { self.text.contains("listening") }
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    private func say(_ text: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((text + "\n").utf8)) }

    private var text: String { (try? String(contentsOf: folder.file("heard"), encoding: .utf8)) ?? "" }

    struct Notice: Decodable, Equatable {
        let id, camera_uid, image_id, bucket, key, checksum, recorded_at: String
        let captured_at: String?
        let size: Int
    }

    /// All notices so far; psql looks for them after each statement.
    func notices() throws -> [Notice] {
        try say("SELECT 1;")
        return try text.split(separator: "\n").compactMap { line in
            guard line.contains("Asynchronous notification"), let from = line.firstIndex(of: "{"), let to = line.lastIndex(of: "}") else {
                return nil
            }
            return try JSONDecoder().decode(Notice.self, from: Data(line[from...to].utf8))
        }
    }
}
