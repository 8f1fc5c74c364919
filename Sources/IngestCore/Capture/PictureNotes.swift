/// What is known of a picture beside its bytes and its name, for those who read its row. Fixed with the picture, so that whoever
/// delivers it, and whenever, says the same.
package struct PictureNotes: Equatable, Sendable {
    /// What the kernel said of this machine's clock.
    package enum Clock: String, Sendable { case synchronised, unsynchronised }

    /// A moment that no step of the clock can move: within one run of the machine.
    package struct BootMoment: Equatable, Sendable {
        /// The kernel's name for this run of the machine.
        package let boot: String
        /// Since its start.
        package let milliseconds: Int64

        package init(boot: String, milliseconds: Int64) {
            self.boot = boot
            self.milliseconds = milliseconds
        }
    }

    /// When the first chunk came.
    package var firstChunkAt: Timestamp?
    /// When the picture was complete.
    package var clock: Clock?
    /// The camera's own time.
    package var capturedAt: Timestamp?
    /// One JSON object (RFC 8259): members of the payload, as they came.
    package var camera: String?
    /// Whether the picture ends as its format says; nil where that cannot be told.
    package var intact: Bool?
    /// When the picture was complete, where `clock` was not synchronised.
    package var completed: BootMoment?
    /// What `recorded_at` should have been, where that became known while the picture waited.
    package var correctedAt: Timestamp?

    package init() {}
}

/// In one line of visible ASCII without spaces, for the journal and for other gateways.
extension PictureNotes {
    /// ```
    /// f<ms>;c<clock>;t<ms>;i<0 or 1>;b<ms>,<boot>;r<ms>;m<JSON, percent-encoded>
    ///   f first chunk  c clock  t captured  i intact  b completed  r corrected  m camera; each where it is known
    /// ```
    package var text: String {
        var fields: [String] = []
        if let firstChunkAt { fields.append("f\(firstChunkAt.milliseconds)") }
        if let clock { fields.append("c\(clock.rawValue)") }
        if let capturedAt { fields.append("t\(capturedAt.milliseconds)") }
        if let intact { fields.append("i\(intact ? 1 : 0)") }
        if let completed { fields.append("b\(completed.milliseconds),\(completed.boot)") }
        if let correctedAt { fields.append("r\(correctedAt.milliseconds)") }
        if let camera { fields.append("m" + PercentEncoding.encode(camera.utf8)) }
        return fields.joined(separator: ";")
    }

    /// Takes what it knows of a `text`; fields of later versions and damaged ones are passed over.
    package init(_ text: some StringProtocol) {
        for field in text.split(separator: ";") {
            let value = String(field.dropFirst())
            switch field.first {
            case "f": firstChunkAt = Timestamp(digits: value)
            case "c": clock = Clock(rawValue: value)
            case "t": capturedAt = Timestamp(digits: value)
            case "i": intact = value == "1"
            case "b":
                let parts = value.split(separator: ",", maxSplits: 1)
                guard parts.count == 2, let milliseconds = Int64(parts[0]) else { continue }
                completed = BootMoment(boot: String(parts[1]), milliseconds: milliseconds)
            case "r": correctedAt = Timestamp(digits: value)
            case "m": camera = PercentEncoding.decode(value)
            default: continue
            }
        }
    }

    /// As another gateway may know them: a moment of this machine means nothing there.
    package var shared: PictureNotes {
        var notes = self
        notes.completed = nil
        notes.correctedAt = nil
        return notes
    }
}

extension Timestamp {
    fileprivate init?(digits: String) {
        guard let milliseconds = Int64(digits), Timestamp.writable.contains(milliseconds) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Years 0 to 9999: others cannot be written as RFC 3339.
    static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
}
