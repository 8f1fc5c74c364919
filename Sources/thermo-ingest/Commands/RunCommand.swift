import ArgumentParser
import Ingest

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Runs the gateway (the default).")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        let settings = try options.load()
        do {
            try Daemon.main(settings) { [path = options.config] () throws(Settings.Failure) in try Settings.load(path: path) }
        } catch {
            StandardError.print("thermo-ingest cannot start: \(error)")
            throw ExitCode(Daemon.exitCode(for: error))
        }
    }
}
