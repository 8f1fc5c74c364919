import Testing

@testable import IngestCore

@Suite("The watch over trouble")
struct TroubleWatchTests {
    private func at(_ seconds: Double) -> Instant { Instant(sinceBoot: .milliseconds(1_000_000 + Int((seconds * 1000).rounded()))) }
    private func failing(_ error: String, since: Double, relapses: Int = 0) -> TroubleWatch.News {
        TroubleWatch.News(trouble: TroubleWatch.Trouble(error: error, since: wall(since)), relapses: relapses)
    }
    private let well = TroubleWatch.News(trouble: nil, relapses: 0)
    private func wall(_ seconds: Double) -> Timestamp { Timestamp(milliseconds: 1_795_336_265_000 + Int64((seconds * 1000).rounded())) }

    @Test("tells an outage and its end at once, each of them once")
    func outage() {
        var watch = TroubleWatch()
        #expect(watch.worked(now: at(0)) == nil && watch.trouble == nil)
        #expect(watch.failed("refused", now: at(1), wall: wall(1)) == failing("refused", since: 1))
        for second in 2..<300 { #expect(watch.failed("refused", now: at(Double(second)), wall: wall(Double(second))) == nil) }
        #expect(watch.trouble == TroubleWatch.Trouble(error: "refused", since: wall(1)))
        #expect(watch.worked(now: at(300)) == well && watch.trouble == nil)
        for second in 301..<400 { #expect(watch.worked(now: at(Double(second))) == nil) }
        #expect(watch.failed("refused", now: at(400), wall: wall(400)) == failing("refused", since: 400))
        #expect(watch.trouble?.since == wall(400), "another period of trouble")
    }

    @Test("takes the start for trouble, but for no failure that was recovered from")
    func start() {
        var watch = TroubleWatch()
        watch.starts("not there yet", now: at(0), wall: wall(0))
        #expect(watch.trouble == TroubleWatch.Trouble(error: "not there yet", since: wall(0)))
        var other = watch
        #expect(other.failed("refused", now: at(1), wall: wall(1)) == failing("refused", since: 0), "it never came")
        #expect(watch.worked(now: at(1)) == well && watch.trouble == nil)
        #expect(watch.failed("refused", now: at(2), wall: wall(2)) == failing("refused", since: 2))
        #expect(watch.worked(now: at(3)) == well)
    }

    @Test("of what flaps tells a line a minute with the number in between, and lets its since stand")
    func flapping() {
        var watch = TroubleWatch()
        var lines: [TroubleWatch.News] = []
        for half in 0..<1200 {
            let now = Double(half) / 2
            let news = half.isMultiple(of: 2) ? watch.failed("full", now: at(now), wall: wall(now)) : watch.worked(now: at(now))
            if let news { lines.append(news) }
            if let trouble = watch.trouble { #expect(trouble.since == wall(0)) }
        }
        #expect(lines.prefix(2) == [failing("full", since: 0), well])
        #expect((10...12).contains(lines.count), "ten minutes: \(lines)")
        #expect(lines.map(\.relapses).reduce(0, +) >= 530, "\(lines)")
        #expect(lines[2].line("a is back").hasPrefix("a is back. It recovered and failed again \(lines[2].relapses) times since"))
        #expect(lines[0].line("minio is away: refused.") == "minio is away: refused.")
    }

    @Test("tells another kind of failure at once, and one that was told before no sooner than anything else")
    func kinds() {
        var watch = TroubleWatch()
        #expect(watch.failed("refused", kind: "retry", now: at(0), wall: wall(0)) == failing("refused", since: 0))
        #expect(watch.failed("denied", kind: "operator", now: at(1), wall: wall(1)) == failing("denied", since: 0))
        #expect(watch.failed("refused", kind: "retry", now: at(2), wall: wall(2)) == nil)
        #expect(watch.trouble == TroubleWatch.Trouble(error: "refused", since: wall(0)))
        #expect(watch.failed("refused", kind: "retry", now: at(62), wall: wall(62)) == failing("refused", since: 0))
    }

    @Test("brings out what was held back when it is due, without a call of either kind")
    func overdue() {
        var watch = TroubleWatch()
        _ = watch.failed("a", now: at(0), wall: wall(0))
        _ = watch.worked(now: at(1))
        #expect(watch.failed("b", now: at(2), wall: wall(2)) == nil && watch.overdue(now: at(60)) == nil)
        #expect(watch.overdue(now: at(61)) == failing("b", since: 0, relapses: 1))
        #expect(watch.worked(now: at(62)) == nil && watch.overdue(now: at(121)) == well)
        #expect(watch.overdue(now: at(500)) == nil)
    }

    /// Any order of failures and work at any pace, against what a reader of the log may expect.
    @Test("keeps its promises in every order of events", arguments: 0..<300 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var watch = TroubleWatch()
        var (milliseconds, now) = (0, 0.0)
        var failing = false
        var error = ""
        var since: Double?
        var wellAt = 0
        var lines: [(at: Double, news: TroubleWatch.News)] = []
        var (relapses, told) = (0, 0)
        for step in 0..<400 {
            // In whole milliseconds, so that a minute is one for both.
            let pause = [10, 500, 1000, 7000, 59_900, 60_000, 61_000, 200_000][Int(random.next() % 8)]
            milliseconds += seed.isMultiple(of: 2) ? pause / 10 : pause
            now = Double(milliseconds) / 1000
            let news: TroubleWatch.News?
            switch random.next() % 5 {
            case 0, 1:
                if !failing {
                    if since == nil || milliseconds - wellAt >= 60_000 { since = now } else { relapses += 1 }
                }
                failing = true
                error = "error \(step)"
                news = watch.failed(error, now: at(now), wall: wall(now))
            case 2, 3:
                if failing { wellAt = milliseconds }
                failing = false
                news = watch.worked(now: at(now))
            default: news = watch.overdue(now: at(now))
            }
            #expect(watch.trouble == (failing ? TroubleWatch.Trouble(error: error, since: wall(since ?? -1)) : nil), "step \(step)")
            guard let news else { continue }
            told += news.relapses
            #expect(news.trouble == watch.trouble, "step \(step)")
            lines.append((now, news))
        }
        for (index, line) in lines.enumerated() {
            let before = lines[..<index].filter { line.at - $0.at < 60 }
            #expect(before.count <= 3, "within a minute before \(line): \(before)")
        }
        for later in [1.0, 61] {
            guard let news = watch.overdue(now: at(now + later)) else { continue }
            told += news.relapses
            lines.append((now + later, news))
        }
        #expect((lines.last?.news.trouble != nil) == failing, "in the end the log says how it is")
        #expect(told <= relapses)
    }
}
