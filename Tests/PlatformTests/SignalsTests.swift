import Glibc
import Testing

@testable import Platform

@Suite("Signals")
struct SignalsTests {
    /// Signals are blocked thread by thread, so the test has a thread of its own and signals only that.
    @Test("arrive as events, and a waker ends the wait for them")
    func events() throws {
        let seen = Monitor<[Signals.Event?]>([])
        let waker = try Waker()
        let thread = try NamedThread("signals") {
            guard var signals = try? Signals() else { return }
            pthread_kill(pthread_self(), SIGHUP)
            let first = signals.wait(atMost: .seconds(5))
            pthread_kill(pthread_self(), SIGTERM)
            let second = signals.wait(atMost: .seconds(5))
            waker.wake()
            let third = signals.wait(atMost: .seconds(30), or: waker)
            let fourth = signals.wait(atMost: .milliseconds(1), or: waker)
            seen.update { $0 = [first, second, third, fourth] }
        }
        thread.join()
        #expect(seen.read { $0 } == [.hangUp, .terminate, nil, nil])
    }
}

@Suite("The process status")
struct ProcessStatusTests {
    @Test("is read as the kernel writes it")
    func parsed() {
        let status = ProcessStatus(parsing: "Name:\tx\nVmHWM:\t    2100 kB\nVmRSS:\t    2048 kB\nRssAnon:\t     512 kB\nThreads:\t6\n")
        #expect(status.resident == 2 << 20 && status.anonymous == 512 << 10 && status.threads == 6 && status.peakResident == 2100 << 10)
    }

    @Test("of this process has memory and threads")
    func own() throws {
        let status = try ProcessStatus.current()
        #expect(status.resident > 1 << 20 && status.anonymous > 0 && status.threads > 0)
    }
}
