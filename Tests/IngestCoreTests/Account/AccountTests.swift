import Testing

@testable import IngestCore

@Suite("The account")
struct AccountTests {
    private let camera = CameraUID("Küche 2")!
    private let moment = Timestamp(milliseconds: 1_795_336_265_123)

    private func replay(_ records: JournalRecord...) -> Account {
        var replay = JournalReplay(ringCapacity: 1)
        for (number, record) in records.enumerated() {
            replay.add(record, JournalSequence(number: UInt64(number + 1)), at: JournalPlace(segment: 1, offset: number * 100, length: 50))
        }
        return replay.findings().account
    }

    private var place: Account.Place { Account.Place(moment, camera) }

    @Test("counts a capture when its end is written down, and not before")
    func ends() {
        let end = JournalRecord.ended(capture: 7, .released, camera: nil, tag: 0)
        #expect(replay(.tally(capture: 7, .stored, place), end).counts[place]?[.stored] == 1)
        let tally = JournalRecord.tally(capture: 7, .stored, place)
        #expect(replay(tally).counts[place] == nil, "it ends again")
        let clock = JournalRecord.clock(ticks: 0, nextCapture: 8)
        #expect(replay(tally, clock, end).counts[place] == nil, "a crash came between, and it ended otherwise")
        #expect(replay(tally, clock, tally, end).counts[place]?[.stored] == 1, "a crash came between, and it ended again")
        #expect(replay(.tally(capture: 7, .superseded, place), .state(capture: 7, CaptureState())).counts[place]?[.superseded] == 1)
        #expect(replay(tally, .state(capture: 6, CaptureState())).counts[place] == nil, "another capture's")
        #expect(replay(.tally(capture: 0, .droppedFromSpool, place)).counts[place]?[.droppedFromSpool] == 1)
    }

    @Test("counts once what was written twice, after a sync that failed", arguments: 0...3)
    func twice(lost: Int) {
        let records: [JournalRecord] = [
            .clock(ticks: 0, nextCapture: 8), .tally(capture: 7, .stored, place), .ended(capture: 7, .released, camera: nil, tag: 0),
            .tally(capture: 0, .droppedFromSpool, place),
        ]
        var replay = JournalReplay(ringCapacity: 1)
        // Of the first writing the disk has a part, of the second all.
        for (segment, part) in [(1, records.dropLast(lost)), (2, records[...])] {
            for (number, record) in part.enumerated() {
                let place = JournalPlace(segment: UInt64(segment), offset: number * 100, length: 50)
                replay.add(record, JournalSequence(number: UInt64(number + 1), unproven: number), at: place)
            }
        }
        let counts = replay.findings().account.counts[place]
        #expect(counts?[.stored] == 1 && counts?[.droppedFromSpool] == 1)
    }

    @Test("begins anew where an hour went to the file, and takes out what a crash left in both")
    func archive() {
        var counts = Account.Counts()
        counts[.stored] = 3
        let other = Account.Place(hour: place.hour + 1, camera: camera)
        var account = replay(
            .account(place, counts, generation: 4), .tally(capture: 0, .stored, other), .archived(generation: 5, but: other.hour),
            .tally(capture: 0, .repeated, other))
        #expect(account.counts[place] == nil && account.counts[other]?[.stored] == 1 && account.counts[other]?[.repeated] == 1)
        let line = AccountLine(generation: 5, isJournaled: true, place: place, counts: counts)
        #expect(account.lacks(line))
        // The file has generation 6, of which the journal knows nothing.
        let torn = AccountLine(generation: 6, isJournaled: true, place: other, counts: account.counts[other]!)
        #expect(!account.lacks(torn) && account.lacks(AccountLine(generation: 6, isJournaled: false, place: other, counts: counts)))
        account.settle(with: [torn])
        #expect(account.counts[other] == Account.Counts() && account.generation == 6 && account.lacks(torn))
    }

    @Test("has lines that are read back, and known for damaged or torn")
    func lines() {
        var counts = Account.Counts()
        for (number, fate) in Account.Fate.allCases.enumerated() { counts[fate] = number * 1000 }
        let line = AccountLine(generation: 9, isJournaled: true, place: place, counts: counts)
        let text = String(line.text(TestChecksum.self).dropLast())
        #expect(AccountLine(text, TestChecksum.self) == line && text.utf8.count < 120)
        for cut in 0..<text.utf8.count { #expect(AccountLine(text.prefix(cut), TestChecksum.self) == nil, "cut at \(cut)") }
        #expect(AccountLine(text.replacing("1000", with: "1001"), TestChecksum.self) == nil)
    }

    @Test("adds up for each camera, whatever is in the spool, and says what the table lacks")
    func sheet() {
        var sheet = AccountSheet(camera)
        sheet.counts[.stored] = 10
        sheet.counts[.spooled] = 7
        sheet.counts[.repeated] = 1
        sheet.counts[.repeatedFromSpool] = 1
        sheet.counts[.droppedFromSpool] = 1
        sheet.counts[.superseded] = 4
        (sheet.pending, sheet.quarantined, sheet.underWay) = (2, 1, 3)
        #expect(sheet.stored == 12 && sheet.repeated == 2 && sheet.dropped == 1 && sheet.refused == 1 && sheet.open == 5)
        #expect(sheet.began == 12 + 2 + 4 + 1 + 1 + 5 && sheet.began == 10 + 7 + 1 + 4 + 3)
        #expect(sheet.difference(own: 12, all: 12) == nil && sheet.difference(own: 5, all: 20) == nil)
        #expect(sheet.difference(own: 11, all: 11)?.contains("11 rows of the 12") == true)
        #expect(sheet.difference(own: 13, all: 13)?.contains("13 rows of this gateway, which stored 12") == true)
    }

    @Test("is bounded, however many cameras end captures in one hour")
    func bounds() {
        var account = Account()
        for number in 0..<30_000 { account.add(.stored, at: .init(hour: 1, camera: CameraUID("c\(number)")!)) }
        #expect(account.counts.count <= 20_001)
        #expect(account.counts.values.reduce(0) { $0 + $1[.stored] } == 30_000)
    }
}
