import Foundation
import Platform
import Testing

@Suite("A monitor")
struct MonitorTests {
    @Test("can be looked at without waiting, and not while somebody has it")
    func free() {
        let monitor = Monitor(7)
        #expect(monitor.readIfFree { $0 } == 7)
        monitor.update { _ in #expect(monitor.readIfFree { $0 } == nil) }
        #expect(monitor.readIfFree { $0 } == 7)
    }

    @Test("gives each update the state to itself")
    func exclusion() throws {
        let count = Monitor(0)
        let threads = try (0..<4).map { number in
            try NamedThread("count-\(number)") {
                for _ in 0..<10_000 { count.update { $0 += 1 } }
            }
        }
        for thread in threads { thread.join() }
        #expect(count.read { $0 } == 40_000)
    }

    @Test("wakes who waits when an update brings what was waited for")
    func handOver() throws {
        let queue = Monitor([Int]())
        let doubled = Monitor([Int]())
        let worker = try NamedThread("doubler") {
            while let next = queue.wait(atMost: .seconds(20), until: { $0.isEmpty ? nil : $0.removeFirst() }), next >= 0 {
                doubled.update { $0.append(next * 2) }
            }
        }
        for number in 0..<100 { queue.update { $0.append(number) } }
        let answer = doubled.wait(atMost: .seconds(20)) { $0.count == 100 ? $0 : nil }
        queue.update { $0.append(-1) }
        worker.join()
        #expect(answer == (0..<100).map { $0 * 2 })
    }

    @Test("wakes everybody, not only the first")
    func everybody() throws {
        let gate = Monitor(false)
        let through = Monitor(0)
        let threads = try (0..<5).map { number in
            try NamedThread("waiter-\(number)") {
                if gate.wait(atMost: .seconds(20), until: { $0 ? true : nil }) == true { through.update { $0 += 1 } }
            }
        }
        gate.update { $0 = true }
        for thread in threads { thread.join() }
        #expect(through.read { $0 } == 5)
    }

    @Test("gives up waiting when the time is over, and not before", arguments: [0, 50, 1100])
    func timeout(milliseconds: Int) {
        let monitor = Monitor(0)
        let began = MonotonicClock.now()
        let answer: Int? = monitor.wait(atMost: .milliseconds(milliseconds)) { _ in nil }
        let waited = MonotonicClock.now() - began
        #expect(answer == nil)
        #expect(waited >= .milliseconds(milliseconds))
        #expect(waited < .milliseconds(milliseconds) + .seconds(10))
    }

    @Test("answers at once when there is nothing to wait for, however little time there is")
    func noWait() {
        let monitor = Monitor(7)
        #expect(monitor.wait(atMost: .seconds(-5)) { $0 } == 7)
        #expect(monitor.wait(atMost: .seconds(1 << 40)) { $0 } == 7)
    }

    @Test("leaves those asleep for whom an update brought nothing")
    func nobodyElse() throws {
        let monitor = Monitor((mine: 0, other: 0))
        let looks = Monitor(0)
        let waiter = try NamedThread("waiter") {
            let me = pthread_self()
            _ = monitor.wait(atMost: .seconds(20)) { state in
                if pthread_equal(pthread_self(), me) != 0 { looks.update { $0 += 1 } }
                return state.mine > 0 ? () : nil
            }
        }
        let lateLooks = Monitor(0)
        let late = try NamedThread("late") {
            _ = monitor.wait(atMost: .seconds(20), when: { $0.mine > 0 }) { state in
                lateLooks.update { $0 += 1 }
                return state.mine > 0 ? () : nil
            }
        }
        _ = looks.wait(atMost: .seconds(20)) { $0 > 0 ? () : nil }
        _ = lateLooks.wait(atMost: .seconds(20)) { $0 > 0 ? () : nil }
        for _ in 0..<1000 { monitor.update { $0.other += 1 } }
        monitor.update { $0.mine += 1 }
        waiter.join()
        late.join()
        #expect(looks.read { $0 } == 1, "the answer was found for it")
        #expect(lateLooks.read { $0 } == 2, "once before it slept, once when there was something")
    }

    @Test("gives who looks late all that came until then")
    func late() throws {
        let queue = Monitor([Int]())
        let taken = Monitor([[Int]]())
        let worker = try NamedThread("late") {
            while let all = queue.wait(
                atMost: .seconds(20), when: { !$0.isEmpty },
                until: { items -> [Int]? in
                    defer { items = [] }
                    return items.isEmpty ? nil : items
                }), all.last != -1
            {
                taken.update { $0.append(all) }
            }
        }
        for number in 0..<100 { queue.update { $0.append(number) } }
        let all = taken.wait(atMost: .seconds(20)) { $0.joined().count == 100 ? Array($0.joined()) : nil }
        queue.update { $0.append(-1) }
        worker.join()
        #expect(all == Array(0..<100))
    }

    @Test("gives one thing to one of those who wait for it, and lets the others wait on")
    func oneThing() throws {
        let queue = Monitor([Int]())
        let got = Monitor([Int]())
        let threads = try (0..<4).map { number in
            try NamedThread("taker-\(number)") {
                let item = queue.wait(atMost: .seconds(20), when: { !$0.isEmpty }, until: { $0.popLast() })
                if let item { got.update { $0.append(item) } }
            }
        }
        for number in 0..<4 {
            queue.update { $0.append(number) }
            _ = got.wait(atMost: .seconds(20)) { $0.count == number + 1 ? () : nil }
        }
        for thread in threads { thread.join() }
        #expect(got.read { $0 } == [0, 1, 2, 3])
    }

    @Test("wakes one for what another changed when it took its answer")
    func chain() throws {
        let monitor = Monitor((first: false, second: false))
        let isDone = Monitor(false)
        let last = try NamedThread("last") {
            if monitor.wait(atMost: .seconds(20), until: { $0.second ? () : nil }) != nil { isDone.update { $0 = true } }
        }
        let middle = try NamedThread("middle") {
            _ = monitor.wait(atMost: .seconds(20), when: { $0.first }) { state in
                guard state.first else { return nil as Bool? }
                state.second = true
                return true
            }
        }
        monitor.update { $0.first = true }
        #expect(isDone.wait(atMost: .seconds(20)) { $0 ? () : nil } != nil)
        middle.join()
        last.join()
    }

    @Test("looks once more when the time is over")
    func lastLook() {
        let monitor = Monitor(0)
        var looks = 0
        let answer = monitor.wait(atMost: .milliseconds(20), when: { _ in false }) { _ -> Int? in
            looks += 1
            return looks == 2 ? 7 : nil
        }
        #expect(answer == 7)
    }

    @Test("keeps what the waiter itself changes")
    func waiterChanges() {
        let monitor = Monitor([1, 2, 3])
        #expect(monitor.wait(atMost: .seconds(5)) { $0.popLast() } == 3)
        #expect(monitor.read { $0 } == [1, 2])
    }

    @Test("passes an error on and is free again after it")
    func errors() {
        let monitor = Monitor(1)
        #expect(throws: SystemError.self) {
            try monitor.update { (state: inout Int) throws(SystemError) in
                state = 2
                throw SystemError("open", ENOENT)
            }
        }
        #expect(monitor.read { $0 } == 2)
    }
}
