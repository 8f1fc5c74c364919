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
