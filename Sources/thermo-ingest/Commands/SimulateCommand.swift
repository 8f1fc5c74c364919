import ArgumentParser
import FoundationEssentials
import Glibc
import Ingest
import IngestCore
import Platform

struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Publishes thermal pictures as a fleet of cameras does, to the broker of the configuration.",
        discussion: """
            Without --file each picture is a JPEG of its own, of --size bytes exactly (below some 500 bytes: bytes without meaning). \
            Without --image-ids the gateway takes equal pictures of a camera within repeat_window for one, as of a file published twice.
            """
    )

    @OptionGroup var options: ConfigOptions

    @Option(help: ArgumentHelp("The broker, in place of the configuration's: mqtt://host:1883.", valueName: "url"))
    var broker: String?

    @Option(help: ArgumentHelp("How many cameras.", valueName: "n"))
    var cameras = 3

    @Option(help: ArgumentHelp("Pictures of each camera.", valueName: "n"))
    var images = 10

    @Option(help: ArgumentHelp("Of each picture: 60KB, 1MiB, 4096.", valueName: "bytes"))
    var size = ByteCount(100_000)

    @Option(
        help: ArgumentHelp("Publish this file in place of generated pictures; several are published in turn.", valueName: "f"),
        completion: .file())
    var file: [String] = []

    @Option(help: ArgumentHelp("Of each chunk: bytes of the picture, with --encoding text characters of its text.", valueName: "bytes"))
    var chunkSize = ByteCount(16 << 10)

    @Option(help: ArgumentHelp("Between a camera's pictures: 500ms, 10s; 0s is as fast as the broker takes them.", valueName: "t"))
    var interval = Interval(.seconds(1))

    @Option(help: "parts: each chunk encoded and padded by itself; text: the picture encoded, and its text cut.")
    var encoding = ChunkWriter.Encoding.parts

    @Flag(help: "Give each picture an image id.")
    var imageIds = false

    @Option(help: ArgumentHelp("How likely a chunk is never sent, 0 to 1.", valueName: "p"))
    var drop = 0.0

    @Option(name: .customLong("repeat"), help: ArgumentHelp("How likely a chunk is sent twice, 0 to 1.", valueName: "p"))
    var repeats = 0.0

    @Option(help: ArgumentHelp("How likely a picture equals its camera's last, byte for byte, 0 to 1.", valueName: "p"))
    var still = 0.0

    @Option(help: ArgumentHelp("Quality of service: 1 waits for the broker, 0 does not.", valueName: "n"))
    var qos = 1

    @Option(help: ArgumentHelp("Cameras are called <prefix>1, <prefix>2 and so on.", valueName: "prefix"))
    var prefix = "cam"

    @Option(help: ArgumentHelp("Brings the same pictures, drops and repeats back; without it each run has its own.", valueName: "n"))
    var seed: UInt64?

    @Option(
        help: ArgumentHelp("Write a line of JSON for each picture: camera, id, checksum, size, whether all was sent.", valueName: "f"),
        completion: .file())
    var manifest: String?

    @Flag(help: "Answer in JSON.")
    var json = false

    func validate() throws {
        guard cameras > 0, images > 0 else { throw ValidationError("--cameras and --images must be at least 1") }
        guard size.value > 0, chunkSize.value > 0 else { throw ValidationError("--size and --chunk-size must be at least 1") }
        guard (0...1).contains(drop), (0...1).contains(repeats), (0...1).contains(still) else {
            throw ValidationError("--drop, --repeat and --still must be from 0 to 1")
        }
        guard qos == 0 || qos == 1 else { throw ValidationError("--qos must be 0 or 1") }
        guard CameraUID(prefix + String(cameras)) != nil, !prefix.contains(where: { "/+#".contains($0) }) else {
            throw ValidationError("--prefix must make names of 1 to 128 bytes without control characters and / + #")
        }
    }

    func run() throws {
        let configuration = try options.load(overriding: broker.map { ["MQTT_BROKER_URL": $0] } ?? [:]).configuration
        let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
        let settings = try settings(seed: seed, topicFilter: configuration.mqtt.topics.first)
        warn(settings, limits: configuration)
        let manifest = try manifest.map { try ManifestFile($0) }
        var simulator = Simulator(settings)
        var display = SimulationDisplay(pictures: cameras * images, isShown: !json && isatty(STDERR_FILENO) != 0)
        do {
            let clientID = "thermo-simulate-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
            let publisher = try MosquittoChunkPublisher(to: configuration.mqtt, clientID: clientID, qos: qos)
            let taken: ((TakenPicture) throws -> Void)? = manifest.map { file in { try file.append($0) } }
            try simulator.run(on: publisher, taken: taken) { display.update($0) }
            try manifest?.flush()
        } catch {
            display.clear()
            StandardError.print("\(error)")
            throw ExitCode(error is SystemError ? EX_IOERR : EX_UNAVAILABLE)
        }
        display.clear()
        Swift.print(display.summary(of: simulator.tally, seed: seed, inJSON: json))
    }

    private func settings(seed: UInt64, topicFilter: String?) throws -> Simulator.Settings {
        var settings = Simulator.Settings()
        settings.plan.cameras = cameras
        settings.plan.images = images
        settings.plan.interval = interval.value
        settings.plan.drop = drop
        settings.plan.repeats = repeats
        settings.plan.still = still
        settings.plan.seed = seed
        settings.encoding = encoding
        settings.chunkSize = chunkSize.value
        settings.size = size.value
        settings.givesImageIDs = imageIds
        settings.prefix = prefix
        if let topicFilter { settings.topicFilter = topicFilter }
        settings.files = try file.map { path in
            guard let bytes = try? Data(contentsOf: URL(filePath: path)), !bytes.isEmpty else {
                StandardError.print("\(path): there is no such file, or nothing in it")
                throw ExitCode(EX_NOINPUT)
            }
            return Array(bytes)
        }
        return settings
    }

    /// Says beforehand what the gateway will refuse.
    private func warn(_ settings: Simulator.Settings, limits: Configuration) {
        let largest = settings.files.map(\.count).max() ?? settings.size
        let total = ChunkWriter(encoding: encoding, chunkSize: chunkSize.value).total(size: largest)
        let text = encoding == .parts ? Base64Encoder.length(of: chunkSize.value) : chunkSize.value
        if largest > limits.intake.maxImage {
            StandardError.print("note: pictures of \(largest) bytes pass intake.max_image (\(limits.intake.maxImage))")
        }
        if total > limits.intake.maxChunks {
            StandardError.print("note: \(total) chunks pass intake.max_chunks (\(limits.intake.maxChunks)); --chunk-size makes fewer")
        }
        if min(text, Base64Encoder.length(of: largest)) + 256 > limits.mqtt.maxMessage {
            StandardError.print("note: chunks of \(text) characters pass mqtt.max_message (\(limits.mqtt.maxMessage))")
        }
    }
}
