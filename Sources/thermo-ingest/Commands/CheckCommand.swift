import ArgumentParser
import FoundationEssentials
import Ingest
import IngestCore

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks the configuration and tells every mistake in it at once.",
        discussion:
            "Looks at the configuration file, the environment and the files they name; at no server: what the broker's limits are, doctor says. Ends with 0, 78 or 66."
    )

    @OptionGroup var options: ConfigOptions

    @Flag(help: "Print what is in force and where it comes from, as TOML; secrets are dots.")
    var show = false

    @Flag(help: "Answer in JSON.")
    var json = false

    func run() throws {
        do throws(Settings.Failure) {
            let settings = try Settings.load(path: options.config)
            if json { return Swift.print(CheckReport(settings, showing: show).text) }
            printGood(settings)
        } catch {
            if json { Swift.print(CheckReport(error).text) } else { printBad(error) }
            throw ExitCode(error.exitCode)
        }
    }

    private func printGood(_ settings: Settings) {
        if show { Swift.print(ConfigurationPage.show(settings.inForce), terminator: "") }
        for warning in settings.inForce.warnings { StandardError.print("warning: \(warning)") }
        for note in settings.inForce.notes { StandardError.print("note: \(note)") }
        let file = settings.file ?? "there is no \(Settings.standardPath); defaults and environment"
        if show { StandardError.print("\(file): configuration is good") } else { Swift.print("\(file): configuration is good") }
    }

    private func printBad(_ failure: Settings.Failure) {
        StandardError.print("\(failure)")
        guard case .mistaken(let mistakes) = failure else { return }
        StandardError.print(mistakes.list.count == 1 ? "1 mistake" : "\(mistakes.list.count) mistakes")
    }
}

/// What `check --json` answers.
private struct CheckReport: Encodable {
    struct Problem: Encodable {
        var file: String?
        var line: Int?
        var variable: String?
        var credential: String?
        var key: String?
        let problem: String
        var found: String?
        var hint: String?
    }

    struct Shown: Encodable {
        let key, value, source: String
    }

    let ok: Bool
    var file: String?
    /// Why the file could not be read.
    var error: String?
    var mistakes: [Problem] = []
    var notes: [String] = []
    var warnings: [String] = []
    /// With `--show`: TOML values, secrets as dots.
    var settings: [Shown]?

    init(_ settings: Settings, showing: Bool) {
        ok = true
        file = settings.file
        notes = settings.inForce.notes
        warnings = settings.inForce.warnings
        if showing {
            self.settings = Setting.all.compactMap { setting in
                if setting.section == "redis", settings.configuration.redis == nil { return nil }
                let source = settings.inForce.origin(of: setting.path).description
                return Shown(key: setting.path, value: setting.shown(settings.configuration), source: source)
            }
        }
    }

    init(_ failure: Settings.Failure) {
        ok = false
        switch failure {
        case .missing(let path), .unreadable(let path, _):
            file = path
            error = failure.description
        case .mistaken(let list):
            mistakes = list.list.map { mistake in
                var problem = Problem(key: mistake.key, problem: mistake.problem, found: mistake.found, hint: mistake.hint)
                switch mistake.source {
                case .file(let path, let line): (problem.file, problem.line) = (path, line)
                case .environment(let name): problem.variable = name
                case .credential(let name): problem.credential = name
                case .standard: break
                }
                return problem
            }
        }
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return "{\"ok\":false}" }
        return String(decoding: data, as: UTF8.self)
    }
}
