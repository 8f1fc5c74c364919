import IngestCore
import Logging
import Platform

/// Counts what became of captures, and keeps it: in the journal at once, in the account's file hour by hour. Used by the intake thread
/// alone.
final class AccountBook {
    private(set) var account = Account()
    private var file: AccountFile
    private let log: Logger
    private var nextLook: Instant?
    private var hasBegun = false
    private var writing = LesserTrouble()

    init(_ path: String, files: any FileSystem, log: Logger) {
        file = AccountFile(path, files: files)
        self.log = log
    }

    /// What a replay found, less what the file has.
    func restore(_ found: Account) throws(SystemError) {
        account = found
        let lines = try file.read { !found.lacks($0) }.lines
        // Not to be taken out of the counts before the disk has them, whatever the process before came to.
        if !lines.isEmpty { try file.sync() }
        account.settle(with: lines)
    }

    func add(_ fate: Account.Fate, of camera: CameraUID, at moment: Timestamp) { account.add(fate, at: .init(moment, camera)) }

    /// Entries whose marks the account was asked about, and the journal's newest record then.
    private var answers: [(name: SpoolEntryName, sequence: UInt64)] = []

    /// Counts what left the spool, and forgets what has left no mark.
    func count(_ questions: EntryTallies.Questions, _ journal: Journal?, now: Instant) {
        account.forget(left: questions.forgotten)
        if let marks = questions.marks { account.forget(leftBut: marks) }
        for entry in questions.asked {
            let (end, key) = (entry.end, entry.key)
            let place = Account.Place(end.moment, end.camera)
            if account.leave(key, end.fate, at: place) { journal?.tally(end.fate, at: place, of: key, now: now) }
            answers.append((entry.name, journal?.sequence ?? 0))
        }
    }

    /// Entries whose counts are on the disk, as far as they are written there at all.
    func takeCounted(_ journal: Journal?) -> [SpoolEntryName] {
        let proven = journal?.proven ?? .max
        let count = answers.prefix { $0.sequence <= proven }.count
        defer { answers.removeFirst(count) }
        return answers.prefix(count).map(\.name)
    }

    /// Writes hours that are over to the file. Now and then, with nothing that cannot wait.
    /// - Parameter all: the present hour too, where no journal has it.
    func tend(_ journal: Journal?, now: Instant, wall: Timestamp, all: Bool = false) {
        guard all || nextLook.map({ $0 <= now }) ?? true, journal?.failure == nil else { return }
        nextLook = now + .seconds(10)
        let hour = Account.hour(of: wall)
        do throws(SystemError) {
            if !hasBegun {
                try file.begin(at: wall)
                hasBegun = true
            }
            let over = account.counts.filter { all || $0.key.hour != hour }
            guard !over.isEmpty else { return }
            // What the file has must be in the journal already, or a crash between the two would count it twice.
            if let journal, !journal.secure(now: now) { return }
            let generation = account.generation + 1
            let places = over.keys.sorted { ($0.hour, $0.camera.text) < ($1.hour, $1.camera.text) }
            try file.append(
                places.map { AccountLine(generation: generation, isJournaled: journal != nil, place: $0, counts: over[$0] ?? .init()) },
                now: wall)
            account.archived(generation: generation, but: all ? .max : hour)
            journal?.archived(generation, but: all ? .max : hour, now: now)
            writing.worked()
        } catch {
            writing.failed("The account of past hours cannot be written, and is tried again: \(error)", in: log)
        }
    }
}
