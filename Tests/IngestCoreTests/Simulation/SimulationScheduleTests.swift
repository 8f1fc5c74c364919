import Testing

@testable import IngestCore

@Suite("A simulation's schedule")
struct SimulationScheduleTests {
    private let start = Instant(sinceBoot: .seconds(1000))

    @Test("publishes every chunk of every picture once, in order")
    func everything() {
        let steps = all(plan(cameras: 3, images: 2, totals: [4]))
        for camera in 0..<3 {
            let sent = chunks(steps).filter { $0.camera == camera }
            #expect(sent.map(\.image) == [0, 0, 0, 0, 1, 1, 1, 1])
            #expect(sent.map(\.index) == [0, 1, 2, 3, 0, 1, 2, 3])
            #expect(sent.allSatisfy { $0.total == 4 && !$0.isRepeat })
        }
        #expect(steps.last == .finished)
    }

    @Test("lets cameras take turns, a chunk each")
    func turns() {
        let sent = chunks(all(plan(cameras: 3, images: 1, totals: [3])))
        #expect(sent.map(\.camera) == [0, 1, 2, 0, 1, 2, 0, 1, 2])
    }

    @Test("gives pictures their chunk counts in turn")
    func totals() {
        let sent = chunks(all(plan(cameras: 1, images: 4, totals: [1, 3])))
        #expect(sent.map(\.total) == [1, 3, 3, 3, 1, 3, 3, 3])
    }

    @Test("begins a camera's pictures one interval apart, and spreads the cameras over it")
    func interval() {
        var plan = plan(cameras: 2, images: 2, totals: [1])
        plan.interval = .seconds(10)
        var begun: [Duration] = []
        var schedule = SimulationSchedule(plan, now: start)
        var now = start
        loop: while true {
            switch schedule.next(now: now) {
            case .take: begun.append(now - start)
            case .wait(let until):
                #expect(until > now)
                now = until
            case .publish, .done: break
            case .finished: break loop
            }
        }
        #expect(begun == [.zero, .seconds(5), .seconds(10), .seconds(15)])
    }

    @Test("counts what it drops, and drops about as many as it was told")
    func drops() {
        var plan = plan(cameras: 4, images: 50, totals: [20])
        plan.drop = 0.1
        let steps = all(plan)
        let dropped = steps.reduce(0) { if case .done(_, _, let count) = $1 { $0 + count } else { $0 } }
        #expect(chunks(steps).count == 4000 - dropped)
        #expect((300...500).contains(dropped), "seed \(plan.seed)")
    }

    @Test("repeats chunks so that a whole picture can still be told from its neighbours")
    func repeats() {
        for seed in UInt64(0)..<50 {
            var plan = plan(cameras: 1, images: 40, totals: [5])
            plan.repeats = 0.3
            plan.seed = seed
            let sent = chunks(all(plan))
            #expect((20...100).contains(sent.count { $0.isRepeat }), "seed \(seed)")
            for image in 0..<40 {
                let own = sent.filter { $0.image == image }
                // First appearances rise, and chunk 0 never comes back once another has been sent.
                #expect(own.filter { !$0.isRepeat }.map(\.index) == [0, 1, 2, 3, 4], "seed \(seed)")
                for (position, chunk) in own.enumerated() where chunk.isRepeat {
                    #expect(own[..<position].contains { $0.index == chunk.index && !$0.isRepeat }, "seed \(seed)")
                    #expect(chunk.index != 0 || own[position - 1].index == 0, "seed \(seed)")
                }
            }
            // No chunk comes after a chunk of a later picture.
            #expect(sent.map(\.image) == sent.map(\.image).sorted(), "seed \(seed)")
        }
    }

    @Test("calls a picture still only when there is one before it")
    func still() {
        var plan = plan(cameras: 2, images: 3, totals: [1])
        plan.still = 1
        let taken: [Bool] = all(plan).compactMap { if case .take(_, _, let isStill) = $0 { isStill } else { nil } }
        #expect(taken.count { $0 } == 4)
        #expect(taken.count { !$0 } == 2)
    }

    @Test("is the same again under the same seed, and another under another")
    func seeds() {
        var plan = plan(cameras: 3, images: 10, totals: [7])
        plan.drop = 0.2
        plan.repeats = 0.2
        let first = all(plan)
        #expect(all(plan) == first)
        plan.seed = 2
        #expect(all(plan) != first)
    }

    @Test("is over at once when there is nothing to do")
    func nothing() {
        #expect(all(plan(cameras: 0, images: 5, totals: [1])) == [.finished])
        #expect(all(plan(cameras: 5, images: 0, totals: [1])) == [.finished])
    }

    private func plan(cameras: Int, images: Int, totals: [Int]) -> SimulationPlan {
        var plan = SimulationPlan()
        (plan.cameras, plan.images, plan.totals, plan.seed) = (cameras, images, totals, 1)
        return plan
    }

    private func all(_ plan: SimulationPlan) -> [SimulationSchedule.Step] {
        var schedule = SimulationSchedule(plan, now: start)
        var steps: [SimulationSchedule.Step] = []
        repeat { steps.append(schedule.next(now: start)) } while steps.last != .finished
        return steps
    }

    private func chunks(_ steps: [SimulationSchedule.Step]) -> [SimulationSchedule.Chunk] {
        steps.compactMap { if case .publish(let chunk) = $0 { chunk } else { nil } }
    }
}
