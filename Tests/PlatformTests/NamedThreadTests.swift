import Foundation
import Platform
import Testing

@Suite("A named thread")
struct NamedThreadTests {
    @Test("runs its body once, and is over when join returns")
    func runs() throws {
        let runs = Monitor(0)
        try NamedThread("once") { runs.update { $0 += 1 } }.join()
        #expect(runs.read { $0 } == 1)
    }

    @Test("is called in the system what it is called in the program, up to 15 bytes")
    func name() throws {
        #expect(try nameInside("intake") == "intake")
        #expect(try nameInside("a-name-that-is-too-long") == "a-name-that-is-")
    }

    @Test("leaves every signal to the threads that asked for it")
    func signals() throws {
        let blocked = Monitor<String?>(nil)
        try NamedThread("signals") {
            let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
            let line = status?.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }
            blocked.update { $0 = line.map(String.init) }
        }.join()
        let mask = try #require(blocked.read { $0 }.flatMap { UInt64($0.split(separator: "\t")[1], radix: 16) })
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1] { #expect(mask & 1 << UInt64(signal - 1) != 0) }
    }

    @Test("has the stack it was given")
    func stack() throws {
        let depth = Monitor(0)
        try NamedThread("deep", stackSize: 8 << 20) {
            let reached = Self.descend(2000)
            depth.update { $0 = reached }
        }.join()
        #expect(depth.read { $0 } == 2000)
    }

    @Test("says which thread the system refused, and why")
    func refusal() {
        #expect(throws: SystemError("pthread_create", EAGAIN, on: "huge")) {
            try NamedThread("huge", stackSize: 1 << 46) {}
        }
    }

    private func nameInside(_ name: String) throws -> String? {
        let seen = Monitor<String?>(nil)
        try NamedThread(name) {
            let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
            seen.update { $0 = text?.trimmingCharacters(in: .newlines) }
        }.join()
        return seen.read { $0 }
    }

    /// A kilobyte of stack a level.
    @inline(never) private static func descend(_ levels: Int) -> Int {
        withUnsafeTemporaryAllocation(byteCount: 1000, alignment: 8) { buffer in
            buffer.storeBytes(of: levels, as: Int.self)
            guard levels > 1 else { return 1 }
            return descend(levels - 1) + (buffer.load(as: Int.self) == levels ? 1 : 0)
        }
    }
}
