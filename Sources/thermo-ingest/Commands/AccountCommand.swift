import ArgumentParser
import Ingest
import IngestCore

struct AccountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Tells what became of every capture that this gateway heard, and whether the table agrees.",
        discussion: """
            For each camera: captures that began = stored + repeated + given up + dropped + refused by a store + open, from counts that \
            survive kills and power cuts, by the hour (--since means the whole of its first one), for 400 days. Ends with 0, 65 when the table (or, with --bucket, the bucket) says \
            otherwise, 69 when it cannot be asked, 74 when the gateway's own files cannot be read.
            """
    )

    @OptionGroup var options: ConfigOptions

    @OptionGroup var pictures: PictureScope

    @Flag(help: "Compare the bucket's objects with the table's rows too, one by one.")
    var bucket = false

    @Flag(help: "Answer in JSON.")
    var json = false

    func run() throws {
        let settings = try options.load()
        var scope = AccountReport.Scope()
        (scope.camera, scope.since) = (pictures.camera, pictures.since?.value)
        scope.withBucket = bucket
        var report = AccountReport(settings.configuration, scope)
        var progress = ProgressLine()
        var differences = 0
        do throws(AccountReport.Failure) {
            try report.read()
            if json {
                print(
                    "{\"cameras\":[" + report.cameras.map { JSONLine.of(Sheet($0)) }.joined(separator: ",") + "],\"differences\":[",
                    terminator: "")
            } else {
                for sheet in report.cameras { print(line(sheet)) }
                if report.cameras.isEmpty { print("No capture has been counted since \(report.since.rfc3339)") }
            }
            try report.reconcile { difference in
                progress.clear()
                if json {
                    let entry = Entry(camera: difference.camera, imageID: difference.imageID, what: difference.what)
                    print(differences > 0 ? "," : "", JSONLine.of(entry), separator: "", terminator: "")
                } else {
                    print("differs: camera \(difference.camera)\(difference.imageID.map { ", image \($0)" } ?? ""): \(difference.what)")
                }
                differences += 1
            } progress: { count in
                progress.show("\(count) pictures compared")
            }
            progress.clear()
            if json {
                print("]}")
            } else if differences == 0 {
                print("Table\(bucket ? " and bucket agree" : " agrees") with it, from \(report.since.rfc3339) on")
            }
        } catch {
            progress.clear()
            if json { print("]}") }
            StandardError.print("\(error)")
            throw ExitCode(error.code)
        }
        if differences > 0 { throw ExitCode(65) }
    }

    private func line(_ sheet: AccountSheet) -> String {
        let givenUp = sheet.givenUp.filter { $0.count > 0 }.map { "\($0.count) \($0.reason.rawValue)" }.joined(separator: ", ")
        return "\(sheet.camera): \(sheet.began) began = \(sheet.stored) stored + \(sheet.repeated) repeated + "
            + "\(sheet.givenUp.reduce(0) { $0 + $1.count }) given up\(givenUp.isEmpty ? "" : " (\(givenUp))") + \(sheet.dropped) dropped + "
            + "\(sheet.refused) refused + \(sheet.open) open"
    }

    private struct Sheet: Encodable {
        let camera: String
        let began, stored, repeated, dropped, refused, open: Int
        let given_up: [String: Int]

        init(_ sheet: AccountSheet) {
            camera = sheet.camera.text
            (began, stored, repeated) = (sheet.began, sheet.stored, sheet.repeated)
            (dropped, refused, open) = (sheet.dropped, sheet.refused, sheet.open)
            given_up = Dictionary(uniqueKeysWithValues: sheet.givenUp.map { ($0.reason.rawValue, $0.count) })
        }
    }

    private struct Entry: Encodable {
        let camera: String
        let imageID: String?
        let what: String

        enum CodingKeys: String, CodingKey {
            case camera, what
            case imageID = "image_id"
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(camera, forKey: .camera)
            // Null where only a number differs, so that the form never changes.
            try members.encode(imageID, forKey: .imageID)
            try members.encode(what, forKey: .what)
        }
    }
}
