import Testing

@testable import IngestCore

@Suite("A ring of arrivals")
struct ArrivalRingTests {
    @Test("knows the last messages and forgets the ones before")
    func bound() {
        var ring = ArrivalRing()
        for key in UInt64(1)...10 { ring.push(key, tag: 1, capacity: 8) }
        #expect(!ring.contains(1) && !ring.contains(2) && ring.contains(3) && ring.contains(10))
        #expect(ring.count == 8)
        #expect(ring.ages(of: 10, packet: 0) == [1] && ring.ages(of: 3, packet: 0) == [8])
        #expect(ring.holds(10, packet: 0, age: 1) && ring.holds(3, packet: 0, age: 8) && !ring.holds(2, packet: 0, age: 9))
        var keys: [UInt64] = []
        ring.forEach { key, _, _, _ in keys.append(key) }
        #expect(keys == Array(3...10))
    }

    @Test("knows what became of a message's capture")
    func fates() {
        var ring = ArrivalRing()
        ring.push(1, tag: 5, capacity: 8)
        ring.push(1, tag: 6, capacity: 8)
        #expect(!ring.isStale(1))
        ring.settle(5, as: .superseded)
        #expect(ring.isStale(1) && !ring.isOfFinished(1) && ring.staleTags(of: 1) == [5])
        ring.settle(6, as: .finished)
        #expect(ring.isOfFinished(1) && ring.staleTags(of: 1) == [5, 6])
        ring.move([1], from: 6, to: 7)
        #expect(ring.staleTags(of: 1) == [5, 7])
        #expect(ring.contains(5, before: 1) && !ring.contains(7, before: 1))
    }

    @Test("tells chunks by number, total, id, shape and content")
    func keys() {
        func key(_ digest: UInt64 = 1, _ middle: Int = 1, _ index: Int = 1, _ total: Int = 2, _ id: UInt64 = 0) -> UInt64 {
            ArrivalRing.key(digest: digest, shape: ChunkShape(middle: middle), index: index, total: total, idHash: id)
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
        #expect(table.leastRecentlyHeard(idle: true, but: -1) == records[1])
        #expect(table.leastRecentlyHeard(idle: true, but: records[1]) == records[2])
        let index = CameraIndex(record: records[1], generation: table[records[1]].generation)
        table.remember(CameraMemory.Message(key: 1, tag: 0, fate: 0), fate: .open, of: records[1], capacity: 4)
        #expect(table.remembered == 1)
        table.forget(records[1])
        #expect(!table.isKnown(index) && table.count == 2 && table.remembered == 0)
        #expect(table.add(try #require(CameraUID("d"))) == records[1])
        #expect(!table.isKnown(index))
    }
}
