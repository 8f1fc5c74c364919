/// A line of the account's file: what was counted of one camera in one hour, or some of it; lines add up.
///
/// ```
/// <CRC-32 of what follows, 8 hex digits> <generation> j|n <hour> <camera uid, percent-encoded> <counts, with commas>
/// ```
/// `j`: the counts come from the journal, which has written down their generation; where it has not, because of a crash between the two,
/// it still has the counts themselves, and the line is not to be counted.
package struct AccountLine: Equatable, Sendable {
    package let generation: UInt64
    package let isJournaled: Bool
    package let place: Account.Place
    package let counts: Account.Counts

    package init(generation: UInt64, isJournaled: Bool, place: Account.Place, counts: Account.Counts) {
        self.generation = generation
        self.isJournaled = isJournaled
        self.place = place
        self.counts = counts
    }

    package func text<C: JournalChecksum>(_: C.Type) -> String {
        let counts = counts.values.map { String($0) }.joined(separator: ",")
        let body = "\(generation) \(isJournaled ? "j" : "n") \(place.hour) \(place.camera.encoded) \(counts)"
        return Self.sum(body, C.self) + " " + body + "\n"
    }

    /// Nil for a line that is damaged or torn.
    package init?<C: JournalChecksum>(_ line: some StringProtocol, _: C.Type) {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == Self.sum(parts[1...].joined(separator: " "), C.self), let generation = UInt64(parts[1]),
            let hour = Int64(parts[3]), let camera = PercentEncoding.decode(parts[4]).flatMap({ CameraUID($0) }),
            let counts = Account.Counts(parts[5].split(separator: ",").compactMap { Int($0) })
        else { return nil }
        self.init(generation: generation, isJournaled: parts[2] == "j", place: .init(hour: hour, camera: camera), counts: counts)
    }

    /// One line for both, of the same place. Neither is newer than what the journal knows of.
    package func adding(_ other: AccountLine) -> AccountLine {
        var counts = counts
        counts += other.counts
        return AccountLine(
            generation: max(generation, other.generation), isJournaled: isJournaled && other.isJournaled, place: place, counts: counts)
    }

    private static func sum<C: JournalChecksum>(_ text: String, _: C.Type) -> String {
        var sum = C()
        sum.update(Array(text.utf8).span)
        return Hex.lower((0..<4).map { UInt8(truncatingIfNeeded: sum.value >> UInt32(24 - 8 * $0)) })
    }
}
