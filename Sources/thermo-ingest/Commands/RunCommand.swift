import ArgumentParser
import Ingest

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Runs the gateway (the default).")

    @OptionGroup var options: ConfigOptions

    func run() throws {
        _ = try options.load()
    }
}
