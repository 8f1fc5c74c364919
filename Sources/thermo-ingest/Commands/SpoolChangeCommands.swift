import ArgumentParser
import Glibc
import Ingest
import IngestCore

struct SpoolRetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Has entries delivered again, as new; also out of quarantine.",
        discussion:
            "A running gateway tries at once, whatever it waits for; otherwise the next start does. Damaged entries stay where they are (65)."
    )

    @OptionGroup var spool: SpoolOptions
    @OptionGroup var selection: SpoolSelectionOptions

    func run() throws {
        try spool.answeringErrors {
            let (store, _) = try spool.open(toChange: true)
            var tally = SpoolTally("retried")
            if let entry = selection.entry {
                let place = try spool.find(entry, in: store)
                try place.area == .quarantine ? store.restore(place.name) : store.forgive(place.name)
                tally.done += 1
            } else {
                var progress = ProgressLine(isWanted: !spool.json)
                try store.eachName(in: .pending) { _ in tally.done += 1 }
                let walk = store.walk(.oldestFirst, in: .quarantine)
                while let name = try walk.next(1).first {
                    try tally.count(name) { () throws(SpoolError) in try store.restore(name) }
                    progress.show("\(tally.done) entries")
                }
                progress.clear()
            }
            if tally.done > 0 { try store.requestRetry() }
            try tally.end(inJSON: spool.json)
        }
    }
}

struct SpoolExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Copies entries, each with picture and record, into a folder.",
        usage: "thermo-ingest spool export ENTRY|--all FOLDER [--config FILE] [--json]"
    )

    @OptionGroup var spool: SpoolOptions

    @Argument(help: ArgumentHelp("The entry, unless --all is given, and the folder.", valueName: "entry> <folder"), completion: .file())
    var arguments: [String] = []

    @Flag(help: "Every entry, quarantine included.")
    var all = false

    func validate() throws {
        guard arguments.count == (all ? 1 : 2) else { throw ValidationError("give one ENTRY or --all, and a FOLDER") }
    }

    func run() throws {
        try spool.answeringErrors {
            let (store, _) = try spool.open()
            let folder = arguments[arguments.count - 1]
            var tally = SpoolTally("exported")
            let place = all ? nil : try spool.find(arguments[0], in: store)
            try make(folder)
            if let place {
                try store.export(place, to: folder)
                tally.done += 1
            } else {
                var progress = ProgressLine(isWanted: !spool.json)
                let inspection = SpoolInspection(store)
                for area in SpoolLayout.Area.allCases {
                    try inspection.each(in: area) { name throws(SpoolError) in
                        try tally.count(name) { () throws(SpoolError) in try store.export(SpoolPlace(area: area, name: name), to: folder) }
                        progress.show("\(tally.done) entries copied")
                    }
                }
                progress.clear()
            }
            try tally.end(inJSON: spool.json)
        }
    }

    private func make(_ folder: String) throws {
        guard unsafe mkdir(folder, 0o750) != 0, errno != EEXIST else { return }
        StandardError.print("\(folder): the folder cannot be made: \(unsafe String(cString: strerror(errno)))")
        throw ExitCode(EX_CANTCREAT)
    }
}

struct SpoolRemoveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Deletes entries for good, delivered or not.", discussion: "Does nothing without --yes."
    )

    @OptionGroup var spool: SpoolOptions
    @OptionGroup var selection: SpoolSelectionOptions

    @Flag(help: "Yes, delete undelivered pictures.")
    var yes = false

    func validate() throws {
        guard yes else { throw ValidationError("this deletes pictures that are stored nowhere else: add --yes if that is meant") }
    }

    func run() throws {
        try spool.answeringErrors {
            let (store, _) = try spool.open(toChange: true)
            var tally = SpoolTally("removed")
            if let entry = selection.entry {
                try store.discard(try spool.find(entry, in: store))
                tally.done += 1
            } else {
                var progress = ProgressLine(isWanted: !spool.json)
                for area in SpoolLayout.Area.allCases {
                    let walk = store.walk(.oldestFirst, in: area)
                    while let name = try walk.next(1).first {
                        try tally.count(name) { () throws(SpoolError) in try store.discard(SpoolPlace(area: area, name: name)) }
                        progress.show("\(tally.done) entries removed")
                    }
                }
                progress.clear()
            }
            try store.finishRemovals()
            if tally.done > 0 { try store.requestRecount() }
            try tally.end(inJSON: spool.json)
        }
    }
}

/// How many entries were dealt with, and which could not be.
private struct SpoolTally {
    private let deed: String
    var done = 0
    private var left: [String] = []

    init(_ deed: String) { self.deed = deed }

    /// One that is gone meanwhile needs nothing; a damaged one is passed over and told.
    mutating func count(_ name: SpoolEntryName, _ body: () throws(SpoolError) -> Void) throws(SpoolError) {
        do throws(SpoolError) {
            try body()
            done += 1
        } catch {
            switch error {
            case .gone: break
            case .damaged, .exists: left.append("\(error)")
            default: throw error
            }
        }
    }

    func end(inJSON json: Bool) throws {
        if json {
            print(JSONLine.of([deed: done, "left": left.count]))
        } else {
            print("\(done) \(done == 1 ? "entry" : "entries") \(deed)")
        }
        for reason in left { StandardError.print(reason) }
        if !left.isEmpty { throw ExitCode(EX_DATAERR) }
    }
}
