import Clients
package import IngestCore
import Platform

/// Draws up the account: counts out of journal and file, what the spool holds, and what table and bucket say to it. Changes nothing, and
/// works beside a running gateway, whose newest counts may be some seconds away.
package struct AccountReport {
    package struct Scope: Sendable {
        package var camera: CameraUID?
        package var since: Timestamp?
        package var withBucket = false

        package init() {}
    }

    package struct Difference: Sendable {
        package let camera: String
        /// Nil where only a number differs.
        package let imageID: String?
        package let what: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        /// Of sysexits.
        package let code: Int32
    }

    private let configuration: Configuration
    private let scope: Scope
    /// The first hour.
    private let wanted: Int64
    /// Entries that left the spool and are counted, though their marks are there.
    private var left: Set<UInt64> = []
    private var sheets: [CameraUID: AccountSheet] = [:]
    /// From when on everything was counted; whole hours but for the first.
    package private(set) var since = Timestamp(milliseconds: 0)

    package init(_ configuration: Configuration, _ scope: Scope) {
        self.configuration = configuration
        self.scope = scope
        let now = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        wanted = AccountFile.beginning(for: scope.since.map { Account.hour(of: $0) } ?? .min, now: now)
    }

    package var cameras: [AccountSheet] { sheets.values.sorted { $0.camera.text < $1.camera.text } }

    /// Reads what this gateway keeps.
    package mutating func read() throws(Failure) {
        do throws(SystemError) { try readCounts() } catch { throw Failure(description: "\(error)", code: 74) }
        try readSpool()
    }

    private mutating func readCounts() throws(SystemError) {
        let layout = SpoolLayout(configuration.spool.directory)
        // The journal first: an hour that goes to the file meanwhile is told by its generation.
        var found = Account()
        var captures: [(camera: CameraUID, moment: Timestamp)] = []
        if configuration.journal.enabled {
            let findings = try JournalInspection.findings(in: layout.journal)
            found = findings.account
            left = found.left
            captures = findings.captures.map { ($0.camera, $0.picture?.0.picture.recordedAt ?? $0.arrived) }
        }
        let content = try AccountFile(layout.account, files: UntouchedFiles()).read { line in
            line.place.hour >= wanted && found.lacks(line)
        }
        let hours = Timestamp(milliseconds: max(wanted, 0) * 3_600_000)
        since = max(content.start ?? hours, hours)
        for line in content.lines { change(line.place.camera) { $0.counts += line.counts } }
        for (place, counts) in found.counts where place.hour >= wanted { change(place.camera) { $0.counts += counts } }
        for capture in captures where Account.hour(of: capture.moment) >= wanted { change(capture.camera) { $0.underWay += 1 } }
    }

    private mutating func readSpool() throws(Failure) {
        let store = SpoolStore.local(configuration.spool.directory)
        // An account that leaves pictures out would call them lost.
        var unreadable: SystemError?
        for area in SpoolLayout.Area.allCases {
            let walk = store.walk(.oldestFirst, in: area) { unreadable = $0 }
            while let name = walk.next(1).first {
                guard Account.hour(of: name.recordedAt) >= wanted else { continue }
                guard let camera = name.camera ?? (try? store.load(name, in: area).record.picture.camera) else { continue }
                change(camera) { area == .pending ? ($0.pending += 1) : ($0.quarantined += 1) }
            }
        }
        do throws(SpoolError) {
            try store.marked { [left, wanted] entry in
                guard !left.contains(entry.key), Account.hour(of: entry.end.moment) >= wanted else { return }
                change(entry.end.camera) { $0.counts[entry.end.fate] += 1 }
            }
        } catch { throw Failure(description: "\(error)", code: 74) }
        if let unreadable { throw Failure(description: "\(SpoolError(unreadable))", code: 74) }
    }

    private mutating func change(_ camera: CameraUID, _ body: (inout AccountSheet) -> Void) {
        guard scope.camera == nil || scope.camera == camera else { return }
        body(&sheets[camera, default: AccountSheet(camera)])
    }

    // MARK: - Table and bucket

    /// - Parameters:
    ///   - differs: given each difference.
    ///   - progress: called now and then with the number of pictures compared.
    package func reconcile(_ differs: (Difference) -> Void, progress: (Int) -> Void) throws(Failure) {
        var unexplained: [CameraUID: Int] = [:]
        if scope.withBucket {
            var scope = BucketComparison.Scope()
            (scope.camera, scope.since) = (self.scope.camera, since)
            let comparison = try BucketComparison(configuration, scope)
            try comparison.run { camera, difference in
                if difference.what.hasSuffix(BucketComparison.noRow), let camera { unexplained[camera, default: 0] += 1 }
                differs(difference)
            } progress: {
                progress($0)
            }
        }
        let rows: [CameraUID: (own: Int, all: Int)]
        do throws(RecordFailure) {
            var settings = try RecordStore.Settings(configuration)
            // It counts all rows of the time, by whatever plan.
            settings.timeout = .seconds(600)
            let table = RecordStore(settings)
            rows = try table.counts(since: since)
        } catch {
            throw Failure(description: error.description, code: 69)
        }
        for camera in Set(sheets.keys).union(rows.filter { $0.value.own > 0 }.keys).sorted(by: { $0.text < $1.text })
        where scope.camera == nil || scope.camera == camera {
            let found = rows[camera] ?? (0, 0)
            let missing = unexplained[camera] ?? 0
            guard let what = (sheets[camera] ?? AccountSheet(camera)).difference(own: found.own, all: found.all + missing) else { continue }
            differs(Difference(camera: camera.text, imageID: nil, what: what))
        }
    }
}
