import ArgumentParser
import Ingest

/// `--config FILE`, which every command takes.
struct ConfigOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The configuration file; without it \(Settings.standardPath), which may be missing.", valueName: "file"),
        completion: .file(extensions: ["toml"]))
    var config: String?

    /// Loads the configuration, or tells every mistake in it and ends with 78, or with 66 when the file cannot be read.
    /// - Parameter overriding: variables that beat those of the environment.
    func load(overriding: [String: String] = [:]) throws -> Settings {
        do throws(Settings.Failure) {
            return try Settings.load(path: config, environment: ProcessEnvironment.current.merging(overriding) { $1 })
        } catch {
            StandardError.print("\(error)")
            throw ExitCode(error.exitCode)
        }
    }
}
