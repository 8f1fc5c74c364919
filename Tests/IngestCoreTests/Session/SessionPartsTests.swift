import Testing

@testable import IngestCore

@Suite("What a camera published last")
struct MessageHistoryTests {
    /// Hears messages and answers the places of the reading, `-` where there is none.
    private func hear(_ keys: [UInt64], in history: inout MessageHistory, tag: UInt16 = 1, capacity: Int = 8) -> String {
        keys.map { key in
            let hearing = history.hear(key)
            let message = CameraMemory.Message(key: key, tag: tag, fate: 0, packet: UInt16(truncatingIfNeeded: key))
            history.remember(message, isNews: hearing == .news, isStray: false, capacity: capacity)
            return history.reading.map { "\($0)" } ?? "-"
        }.joined(separator: " ")
    }

    private func keys(_ history: MessageHistory) -> [UInt64] {
        var keys: [UInt64] = []
        history.forEach { keys.append($0.key) }
        return keys
    }

    @Test("a retelling goes on where strays, or a smaller memory, have pushed what was told again out of it", arguments: 0...9, 1...4)
    func retellingOutOfReach(strays: Int, capacity: Int) {
        func message(_ key: UInt64) -> CameraMemory.Message {
            CameraMemory.Message(key: key, tag: 1, fate: MessageHistory.Fate.open.rawValue, packet: 0)
        }
        for step in 0..<4 {
            var history = MessageHistory()
            for key in UInt64(1)...4 {
                #expect(history.hear(key) == .news)
                history.remember(message(key), isNews: true, isStray: false, capacity: 4)
            }
            _ = history.hear(UInt64(1 + step))
            history.remember(message(UInt64(1 + step)), isNews: false, isStray: false, capacity: 4)
            for stray in 0..<UInt64(strays) {
                history.remember(message(10 + stray), isNews: true, isStray: true, capacity: 4)
                #expect(history.reading.map { (-1...history.end).contains($0) } ?? true)
            }
            history.limit(to: capacity)
            for place in 0...history.end { _ = history.isRetoldNext(after: place) }
            for key in UInt64(1)...20 {
                _ = history.hear(key)
                _ = history.hasToldAllButOne(orTwo: true)
                history.readAnew(key)
            }
        }
    }

    @Test("is known as far back as there is room")
    func bound() {
        var history = MessageHistory()
        _ = hear(Array(1...10), in: &history)
        #expect(!history.contains(1) && !history.contains(2) && history.contains(3) && history.contains(10))
        #expect(history.count == 8 && history.end == 10 && keys(history) == Array(3...10))
        #expect(history.last == 9)
    }

    @Test("is told once, however often it was told again")
    func retold() {
        var history = MessageHistory()
        _ = hear([1, 2, 3, 4, 5, 6], in: &history)
        #expect(hear([3, 4, 5, 6], in: &history) == "2 3 4 5")
        #expect(history.hasCaughtUp && history.pending.isEmpty)
        #expect(hear([4, 5, 2, 3, 4, 5, 6, 7], in: &history) == "3 4 1 2 3 4 5 -")
        #expect(keys(history) == [1, 2, 3, 4, 5, 6, 7])
    }

    @Test("has what only looked like the past as the news that it was")
    func notRetold() {
        var history = MessageHistory()
        _ = hear([1, 2, 3, 4], in: &history)
        #expect(hear([2, 5], in: &history) == "1 -")
        #expect(keys(history) == [1, 2, 3, 4, 2, 5])
        // A leap: 2 was no repetition, for 5 cannot follow it.
        #expect(hear([1, 4, 2, 5], in: &history) == "0 3 4 5")
        #expect(keys(history) == [1, 2, 3, 4, 2, 5, 1])
    }

    @Test("does not grow, whatever a camera says again")
    func endless() {
        var history = MessageHistory()
        _ = hear([1, 2, 3, 4], in: &history)
        for _ in 0..<1000 { _ = hear([1, 2, 1], in: &history) }
        #expect(history.pending.count <= 8)
        for _ in 0..<1000 { _ = hear([4], in: &history) }
        #expect(history.count <= 8 && history.pending.count <= 8)
    }

    @Test("knows what became of a message's capture")
    func fates() {
        var history = MessageHistory()
        _ = hear([1, 2], in: &history, tag: 5)
        #expect(history.tags(of: 1, but: nil, onlyStale: true) == [])
        history.settle(5, as: .superseded)
        #expect(history.tags(of: 1, but: nil, onlyStale: true) == [5] && !history.isOfFinished(1))
        _ = hear([1], in: &history, tag: 6)
        history.settle(6, as: .finished)
        #expect(history.isOfFinished(1) && history.tags(of: 1, but: 5, onlyStale: true) == [6])
        history.move([1], from: 6, to: 7)
        #expect(history.tags(of: 1, but: nil, onlyStale: true) == [5, 7])
    }

    @Test("tells chunks by number, total, id, shape and content")
    func keys() {
        func key(_ digest: UInt64 = 1, _ middle: Int = 1, _ index: Int = 1, _ total: Int = 2, _ id: UInt64 = 0) -> UInt64 {
            MessageHistory.key(digest: digest, shape: ChunkShape(middle: middle), index: index, total: total, idHash: id)
        }
        #expect(Set([key(), key(2), key(1, 2), key(1, 1, 0), key(1, 1, 1, 3), key(1, 1, 1, 2, 9)]).count == 6)
    }
}

@Suite("A clock of connected time")
struct ConnectedClockTests {
    @Test("stands while it is paused, however often that is said")
    func pauses() {
        let start = Instant(sinceBoot: .seconds(100))
        var clock = ConnectedClock()
        let ticks = clock.ticks(at: start)
        clock.pause(at: start)
        clock.pause(at: start + .seconds(5))
        #expect(clock.ticks(at: start + .seconds(9)) == ticks)
        #expect(clock.instant(of: ticks) == nil)
        clock.resume(at: start + .seconds(10))
        clock.resume(at: start + .seconds(11))
        #expect(clock.ticks(at: start + .seconds(12)) == ticks + 2_000_000_000)
        #expect(clock.instant(of: ticks) == start + .seconds(10))
    }
}

@Suite("A session's name")
struct SessionNameTests {
    @Test("is a random UUID of version 4 in lower case")
    func version4() {
        var random = Seeded(7)
        let names = (0..<100).map { _ in SessionName.make(using: &random) }
        #expect(Set(names).count == 100)
        #expect(names.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/) != nil })
    }

    @Test("and a camera's own hash to something else than none")
    func hash() {
        #expect(SessionName.hash("a") != SessionName.hash("b"))
        #expect(SessionName.hash("") != 0)
    }
}

@Suite("A checksum")
struct ChecksumTests {
    @Test("is the same from bytes and from hex")
    func forms() {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        #expect(Checksum(hex: Hex.lower(bytes)) == Checksum(bytes.span))
        #expect(Checksum(hex: "abc") == nil)
        #expect(Checksum(hex: String(repeating: "g", count: 64)) == nil)
    }
}

@Suite("The memory of finished pictures")
struct FinishedPicturesTests {
    @Test("forgets the oldest, and never mistakes another for it")
    func ring() {
        var finished = FinishedPictures(capacity: 3)
        let checksum = AssemblyBench.checksum([1])
        for number in 0..<5 {
            let position = finished.add(
                FinishedPictures.Entry(checksum: checksum, idHash: 0, completed: Int64(number), message: 0, previous: number - 1))
            #expect(position == number)
        }
        #expect(finished.entry(at: 1) == nil && finished.entry(at: -1) == nil && finished.entry(at: 5) == nil)
        #expect(finished.entry(at: 2)?.completed == 2 && finished.entry(at: 4)?.previous == 3)
    }
}

@Suite("The table of cameras")
struct CameraTableTests {
    @Test("finds the one heard least recently, and never answers for a forgotten one")
    func order() throws {
        var table = CameraTable()
        let records = try ["a", "b", "c"].map { table.add(try #require(CameraUID($0))) }
        table.heard(records[0])
        #expect(table.leastRecentlyHeard(idle: true) == records[1])
        #expect(table.leastRecentlyHeard(idle: true, but: records[1]) == records[2])
        let index = CameraIndex(record: records[1], generation: table[records[1]].generation)
        table.remember(CameraMemory.Message(key: 1, tag: 0, fate: 0), isNews: true, isStray: false, of: records[1], capacity: 4)
        #expect(table.remembered == 1)
        table.forget(records[1])
        #expect(!table.isKnown(index) && table.count == 2 && table.remembered == 0)
        #expect(table.add(try #require(CameraUID("d"))) == records[1])
        #expect(!table.isKnown(index))
    }
}
