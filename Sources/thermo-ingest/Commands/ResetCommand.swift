import ArgumentParser
import FoundationEssentials
import Ingest
import IngestCore

struct ResetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forgets in Redis that a capture was stored, so that it is stored again when the camera sends it again.",
        discussion: "It ends in the same row and the same object. Ends with 0, 69 when Redis cannot be reached, 78 when none is configured."
    )

    @OptionGroup var options: ConfigOptions

    @Argument(help: ArgumentHelp("The capture's image id.", valueName: "image-id"))
    var imageID: String

    @Option(help: ArgumentHelp("Only this camera's capture of that id.", valueName: "uid"))
    var camera: CameraUID?

    @Flag(help: "Answer in JSON.")
    var json = false

    func validate() throws {
        if imageID.isEmpty { throw ValidationError("The image id is empty.") }
    }

    func run() throws {
        let settings = try options.load()
        guard let redis = settings.configuration.redis else {
            StandardError.print("No Redis is configured: add a [redis] section, or set REDIS_HOST")
            throw ExitCode(78)
        }
        do throws(CaptureReset.Failure) {
            tell(try CaptureReset.run(imageID, camera: camera, in: redis))
        } catch {
            StandardError.print("\(error)")
            throw ExitCode(69)
        }
    }

    private func tell(_ removed: CaptureReset.Removed) {
        if json { return Swift.print(Answer(image_id: imageID, camera: camera?.text, keys: removed.keys, lines: removed.lines).text) }
        if removed.isNothing { return Swift.print("Redis knows nothing of image \(imageID)" + (camera.map { " of camera \($0)" } ?? "")) }
        for key in removed.keys { Swift.print("deleted \(key)") }
        if removed.lines > 0 { Swift.print("deleted the line of camera \(camera?.text ?? "") in processed:\(imageID)") }
    }

    private struct Answer: Encodable {
        let image_id: String
        let camera: String?
        let keys: [String]
        let lines: Int

        var text: String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
        }
    }
}
