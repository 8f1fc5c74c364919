import ArgumentParser
import Glibc
import Ingest
import IngestCore

struct SpoolListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the entries, oldest first, and pictures that have no record.")

    @OptionGroup var spool: SpoolOptions

    func run() throws {
        try spool.answeringErrors {
            let (store, _) = try spool.open()
            var count = 0
            if spool.json { print("[", terminator: "") }
            let unreadable = SpoolUnreadable()
            let inspection = SpoolInspection(store, unreadable: unreadable.note)
            for area in SpoolLayout.Area.allCases {
                try inspection.each(in: area) { place, _ throws(SpoolError) in
                    let report = try SpoolEntryReport(place, in: store)
                    list(report, &count)
                    if let error = report.unreadable { unreadable.note(error, place) }
                }
            }
            if spool.json { print(count == 0 ? "]" : "\n]") } else if count == 0 { print("The spool in \(store.layout.root) is empty") }
            try unreadable.end()
        }
    }

    private func list(_ report: SpoolEntryReport, _ count: inout Int) {
        if spool.json {
            print(count == 0 ? "\n" : ",\n", JSONLine.of(report), separator: "", terminator: "")
        } else {
            print(report.line)
        }
        count += 1
    }
}

struct SpoolShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Tells everything that is known of one entry.")

    @OptionGroup var spool: SpoolOptions

    @Argument(help: ArgumentHelp("File name, path, or image id.", valueName: "entry"), completion: .file())
    var entry: String

    func run() throws {
        try spool.answeringErrors {
            let (store, _) = try spool.open()
            let report = try SpoolEntryReport(try spool.find(entry, in: store), in: store)
            print(spool.json ? JSONLine.of(report, pretty: true) : report.lines)
        }
    }
}

struct SpoolVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads every entry and compares it with its checksum.",
        discussion: """
            Ends with 65 when entries are damaged, with 74 when none is but some cannot be read. --repair makes a lost or unreadable record anew from the picture and its name; the number \
            of chunks and the topic are guesses then.
            """
    )

    @OptionGroup var spool: SpoolOptions

    @Flag(help: "Make lost records anew.")
    var repair = false

    func run() throws {
        try spool.answeringErrors {
            let (store, configuration) = try spool.open(toChange: repair)
            let mender = repair ? try SpoolRepair(configuration) : nil
            let unreadable = SpoolUnreadable()
            let inspection = SpoolInspection(store, unreadable: unreadable.note)
            var progress = ProgressLine(isWanted: !spool.json)
            var report = SpoolVerifyReport()
            try inspection.run(progress: { count in progress.show("\(count) entries read") }) { finding throws(SpoolError) in
                let outcome = try mend(finding, with: mender, in: store)
                progress.clear()
                if !spool.json {
                    print("\(finding.place.area.rawValue)/\(finding.place.name): \(finding.damage)\(outcome.map { "; \($0.text)" } ?? "")")
                }
                report.add(finding, outcome)
            }
            progress.clear()
            report.entries = inspection.looked
            report.unreadable = unreadable.items
            let count = report.unreadable.isEmpty ? "" : ", \(report.unreadable.count) unreadable"
            print(
                spool.json
                    ? JSONLine.of(report, pretty: true)
                    : "\(report.entries) entries, \(report.damaged.count) damaged, \(report.repaired) repaired\(count)")
            try unreadable.end(isDamaged: report.damaged.count > report.repaired)
        }
    }

    private func mend(_ finding: SpoolInspection.Finding, with mender: SpoolRepair?, in store: SpoolStore) throws(SpoolError) -> Mending? {
        guard let mender else { return nil }
        guard !finding.isYoung else {
            let age = SpoolScan.youngest.components.seconds
            return .left("not repaired: it is younger than \(age) s and may still be being copied; run this again in \(age) seconds")
        }
        do throws(SpoolRepair.Obstacle) {
            _ = try mender.rebuild(finding.place, after: finding.damage, in: store)
            return .repaired(
                finding.place.area == .quarantine
                    ? "its record was made anew; `thermo-ingest spool retry` delivers it" : "its record was made anew")
        } catch {
            if case .disk(let error) = error { throw error }
            return .left("not repaired: \(error)")
        }
    }
}

private enum Mending {
    case repaired(String)
    case left(String)

    var text: String {
        switch self {
        case .repaired(let text), .left(let text): text
        }
    }
}

/// What `spool verify --json` answers.
private struct SpoolVerifyReport: Encodable {
    struct Damaged: Encodable {
        let entry, state, damage: String
        let repaired: Bool
        /// With --repair: what was done, or why nothing was.
        let note: String?
    }

    var entries = 0
    var repaired = 0
    var damaged: [Damaged] = []
    var unreadable: [SpoolUnreadable.Item] = []

    mutating func add(_ finding: SpoolInspection.Finding, _ outcome: Mending?) {
        var isRepaired = false
        if case .repaired = outcome { isRepaired = true }
        if isRepaired { repaired += 1 }
        damaged.append(
            Damaged(
                entry: finding.place.name.base, state: finding.place.area.rawValue, damage: finding.damage.description,
                repaired: isRepaired, note: outcome?.text
            )
        )
    }
}
