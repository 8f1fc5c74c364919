import Testing

@testable import Clients

@Suite("An HTTP server's connections")
struct ConnectionTableTests {
    private func second(_ number: Double) -> Duration { .seconds(number) }

    private func full(_ count: CInt = 4, budget: Int = 1000) -> ConnectionTable {
        var table = ConnectionTable(limit: 4, budget: budget)
        for number in 0..<count { table.began(number, now: second(Double(number))) }
        return table
    }

    @Test("stay while there is room for them")
    func room() {
        var table = full()
        #expect(table.evict() == nil)
    }

    @Test("go when there are too many, whoever was waited for longest first, and each once")
    func longest() {
        var table = full(6)
        table.asks(0, now: second(7))
        #expect(table.evict() == 1)
        #expect(table.evict() == 2)
        #expect(table.evict() == nil)
        table.ended(1)
        table.ended(2)
        table.began(1, now: second(8))
        #expect(table.evict() == 3)
    }

    @Test("get a second more to read an answer than to ask for one, and as long as it takes while the gateway works for them")
    func states() {
        var table = full(5)
        table.reads(0, bytes: 10, now: second(0.5))
        table.waits(1, now: second(0.6))
        #expect(table.evict() == 0)
        table.began(5, now: second(5))
        #expect(table.evict() == 2)
        table.began(6, now: second(6))
        table.began(7, now: second(7))
        #expect(table.evict() == 3)
        #expect(table.evict() == 4)
    }

    @Test("never go as soon as they have come")
    func newest() {
        var table = full()
        for number in 0..<4 as Range<CInt> { table.waits(number, now: second(4)) }
        table.began(4, now: second(5))
        #expect(table.evict() == nil)
    }

    @Test("go, those that do not read their answers, when these fill the memory for them")
    func memory() {
        var table = full(3, budget: 100)
        table.reads(1, bytes: 60, now: second(3))
        table.reads(0, bytes: 60, now: second(4))
        #expect(table.evict() == 1)
        #expect(table.evict() == nil)
    }
}
