/// What became of the captures that ended, counted by camera and hour.
///
/// ```
/// a capture ends ─► tally, written in the journal with its end ─► counts ─► once the hour is over: a line in the account's file
/// ```
/// A picture counts in the hour of the `recorded_at` that it was given when it was complete, whenever it is delivered; a capture that
/// was given up in the hour when that was done.
///
/// What stays simple because of what it refuses:
/// - A picture that went to the spool is counted for that once, and for nothing more when it is stored out of it: the spool's files tell
///   which still wait. Only what leaves the spool otherwise is counted again, under its entry's name: its mark in the spool stays until
///   that count is on the disk, and may be found once more.
/// - It names no picture: that would cost more than a few hundred bytes an hour.
package struct Account: Equatable, Sendable {
    /// The raw value is the place in `Counts`, in journal and file.
    package enum Fate: UInt8, CaseIterable, Sendable {
        case stored = 0
        /// By another gateway that heard it too.
        case storedElsewhere
        case repeated, spooled, dropped
        case superseded, timeout, evicted, tooLarge, base64
        /// It waited in the spool until it turned out to be stored, or was given up there.
        case repeatedFromSpool, droppedFromSpool

        package var isOfSpool: Bool { self == .repeatedFromSpool || self == .droppedFromSpool }

        package init(_ reason: Abandonment) {
            self =
                switch reason {
                case .superseded: .superseded
                case .timeout: .timeout
                case .evicted: .evicted
                case .tooLarge: .tooLarge
                case .base64: .base64
                }
        }
    }

    package struct Counts: Equatable, Sendable {
        package private(set) var values = [Int](repeating: 0, count: Fate.allCases.count)

        package init() {}

        /// Of the fates' number, none below zero; else nil.
        package init?(_ values: [Int]) {
            guard values.count == Fate.allCases.count, values.allSatisfy({ (0...1 << 40).contains($0) }) else { return nil }
            self.values = values
        }

        package subscript(_ fate: Fate) -> Int {
            get { values[Int(fate.rawValue)] }
            set { values[Int(fate.rawValue)] = max(0, newValue) }
        }

        package static func += (a: inout Counts, b: Counts) {
            for place in a.values.indices { a.values[place] += b.values[place] }
        }
    }

    package struct Place: Hashable, Sendable {
        /// Hours since 1970-01-01T00:00:00Z.
        package let hour: Int64
        package let camera: CameraUID

        package init(hour: Int64, camera: CameraUID) {
            self.hour = hour
            self.camera = camera
        }

        package init(_ moment: Timestamp, _ camera: CameraUID) { self.init(hour: Account.hour(of: moment), camera: camera) }
    }

    package static func hour(of moment: Timestamp) -> Int64 {
        let seconds = moment.unixSeconds
        return seconds >= 0 ? seconds / 3600 : (seconds - 3599) / 3600
    }

    /// As many as the gateway knows cameras; of more the counts of one hour go under one name.
    private static let most = 20_000
    package static let others = CameraUID("(others)")!

    package private(set) var counts: [Place: Counts] = [:]
    /// How often hours were written to the file.
    package private(set) var generation: UInt64 = 0
    /// The same as single counts know it.
    private var bases: [Place: UInt64] = [:]

    /// Entries that left the spool and are among the counts: their marks may be found again. By `key`.
    package private(set) var left: Set<UInt64> = []

    package init() {}

    /// Never 0, and small enough for a capture's number.
    package static func key(of entry: SpoolEntryName) -> UInt64 { max(1, SpoolPairing.hash(entry.base) >> 2) }

    /// An entry left the spool otherwise than by being stored. Counts once, however often it is told of.
    /// - Returns: whether it was news.
    @discardableResult
    package mutating func leave(_ key: UInt64, _ fate: Fate, at place: Place) -> Bool {
        guard left.insert(key).inserted else { return false }
        add(fate, at: place)
        return true
    }

    /// They are among the counts.
    package mutating func remember(left keys: [UInt64]) { left.formUnion(keys) }

    /// Their marks are gone.
    package mutating func forget(left keys: [UInt64]) { left.subtract(keys) }

    /// Only these have marks.
    package mutating func forget(leftBut keys: Set<UInt64>) { left.formIntersection(keys) }

    package mutating func add(_ fate: Fate, at place: Place) {
        let isFull = counts.count >= Self.most && counts[place] == nil
        counts[isFull ? Place(hour: place.hour, camera: Self.others) : place, default: Counts()][fate] += 1
    }

    /// - Parameter generation: lines of the file up to it are not in `value`.
    package mutating func set(_ place: Place, to value: Counts, generation: UInt64) {
        counts[place] = value
        bases[place] = generation
    }

    /// All hours but this one are in the file now.
    /// - Parameter hour: nil where the counts stay as they are.
    package mutating func archived(generation: UInt64, but hour: Int64?) {
        self.generation = max(self.generation, generation)
        guard let hour else { return }
        counts = counts.filter { $0.key.hour == hour }
        bases = bases.filter { $0.key.hour == hour }
    }

    /// There are no counts but of these.
    mutating func keep(_ places: Set<Place>) {
        counts = counts.filter { places.contains($0.key) }
        bases = bases.filter { places.contains($0.key) }
    }

    /// Whether what a line says is not among the counts. It is where a crash came between the file and the journal.
    package func lacks(_ line: AccountLine) -> Bool {
        !line.isJournaled || line.generation <= max(generation, bases[line.place] ?? 0)
    }

    /// Takes out of the counts what the file has too.
    package mutating func settle(with lines: [AccountLine]) {
        let known = self
        for line in lines where !known.lacks(line) {
            guard var counts = counts[line.place] else { continue }
            for fate in Fate.allCases { counts[fate] -= line.counts[fate] }
            set(line.place, to: counts, generation: line.generation)
        }
        generation = max(generation, lines.map(\.generation).max() ?? 0)
    }
}
