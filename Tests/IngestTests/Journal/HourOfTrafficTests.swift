import IngestCore
import TestFiles
import Testing

@testable import Ingest

/// What an hour at the pace of a real site does to the card.
@Suite("An hour of ten cameras with a picture every ten seconds each")
struct HourOfTrafficTests {
    private static let cameras = 10, period = 10, chunks = 13
    /// Of a picture on such a site. Here they are smaller, for the time this takes: what is written of one while the stores are well
    /// does not grow with it.
    private static let usualSize = 100_000
    private static let size = 13 * 300

    /// The bytes, by the kernel's count, and the syncs of a time of traffic.
    private struct Cost {
        var bytes: Int, syncs: Int, pictures: Int
        var perPicture: Int { bytes / max(1, pictures) }
    }

    /// Cameras whose chunks come one after another, 30 ms apart, and whose pictures come when they come.
    private final class Site {
        let bench: JournalBench
        private(set) var published: [[UInt8]] = []
        private var lanes: [[JournalBench.Message]]
        private var next: [Double]
        private var forgotten = 0

        init(_ bench: JournalBench) {
            self.bench = bench
            lanes = Array(repeating: [], count: cameras)
            next = (0..<cameras).map { Double($0) * 0.93 }
        }

        /// - Returns: what it cost.
        func run(seconds: Int, turn: Double = 0.04) -> Cost {
            let (bytes, syncs, pictures) = (bench.files.writtenBytes, bench.files.syncs, published.count)
            let began = bench.now
            while case let passed = bench.now - began, passed < .seconds(seconds) {
                for camera in lanes.indices { publish(camera, passing: turn) }
                if !bench.turn(100) { Issue.record("not taken") }
                bench.line.expire(now: bench.now)
                forgotten = bench.forgetAcknowledged(from: forgotten)
            }
            return Cost(bytes: bench.files.writtenBytes - bytes, syncs: bench.files.syncs - syncs, pictures: published.count - pictures)
        }

        private func publish(_ camera: Int, passing seconds: Double) {
            next[camera] -= seconds
            if next[camera] <= 0 {
                next[camera] += Double(period)
                let picture = JournalBench.picture(published.count, size)
                published.append(picture)
                lanes[camera] += JournalBench.messages("cam\(camera)", picture, chunk: size / chunks)
            }
            if !lanes[camera].isEmpty { bench.queue.append(lanes[camera].removeFirst()) }
        }
    }

    private func site(isWithheld: Bool) throws -> Site {
        let bench = try JournalBench(seed: 12, isWithheld: isWithheld) {
            $0.journal.segment = 1 << 20
            $0.intake.pool = 8 << 20
        }
        bench.storesFail = false
        bench.policy.limits = .init(window: 256, hold: .seconds(2))
        bench.start()
        return Site(bench)
    }

    @Test("writes a tenth of the pictures' bytes at most, with one sync a picture; an outage in its middle costs that, and no picture")
    func needed() throws {
        let site = try site(isWithheld: true)
        let bench = site.bench
        let before = site.run(seconds: 1740)
        #expect(bench.line.writes == [:])
        bench.releases = false
        bench.policy.writesThrough = .store
        let during = site.run(seconds: 120)
        #expect((bench.line.writes[.store] ?? 0) >= during.pictures - Self.cameras && during.bytes > during.pictures * Self.size)
        bench.deliverAll()
        bench.releases = true
        bench.policy.writesThrough = nil
        let written = bench.line.writes
        let after = site.run(seconds: 1740)
        #expect(bench.line.writes == written, "back to writing nothing")
        for cost in [before, after] {
            #expect(cost.pictures >= 1730 && cost.perPicture * 10 <= Self.usualSize, "\(cost)")
            // A name is awaited by its upload, so it is synced at once, and with it the ends of before: what can wait does.
            #expect(cost.syncs * 5 <= cost.pictures * 6, "\(cost)")
        }
        try bench.runToEnd(batch: 100)
        #expect(bench.problems(published: site.published) == [])
    }

    @Test("is written whole, and more, where chunks are written as they come")
    func always() throws {
        let site = try site(isWithheld: false)
        let cost = site.run(seconds: 300)
        #expect(cost.bytes > cost.pictures * Self.size, "\(cost)")
        try site.bench.runToEnd(batch: 100)
        #expect(site.bench.problems(published: site.published) == [])
    }
}
