import ArgumentParser

@main
struct ThermoIngest: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "thermo-ingest", abstract: "Stores the pictures that thermal cameras publish in pieces over MQTT.")
}
