import Clients
import IngestCore
import Platform

// What keeps old segments from going, and the journal from shrinking.
extension Journal {
    /// Copies what is needed of an old segment to the end of the journal. What cannot be read there costs its captures only: the others
    /// and the writing go on.
    func carry(_ segment: UInt64, now: Instant) throws(JournalFailure) {
        var places: [JournalPlace: JournalPlace] = [:]
        for place in ledger.needed(of: segment) {
            let length: Int
            do throws(SystemError) { length = try load(place) } catch {
                // A sector that cannot be read is damage like any other. What else keeps a file from being read may pass.
                guard error.code == DiskCode.inputOutput else {
                    readFailure = error
                    carryAgain = now + .seconds(600)
                    break
                }
                lose(place)
                continue
            }
            let bytes = readers.bytes
            let record = bytes.span.extracting(0..<length)
            guard length == Int(place.length), let salt = salts[segment],
                case .record = JournalScanner(salt: salt).next(in: record, at: 0, left: length, CRC32.self)
            else {
                lose(place)
                continue
            }
            places[place] = self.place(buffer.carry(record, CRC32.self), now: now)
            guard buffer.count >= Self.batch else { continue }
            try commit(now: now)
            ledger.moved(places)
            places = [:]
        }
        // Until the copies are on the disk, the segment is needed: where they cannot be written now, it is carried again.
        try commit(now: now)
        ledger.moved(places)
    }

    /// Its capture will be found damaged when it is whole; there is nothing to carry.
    private func lose(_ place: JournalPlace) {
        figures.damaged += 1
        ledger.lost(place)
    }
}
