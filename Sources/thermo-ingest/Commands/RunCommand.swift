import ArgumentParser
import Ingest
import Platform

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Runs the gateway (the default).")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        let settings = try load()
        do {
            try Daemon.main(settings) { [path = options.config] () throws(Settings.Failure) in try Settings.load(path: path) }
        } catch {
            say("thermo-ingest cannot start: \(Daemon.advice(on: error))")
            throw ExitCode(Daemon.exitCode(for: error))
        }
    }

    private func load() throws -> Settings {
        do throws(Settings.Failure) {
            return try Settings.load(path: options.config)
        } catch {
            for line in "\(error)".split(separator: "\n") { say(String(line)) }
            if case .mistaken = error { say("thermo-ingest does not start with that. Correct it, and try: thermo-ingest check") }
            throw ExitCode(error.exitCode)
        }
    }

    /// There is no log yet. Where lines end up in the journal, they say of themselves that they are errors (sd-daemon(3)).
    private func say(_ line: String) {
        StandardError.print((JournalWriter.standardErrorLeadsToJournal() ? "<3>" : "") + line)
    }
}
