import ArgumentParser
import FoundationEssentials
import Glibc
import Ingest
import IngestCore
import Platform

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Tries broker, object store, database, Redis, disk and clock, and says how to repair what fails.",
        discussion: """
            May run beside the gateway: it has a client id and keys of its own, rolls back what it writes to the database, and removes the rest. \
            Run it as the gateway's user, so that it may do what the gateway may. Ends with 0, or with 69 when anything fails.
            """
    )

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Answer in JSON.")
    var json = false

    func run() throws {
        let settings = try options.load()
        // A broker or server that hangs up shows in the answer, not in a signal.
        signal(SIGPIPE, SIG_IGN)
        let findings = Doctor(settings) { finding in
            if !json { Self.show(finding) }
        }.examine()
        let failed = findings.filter { $0.verdict == .failed }
        if json {
            Swift.print(DoctorReport(findings).text)
        } else {
            Swift.print(failed.isEmpty ? "all is well" : failed.count == 1 ? "1 failure" : "\(failed.count) failures")
        }
        if !failed.isEmpty { throw ExitCode(EX_UNAVAILABLE) }
    }

    /// A line of the table, as soon as it is known.
    private static func show(_ finding: Finding) {
        let verdict = finding.verdict == .failed ? "FAILED" : finding.verdict.rawValue
        let time = finding.took.map { " (\(Int64($0 / .milliseconds(1))) ms)" } ?? ""
        print(padded(verdict, 8) + padded(finding.part.rawValue, 9) + padded(finding.step, 17) + LogText.escaped(finding.detail) + time)
        if let fix = finding.fix { print(padded("", 8) + "fix: " + LogText.escaped(fix)) }
        fflush(nil)
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(text.isEmpty ? width : 1, width - text.utf8.count))
    }
}

/// What `doctor --json` answers.
private struct DoctorReport: Encodable {
    struct Check: Encodable {
        let check, step, verdict, detail: String
        let ok: Bool
        let fix: String?
        let milliseconds: Double?
    }

    let ok: Bool
    let checks: [Check]

    init(_ findings: [Finding]) {
        ok = !findings.contains { $0.verdict == .failed }
        checks = findings.map { finding in
            Check(
                check: finding.part.rawValue, step: finding.step, verdict: finding.verdict.rawValue, detail: finding.detail,
                ok: finding.verdict != .failed, fix: finding.fix, milliseconds: finding.took.map { $0 / .milliseconds(1) }
            )
        }
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{\"ok\":false}" }
        return String(decoding: data, as: UTF8.self)
    }
}
