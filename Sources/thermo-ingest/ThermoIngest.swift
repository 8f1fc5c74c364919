import ArgumentParser
import Ingest

@main
struct ThermoIngest: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "thermo-ingest",
        abstract: "Stores the pictures that thermal cameras publish in pieces over MQTT.",
        version: "thermo-ingest \(Version.current)",
        subcommands: [
            RunCommand.self, CheckCommand.self, DoctorCommand.self, StatusCommand.self, SpoolCommand.self, SimulateCommand.self,
            ResetCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}
