import IngestCore
import Testing

@Suite("The last hour in figures")
struct RateHistoryTests {
    private let start = Instant(sinceBoot: .seconds(1000))

    @Test("counts for each whole minute what came in it, and leaves out the one that runs")
    func minutes() {
        var history = RateHistory(start: start)
        for second in 0...150 {
            // One chunk a second, a picture every ten.
            history.note(.init(chunks: second, pictures: second / 10, stored: second / 20), at: start + .seconds(second))
        }
        #expect(history.past.map(\.chunks) == [60, 60] && history.past.map(\.pictures) == [6, 6] && history.past.map(\.stored) == [3, 3])
        #expect(history.totals == .init(chunks: 150, pictures: 15, stored: 7))
    }

    @Test("keeps sixty minutes, the newest last")
    func bounded() {
        var history = RateHistory(start: start)
        for minute in 1...100 { history.note(.init(incomplete: minute * (minute + 1) / 2), at: start + .seconds(60 * minute)) }
        #expect(history.past.map(\.incomplete) == Array(41...100))
    }

    @Test("shows minutes in which the machine slept as empty, be there thousands")
    func gaps() {
        var history = RateHistory(start: start)
        history.note(.init(chunks: 5), at: start + .seconds(30))
        history.note(.init(chunks: 7), at: start + .seconds(185))
        #expect(history.past.map(\.chunks) == [7, 0, 0])
        history.note(.init(chunks: 9), at: start + .seconds(86_400))
        #expect(history.past.count == 60 && history.past.allSatisfy { $0 == .init() })
    }
}
