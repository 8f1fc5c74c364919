public import Foundation

/// A program run to its end: what it printed and how it ended.
public struct ProgramRun: Sendable {
    public let status: Int32
    public let output: String
    public let errors: String
}

/// Runs `command` and waits for its end; ends it when that takes longer than `seconds`.
@discardableResult
public func run(
    _ command: [String], input: Data? = nil, environment: [String: String] = [:], within seconds: TimeInterval = 60
) throws -> ProgramRun {
    guard FileManager.default.isExecutableFile(atPath: command[0]) else {
        throw ServiceError("there is no \(command[0]); scripts/setup installs it")
    }
    let folder = try TemporaryFolder()
    let output = folder.file("output")
    let errors = folder.file("errors")
    let given = folder.file("input")
    for file in [output, errors] { try Data().write(to: file) }
    try (input ?? Data()).write(to: given)

    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["--signal=KILL", "\(seconds)"] + command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: given)
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return ProgramRun(
        status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
        output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
        errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self)
    )
}

/// The program under test, as SwiftPM built it beside the test bundle.
public let gatewayProgram: String = {
    if let path = ProcessInfo.processInfo.environment["THERMO_INGEST"] { return path }
    let bundle = URL(filePath: CommandLine.arguments[0])
    return bundle.deletingLastPathComponent().appending(path: "thermo-ingest").path
}()
