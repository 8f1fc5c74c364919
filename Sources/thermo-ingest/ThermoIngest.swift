import ArgumentParser
import Ingest
import IngestCore

@main
struct ThermoIngest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thermo-ingest",
        abstract: "Stores the pictures that thermal cameras publish in pieces over MQTT.",
        version: "thermo-ingest \(Version.current)\n\(Libraries.all.line)",
        subcommands: [
            RunCommand.self, CheckCommand.self, DoctorCommand.self, StatusCommand.self, SpoolCommand.self, SimulateCommand.self,
            ResetCommand.self, RebuildCommand.self, AccountCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )

    static func main() { main(configurationLast(Array(CommandLine.arguments.dropFirst()))) }

    /// Every command takes `--config FILE`, so it may stand before the command too: where the parser would not look for it.
    private static func configurationLast(_ arguments: [String]) -> [String] {
        let end = arguments.firstIndex(of: "--") ?? arguments.count
        var (others, moved): ([String], [String]) = ([], [])
        var rest = arguments[..<end]
        while let argument = rest.popFirst() {
            switch argument {
            case "--config": moved += [argument] + [rest.popFirst()].compactMap(\.self)
            case _ where argument.hasPrefix("--config="): moved.append(argument)
            default: others.append(argument)
            }
        }
        return others + moved + Array(arguments[end...])
    }
}
