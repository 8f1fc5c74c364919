import ArgumentParser
import Glibc
import Ingest
import IngestCore
import Platform

struct SpoolCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "spool",
        abstract: "Looks after the pictures that could not be delivered yet.",
        discussion: """
            The spool is plain files, so all of this works beside a running gateway and without one. ENTRY is a file name, with or without \
            extension, a path, or an image id if only one entry has it.
            """,
        subcommands: [
            SpoolListCommand.self, SpoolShowCommand.self, SpoolVerifyCommand.self, SpoolRetryCommand.self, SpoolExportCommand.self,
            SpoolRemoveCommand.self, SpoolJournalCommand.self,
        ]
    )

    /// Alone it does nothing.
    func run() throws {
        StandardError.print(ThermoIngest.helpMessage(for: Self.self))
        throw ExitCode(EX_USAGE)
    }
}

/// What the spool's commands have in common.
struct SpoolOptions: ParsableArguments {
    @OptionGroup var options: ConfigOptions

    @Flag(help: "Answer in JSON.")
    var json = false

    /// - Parameter toChange: root becomes the spool's owner for it, or the gateway could not read what it finds afterwards.
    func open(toChange: Bool = false) throws -> (store: SpoolStore, configuration: Configuration) {
        let configuration = try options.load().configuration
        try mustBeFolder(configuration.spool.directory)
        if toChange, geteuid() == 0 { try becomeOwner(of: configuration.spool.directory) }
        return (.local(configuration.spool.directory), configuration)
    }

    /// One that is missing is an empty spool.
    private func mustBeFolder(_ path: String) throws {
        var status = stat()
        let isThere = unsafe stat(path, &status) == 0
        guard isThere ? status.st_mode & S_IFMT != S_IFDIR : errno == ENOTDIR else { return }
        let what = isThere ? "this is a file" : "a part of this path is a file"
        StandardError.print("\(path): \(what), and [spool] directory must be a folder. Move the file away, or correct [spool] directory")
        throw ExitCode(EX_CANTCREAT)
    }

    private func becomeOwner(of folder: String) throws {
        var status = stat()
        guard unsafe stat(folder, &status) == 0, status.st_uid != 0 else { return }
        guard setgroups(0, nil) == 0, setegid(status.st_gid) == 0, seteuid(status.st_uid) == 0 else {
            StandardError.print("\(folder): its owner's rights cannot be taken on: \(unsafe String(cString: strerror(errno)))")
            throw ExitCode(EX_NOPERM)
        }
    }

    /// Runs `body` and ends with the exit code that its error has in sysexits.h.
    func answeringErrors<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as SpoolError {
            StandardError.print("\(error)")
            throw ExitCode(error.exitCode)
        }
    }

    /// The one entry that `text` names; ends with 66 when there is none, with 64 when there are several.
    func find(_ text: String, in store: SpoolStore) throws -> SpoolPlace {
        let places = store.find(text) { StandardError.print("\($0); what is in there was not looked at") }
        if places.isEmpty {
            StandardError.print("\(text): there is no such entry in \(store.layout.root)")
            throw ExitCode(EX_NOINPUT)
        }
        guard places.count == 1 else {
            StandardError.print("\(text): \(places.count) entries may be meant; name one of them:")
            for place in places { StandardError.print("  \(place.area.rawValue)/\(place.name)") }
            throw ExitCode(EX_USAGE)
        }
        return places[0]
    }
}

/// What cannot be read of the spool, while a command goes through all of it: named, each once, and no end to the rest.
final class SpoolUnreadable {
    struct Item: Encodable {
        /// Nil for a folder, of whose entries nothing is known.
        let entry, state: String?
        let error: String
    }

    private(set) var items: [Item] = []

    /// To be given to whatever goes through the spool.
    func note(_ error: SystemError, _ place: SpoolPlace?) { note("\(error)", place) }

    func note(_ error: String, _ place: SpoolPlace?) {
        items.append(Item(entry: place?.name.base, state: place?.area.rawValue, error: error))
    }

    /// Names them on standard error and ends with 74, if there are any; where `isDamaged`, with 65.
    func end(isDamaged: Bool = false) throws {
        for item in items {
            let name = item.entry.map { "\(item.state ?? "")/\($0)" } ?? "a folder of the spool, and all that is in it"
            StandardError.print("\(name): cannot be read: \(item.error)")
        }
        if isDamaged { throw ExitCode(EX_DATAERR) }
        if !items.isEmpty { throw ExitCode(EX_IOERR) }
    }
}

/// `ENTRY|--all`
struct SpoolSelectionOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("File name, path, or image id.", valueName: "entry"), completion: .file())
    var entry: String?

    @Flag(help: "Every entry.")
    var all = false

    func validate() throws {
        guard (entry != nil) != all else { throw ValidationError("name one ENTRY, or give --all") }
    }
}

extension SpoolError {
    var exitCode: Int32 {
        switch self {
        case .gone: EX_NOINPUT
        case .damaged: EX_DATAERR
        case .full, .readOnly, .exists: EX_CANTCREAT
        case .denied, .failing: EX_IOERR
        }
    }
}
