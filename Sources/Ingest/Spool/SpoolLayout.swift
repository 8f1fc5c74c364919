package import IngestCore

/// Where things lie under the spool's folder, and what they are called while they are being made, moved or removed.
///
/// ```
/// pending/2026-11-22/08/X.jpg, X.json       an entry
/// quarantine/2026-11-22/08/X.jpg, X.json    the same, with last_error; X.json.damaged is a record that could not be read
/// rejected/                                 refused payloads
/// journal/                                  the journal's
/// .broker-session                           what the gateway remembers of its session at the broker
/// .account  .clocks                         what became of captures; what time it was when
///
/// .X.jpg.tmp  .X.json.tmp  .X.jpg.moving.tmp    not yet synced: worth nothing
/// .X.jpg.removed                                entry X is removed, for it is stored; its picture may still be there
/// .X.jpg.repeated  .X.jpg.dropped               the same, for it was stored before or is given up; stays until that is counted
/// .X.jpg.moving                                 entry X goes to the other area, with this file as its record
/// ```
/// The extension in these marks is the picture's, or `json` where there is no picture.
package struct SpoolLayout: Sendable {
    package enum Area: String, CaseIterable, Sendable {
        case pending, quarantine
        var other: Area { self == .pending ? .quarantine : .pending }
    }

    /// A file inside an hour's folder, told by its name.
    enum Item: Equatable {
        case picture(SpoolEntryName, fileExtension: String)
        case record(SpoolEntryName)
        case temporary
        case removed(SpoolEntryName, fileExtension: String, SpoolDeparture)
        case moving(SpoolEntryName, fileExtension: String)
        /// Not ours: let alone.
        case foreign
    }

    static let pictureExtensions = Set(ContentType.allCases.map(\.fileExtension))

    package let root: String

    package init(_ root: String) { self.root = root }

    package func folder(_ area: Area) -> String { "\(root)/\(area.rawValue)" }
    package var rejected: String { "\(root)/rejected" }
    /// Made to have everything tried again at once; deleted by the gateway when it has seen it.
    package var retryRequest: String { "\(root)/.retry" }
    /// Made to have everything counted anew, by whoever added or removed entries; deleted like the other.
    package var recountRequest: String { "\(root)/.recount" }
    package var journal: String { "\(root)/journal" }
    /// See `SessionFile`.
    package var brokerSession: String { "\(root)/.broker-session" }
    /// What became of captures, hour by hour.
    var account: String { "\(root)/.account" }
    /// What time it was when, of runs of the machine that began without a clock.
    var clocks: String { "\(root)/.clocks" }

    package func folder(_ area: Area, _ name: SpoolEntryName) -> String { "\(folder(area))/\(name.folder)" }
    package func file(_ area: Area, _ name: SpoolEntryName, _ fileExtension: String) -> String {
        "\(folder(area, name))/\(name.file(fileExtension))"
    }
    package func record(_ area: Area, _ name: SpoolEntryName) -> String { file(area, name, SpoolEntryName.recordExtension) }

    func temporary(_ area: Area, _ name: SpoolEntryName, _ fileExtension: String) -> String {
        hidden(area, name, "\(fileExtension).tmp")
    }
    func removed(_ area: Area, _ name: SpoolEntryName, _ fileExtension: String, _ departure: SpoolDeparture) -> String {
        hidden(area, name, "\(fileExtension).\(departure.rawValue)")
    }
    func moving(_ area: Area, _ name: SpoolEntryName, _ fileExtension: String) -> String {
        hidden(area, name, "\(fileExtension).moving")
    }

    private func hidden(_ area: Area, _ name: SpoolEntryName, _ ending: String) -> String {
        "\(folder(area, name))/.\(name.file(ending))"
    }

    static func item(_ fileName: String) -> Item {
        guard fileName.utf8.first == UInt8(ascii: ".") else {
            guard let (name, fileExtension) = SpoolEntryName.parse(fileName: fileName[...]) else { return .foreign }
            if fileExtension == SpoolEntryName.recordExtension { return .record(name) }
            return pictureExtensions.contains(fileExtension) ? .picture(name, fileExtension: fileExtension) : .foreign
        }
        guard let dot = fileName.utf8.lastIndex(of: UInt8(ascii: ".")), dot != fileName.startIndex else { return .foreign }
        let ending = fileName[fileName.utf8.index(after: dot)...]
        let inner = fileName[fileName.utf8.index(after: fileName.startIndex)..<dot]
        if ending == "tmp" {
            let file = inner.hasSuffix(".moving") ? inner.dropLast(7) : inner
            return SpoolEntryName.parse(fileName: file) == nil ? .foreign : .temporary
        }
        guard let (name, fileExtension) = SpoolEntryName.parse(fileName: inner),
            fileExtension == SpoolEntryName.recordExtension || pictureExtensions.contains(fileExtension)
        else { return .foreign }
        if ending == "moving" { return .moving(name, fileExtension: fileExtension) }
        return SpoolDeparture(rawValue: String(ending)).map { .removed(name, fileExtension: fileExtension, $0) } ?? .foreign
    }
}
