import ArgumentParser
import Ingest
import IngestCore

struct RebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Writes the rows that are missing for the objects in the bucket.",
        discussion: """
            What is there is left as it is, so it may be interrupted and run again, also beside a running gateway. Objects that no gateway \
            stored are listed and left alone. Ends with 0, 65 when there are such objects, 69 when bucket or table cannot be reached.
            """
    )

    @OptionGroup var options: ConfigOptions

    @OptionGroup var pictures: PictureScope

    @Flag(name: .customLong("dry-run"), help: "Write nothing, only tell what would be written.")
    var isDry = false

    @Flag(help: "Answer in JSON.")
    var json = false

    func run() throws {
        let settings = try options.load()
        var scope = TableRebuild.Scope()
        (scope.camera, scope.since) = (pictures.camera, pictures.since?.value)
        scope.isDry = isDry
        var progress = ProgressLine()
        var hasForeign = false
        do throws(TableRebuild.Failure) {
            let rebuild = try TableRebuild(settings.configuration, scope)
            if json { print("{\"foreign\":[", terminator: "") }
            try rebuild.run { key, why in
                if json {
                    print(hasForeign ? "," : "", JSONQuoting.quoted(key), separator: "", terminator: "")
                } else {
                    print("foreign: \(key): \(why)")
                }
                hasForeign = true
            } progress: { counts in
                progress.show("\(counts.objects) pictures in the bucket, \(counts.present) have rows, \(counts.written) written")
            }
            progress.clear()
            tell(rebuild.counts)
        } catch {
            progress.clear()
            if json { print("]}") }
            StandardError.print("\(error)")
            throw ExitCode(69)
        }
        if hasForeign { throw ExitCode(65) }
    }

    private func tell(_ counts: TableRebuild.Counts) {
        if json { return print("],\"objects\":\(counts.objects),\"present\":\(counts.present),\"written\":\(counts.written)}") }
        let done = isDry ? "would be written" : "written"
        print(
            "\(counts.objects) pictures in the bucket: \(counts.present) have rows, \(counts.written) \(done), \(counts.foreign) objects are foreign"
        )
    }
}
