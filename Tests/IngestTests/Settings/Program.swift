import Foundation

/// Runs a program to its end.
struct Program {
    let status: Int32
    let output: String
    let errors: String

    static func run(_ path: String, _ arguments: [String], environment: [String: String] = [:], input: String = "") throws -> Program {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.environment = environment
        let folder = FileManager.default.temporaryDirectory
        let names = ["in", "out", "err"].map { folder.appending(path: "thermo-\(UUID().uuidString).\($0)") }
        defer { for name in names { try? FileManager.default.removeItem(at: name) } }
        try Data(input.utf8).write(to: names[0])
        for name in names.dropFirst() { try Data().write(to: name) }
        process.standardInput = try FileHandle(forReadingFrom: names[0])
        process.standardOutput = try FileHandle(forWritingTo: names[1])
        process.standardError = try FileHandle(forWritingTo: names[2])
        try process.run()
        process.waitUntilExit()
        let texts = try names.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
        return Program(status: process.terminationStatus, output: texts[1], errors: texts[2])
    }

    /// The program under test, which lies beside the test bundle.
    static func thermoIngest(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
        let bundle = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
        return try run(bundle.appending(path: "thermo-ingest").path, arguments, environment: environment)
    }
}
