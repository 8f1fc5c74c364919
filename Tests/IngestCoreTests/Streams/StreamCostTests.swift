import Testing

@testable import IngestCore

/// What a camera costs that tells the past again without end.
@Suite("What a stream costs")
struct StreamCostTests {
    private static let total = 20

    /// The next message of a camera, as (capture, chunk).
    private static let habits: [(name: String, message: @Sendable (Int) -> (Int, Int))] = [
        ("one message, again and again", { (0, min($0, 5)) }),
        ("a step back by one at every message", { number in chunk(number.isMultiple(of: 2) ? number / 2 : max(0, number / 2 - 1)) }),
        (
            "a step back by thirty at every other message",
            { number in chunk(number.isMultiple(of: 2) ? number / 2 : max(0, number / 2 - 30)) }
        ),
        ("a step back, always further, to where it began", { number in chunk(number % 90) }),
    ]

    @Sendable private static func chunk(_ number: Int) -> (Int, Int) { (number / total, number % total) }

    private static func bytes(_ message: (capture: Int, index: Int)) -> [UInt8] { Array("\(message.capture).\(message.index)".utf8) }

    /// How long a message takes, and how many messages and captures are remembered in the end.
    private static func play(messages: Int, qos: Int, _ message: (Int) -> (Int, Int)) -> (time: Duration, remembered: Int) {
        let bench = AssemblyBench(StreamModelTests.limits)
        let clock = ContinuousClock()
        var time = Duration.zero
        for number in 0..<messages {
            let it = message(number)
            let packet = qos == 0 ? 0 : UInt16(truncatingIfNeeded: number % 60_000 + 1)
            bench.now = bench.now + .milliseconds(5)
            time += clock.measure { _ = bench.accept("cam", nil, it.1, of: total, bytes(it), packet: packet) }
        }
        let memory = bench.assembler.cameras[CameraID(record: 0)]
        return (time / messages, memory.history.count + memory.history.pending.count + memory.waiting.count + memory.open.count)
    }

    @Test("a camera that tells the past without end costs what another one does", arguments: 0...1)
    func past(qos: Int) {
        let messages = 5000
        let plain = Self.play(messages: messages, qos: qos) { Self.chunk($0) }
        for habit in Self.habits {
            let it = Self.play(messages: messages, qos: qos, habit.message)
            // As long, when measured; a busy machine may make it seem more, though not as much as work that grows with the past would.
            #expect(it.time < plain.time * 20, "\(habit.name): \(it.time) a message, else \(plain.time)")
            #expect(it.remembered <= 2 * StreamModelTests.limits.receiveMaximum + 12, "\(habit.name)")
        }
    }
}
