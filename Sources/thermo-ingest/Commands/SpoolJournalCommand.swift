import ArgumentParser
import Glibc
import Ingest
import IngestCore
import Platform

struct SpoolJournalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal",
        abstract: "Lists the captures whose chunks are in the journal, and nowhere else.",
        discussion: "Those that cameras are sending, or that were being sent or delivered when the gateway ended; it goes on with them."
    )

    @OptionGroup var spool: SpoolOptions

    func run() throws {
        let folder = try spool.open().store.layout.journal
        let captures: [JournalInspection.Capture]
        do throws(SystemError) {
            captures = try JournalInspection.captures(in: folder)
        } catch {
            StandardError.print("\(folder): the journal cannot be read: \(error)")
            throw ExitCode(EX_IOERR)
        }
        if spool.json { return print(JSONLine.of(captures.map(JournaledCaptureReport.init))) }
        for capture in captures { print(JournaledCaptureReport(capture).line) }
        if captures.isEmpty { print("The journal in \(folder) holds no capture") }
    }
}

/// A capture as `spool journal` tells of it; members are called as in `/images/{id}`.
private struct JournaledCaptureReport: Encodable {
    let camera, imageID: String
    let received, total: Int
    let missing: [Int]

    init(_ capture: JournalInspection.Capture) {
        camera = capture.camera.text
        imageID = capture.imageID
        received = capture.received
        total = capture.total
        missing = capture.missing
    }

    enum CodingKeys: String, CodingKey {
        case camera, received, total, missing
        case imageID = "image_id"
    }

    var line: String {
        let lack = missing.isEmpty ? "whole" : "lacks " + missing.prefix(20).map { "\($0)" }.joined(separator: ", ")
        return "\(camera)  \(imageID)  \(received) of \(total) chunks, \(lack)\(missing.count > 20 ? ", ..." : "")"
    }
}
