import Testing

@testable import IngestCore

@Suite("The watch over the workers")
struct ProgressWatchTests {
    private func at(_ seconds: Int) -> Instant { Instant(sinceBoot: .seconds(1000 + seconds)) }
    private func watch() -> ProgressWatch { ProgressWatch(workers: ["intake", "upload", "record"], interval: .seconds(60), now: at(0)) }

    @Test("gives a sign only for a step of every worker since the last sign")
    func everyWorker() {
        var watch = watch()
        #expect(!watch.look(at: [0, 0, 0], now: at(1)).isSignDue)
        #expect(!watch.look(at: [1, 0, 1], now: at(2)).isSignDue)
        // They need not have moved in the same second.
        #expect(watch.look(at: [1, 1, 1], now: at(3)).isSignDue)
        #expect(!watch.look(at: [1, 1, 1], now: at(4)).isSignDue)
        #expect(!watch.look(at: [9, 9, 1], now: at(5)).isSignDue)
        #expect(watch.look(at: [9, 9, 2], now: at(6)).isSignDue)
    }

    @Test("never gives one by time alone, and names the stuck worker once, after half the interval")
    func stuck() {
        var watch = watch()
        var steps: UInt64 = 0
        var signs = 0
        var news: [ProgressWatch.News] = []
        for second in 1...200 {
            steps += 1
            let look = watch.look(at: [steps, min(steps, 10), steps], now: at(second))
            signs += look.isSignDue ? 1 : 0
            news += look.news
        }
        #expect(signs == 10)
        #expect(news == [.stuck("upload", for: .seconds(30))])
        let look = watch.look(at: [steps + 1, 11, steps + 1], now: at(201))
        #expect(look.isSignDue && look.news == [.moving("upload")])
    }

    @Test("blames no worker for the time in which the whole process or machine stood still")
    func heldUp() {
        var watch = watch()
        _ = watch.look(at: [1, 1, 1], now: at(1))
        #expect(watch.look(at: [1, 1, 1], now: at(4000)).news.isEmpty)
        #expect(watch.look(at: [2, 2, 2], now: at(4001)).isSignDue)
    }

    @Test("of no workers is content")
    func nobody() {
        var watch = ProgressWatch(workers: [], interval: nil, now: at(0))
        #expect(watch.look(at: [], now: at(1)).isSignDue)
        #expect(watch.patience == .seconds(30))
    }
}
