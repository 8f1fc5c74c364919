import ArgumentParser
import Glibc
import Ingest
import IngestCore
import Platform

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
            let tally = SpoolTally("retried", in: store)
            if let entry = selection.entry {
                let place = try spool.find(entry, in: store)
                try place.area == .quarantine ? store.restore(place.name) : store.forgive(place.name)
                tally.done += 1
            } else {
                var progress = ProgressLine(isWanted: !spool.json)
                let pending = store.walk(.oldestFirst, unreadable: tally.unreadable)
                while pending.next(1).first != nil { tally.done += 1 }
                let walk = store.walk(.oldestFirst, in: .quarantine, unreadable: tally.unreadable)
                while let name = walk.next(1).first {
                    try tally.count(SpoolPlace(area: .quarantine, name: name)) { () throws(SpoolError) in try store.restore(name) }
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
            let tally = SpoolTally("exported", in: store)
            let place = all ? nil : try spool.find(arguments[0], in: store)
            try make(folder)
            if let place {
                try store.export(place, to: folder)
                tally.done += 1
            } else {
                var progress = ProgressLine(isWanted: !spool.json)
                let inspection = SpoolInspection(store) { error, _ in tally.unreadable(error) }
                for area in SpoolLayout.Area.allCases {
                    try inspection.each(in: area) { place, _ throws(SpoolError) in
                        try tally.count(place) { () throws(SpoolError) in try store.export(place, to: folder) }
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
            let tally = SpoolTally("removed", in: store)
            if let entry = selection.entry {
                try store.discard(try spool.find(entry, in: store))
                tally.done += 1
            } else {
                var progress = ProgressLine(isWanted: !spool.json)
                for area in SpoolLayout.Area.allCases {
                    let walk = store.walk(.oldestFirst, in: area, unreadable: tally.unreadable)
                    while let name = walk.next(1).first {
                        let place = SpoolPlace(area: area, name: name)
                        try tally.count(place) { () throws(SpoolError) in try store.discard(place) }
                        progress.show("\(tally.done) entries removed")
                    }
                }
                progress.clear()
            }
            store.finishRemovals()
            for error in store.takeRemovalErrors() { tally.unreadable(error) }
            if tally.done > 0 { try store.requestRecount() }
            try tally.end(inJSON: spool.json)
        }
    }
}

/// How many entries were dealt with, and which could not be.
private final class SpoolTally {
    private let deed: String
    private let root: String
    var done = 0
    private var left: [String] = []
    private var cannotBeRead = SpoolUnreadable()

    init(_ deed: String, in store: SpoolStore) {
        self.deed = deed
        root = store.layout.root
    }

    /// One that is gone meanwhile needs nothing; one that is damaged, or that cannot be read or changed, is passed over and told.
    func count(_ place: SpoolPlace, _ body: () throws(SpoolError) -> Void) throws(SpoolError) {
        do throws(SpoolError) {
            try body()
            done += 1
        } catch {
            switch error {
            case .gone: break
            case .damaged, .exists: left.append("\(error)")
            case .denied(let cause) where isOurs(cause), .failing(let cause) where isOurs(cause): cannotBeRead.note(cause, place)
            default: throw error
            }
        }
    }

    /// To be told of folders that cannot be read.
    func unreadable(_ error: SystemError) { cannotBeRead.note(error, nil) }

    /// Whether it is about a file of the spool's, and not where it was to be copied to.
    private func isOurs(_ error: SystemError) -> Bool { error.subject?.hasPrefix(root + "/") == true }

    func end(inJSON json: Bool) throws {
        let unreadable = cannotBeRead.items.count
        if json {
            print(JSONLine.of([deed: done, "left": left.count, "unreadable": unreadable]))
        } else {
            print("\(done) \(done == 1 ? "entry" : "entries") \(deed)")
        }
        for reason in left { StandardError.print(reason) }
        try cannotBeRead.end(isDamaged: !left.isEmpty)
    }
}
