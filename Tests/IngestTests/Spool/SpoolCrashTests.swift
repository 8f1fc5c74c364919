import Ingest
import IngestCore
import Platform
import TestFiles
import Testing

/// Random work on the spool with a crash in the middle of any file operation, against a model of what must be there after it.
@Suite("The spool over crashes")
struct SpoolCrashTests {
    /// Seeds that once found something are kept.
    @Test("loses no committed picture and delivers nothing half", arguments: 0..<UInt64(60))
    func crashes(seed: UInt64) throws {
        var run = Run(seed: seed)
        try run.prepare()
        for _ in 0..<60 { try run.step() }
        try run.check("at the end")
    }

    /// What is known of one picture.
    private enum Known: Equatable {
        /// Stored; the journal has let go of it.
        case pending
        case quarantined
        /// Removed, but perhaps not yet on the disk: it may come back, whole.
        case removed
        /// An operation was interrupted: it is in one of these places, whole, or gone where that is allowed.
        case doubtful(pending: Bool, quarantine: Bool, gone: Bool)
    }

    private struct Run {
        let seed: UInt64
        let files: ModelFiles
        var store: SpoolStore
        var random: SplitMix
        var known: [SpoolEntryName: Known] = [:]
        var contents: [SpoolEntryName: [UInt8]] = [:]
        /// Captures whose picture was not confirmed as stored.
        var journal: Set<SpoolEntryName> = []
        var next = 0

        init(seed: UInt64) {
            self.seed = seed
            files = ModelFiles(seed: seed &+ 1000)
            random = SplitMix(seed: seed)
            store = Self.open(files)
        }

        static func open(_ files: ModelFiles) -> SpoolStore {
            SpoolStore.forTests(files) { files.now + 60_000 }
        }

        mutating func prepare() throws { try store.prepare() }

        mutating func step() throws {
            if Int.random(in: 0..<3, using: &random) == 0 {
                files.crashAfter = files.operations + Int.random(in: 0..<25, using: &random)
            }
            do throws(SpoolError) {
                try work()
                // It may also have come in a step whose failure is of no consequence, such as taking an empty folder away.
                if !files.stopped { return }
            } catch {
                guard case .failing(let cause) = error, cause.code == ModelFiles.crashed else { throw error }
            }
            try recover()
        }

        mutating func work() throws(SpoolError) {
            switch Int.random(in: 0..<13, using: &random) {
            case 12: leaveSomething()
            case 0..<5: try storeOne()
            case 5, 6:
                guard let name = pick(.pending) else { return }
                var record = self.record(name)
                record.attempts = Int.random(in: 1..<9, using: &random)
                try store.update(name, record)
            case 7, 8:
                guard let name = pick(.pending) else { return }
                known[name] = .doubtful(pending: true, quarantine: false, gone: true)
                try store.remove(name, "jpg")
                known[name] = .removed
                if Bool.random(using: &random) { store.finishRemovals() }
            case 9:
                guard let name = pick(.pending) else { return }
                known[name] = .doubtful(pending: true, quarantine: true, gone: false)
                var record = self.record(name)
                record.lastError = "refused"
                try store.quarantine(name, record)
                known[name] = .quarantined
            case 10:
                guard let name = pick(.quarantined) else { return }
                known[name] = .doubtful(pending: true, quarantine: true, gone: false)
                try store.restore(name)
                known[name] = .pending
            default:
                store.finishRemovals()
                guard store.takeRemovalErrors().isEmpty else { return }
                for (name, state) in known where state == .removed {
                    known[name] = .doubtful(pending: false, quarantine: false, gone: true)
                }
            }
        }

        /// What people and other programs leave about, which nobody touches.
        mutating func leaveSomething() {
            next += 1
            let folder = "\(store.layout.folder(.pending))/2026-11-22"
            let path = [folder, "\(folder)/1\(next % 4)", store.layout.root].randomElement(using: &random)! + "/left-\(next)"
            if Bool.random(using: &random) {
                try? files.makePipe(path)
            } else {
                try? files.makeLink(path, to: [path, folder, "nowhere", store.layout.root].randomElement(using: &random)!)
            }
        }

        mutating func storeOne() throws(SpoolError) {
            // Sometimes one that was interrupted before, as the journal's replay would.
            let name: SpoolEntryName
            if let again = journal.sorted().randomElement(using: &random), Bool.random(using: &random) {
                name = again
            } else if let again = pick(.removed), Int.random(in: 0..<3, using: &random) > 0 {
                // Delivered and removed; but that it is done the crash has cost the journal.
                name = again
                journal.insert(name)
            } else {
                let bytes = (0..<Int.random(in: 1..<200, using: &random)).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ next) }
                next += 1
                name = SpoolEntryName(base: "20261122T\(10 + next % 4)3105.123Z~cam~i\(next)")!
                contents[name] = bytes
                journal.insert(name)
            }
            known[name] = .doubtful(pending: true, quarantine: false, gone: true)
            #expect(try store.store(record(name), contents[name]!) == name, "seed \(seed)")
            known[name] = .pending
            journal.remove(name)
        }

        func record(_ name: SpoolEntryName) -> SpoolRecord {
            testRecord(contents[name]!, camera: "cam", imageID: String(name.imageID), at: name.recordedAt.rfc3339)
        }

        mutating func pick(_ wanted: Known) -> SpoolEntryName? {
            known.filter { $0.value == wanted }.keys.sorted().randomElement(using: &random)
        }

        /// Starts anew, perhaps several times: the recovery may be interrupted too.
        mutating func recover() throws {
            while true {
                files.restart()
                if Int.random(in: 0..<3, using: &random) == 0 {
                    files.crashAfter = files.operations + Int.random(in: 0..<15, using: &random)
                }
                store = Self.open(files)
                do throws(SpoolError) {
                    try store.prepare()
                    let held = Set(journal.map { record($0).picture.sha256 })
                    let findings = store.scan(.checksums) { held.contains($0) }
                    for case .damaged(let name, let damage) in findings {
                        Issue.record("seed \(seed): \(name) looks damaged: \(damage), known as \(String(describing: known[name]))")
                    }
                    files.crashAfter = nil
                    if !files.stopped { break }
                } catch {
                    guard case .failing(let cause) = error, cause.code == ModelFiles.crashed else { throw error }
                }
            }
            try check("after a crash")
        }

        /// Compares what is there with what must or may be, and takes what is for what is known from now on.
        mutating func check(_ moment: String) throws {
            let pending = Set(store.all())
            let quarantined = Set(store.all(.quarantine))
            #expect(pending.union(quarantined).isSubset(of: known.keys), "seed \(seed) \(moment)")
            for (name, state) in known {
                let place = (pending: pending.contains(name), quarantine: quarantined.contains(name))
                let fits =
                    switch state {
                    case .pending: place == (true, false)
                    case .quarantined: place == (false, true)
                    case .removed: !place.quarantine
                    case .doubtful(let mayPend, let mayRest, let mayGo):
                        place == (true, false) && mayPend || place == (false, true) && mayRest || place == (false, false) && mayGo
                    }
                #expect(fits, "seed \(seed) \(moment): \(name) is \(state), found \(place)")
                if place.pending {
                    let entry = try store.verify(name)
                    #expect(try files.contents(of: entry.picturePath, limit: 9999) == contents[name], "seed \(seed) \(moment)")
                    known[name] = .pending
                } else if place.quarantine {
                    _ = try store.verify(name, in: .quarantine)
                    known[name] = .quarantined
                } else {
                    known[name] = nil
                }
                // Whole in the spool, so the journal may let go; were it gone, the journal must still have it.
                if place.pending || place.quarantine { journal.remove(name) }
            }
            #expect(store.usage.pending.entries == pending.count, "seed \(seed) \(moment)")
            #expect(store.usage.quarantine.entries == quarantined.count, "seed \(seed) \(moment)")
        }
    }
}
