import Testing

@testable import IngestCore

/// A broker that sends so many messages unacknowledged and no more, and a gateway that withholds the chunks of two cameras in turn.
private struct NarrowBroker {
    let window: Int
    /// From an acknowledgement to the message that it lets go.
    let roundTrip: Duration
    let hold = Duration.seconds(2)
    private let chunks = 5
    private var ledger = AcknowledgementLedger<UInt64>()
    private(set) var granted: BrokerWindow
    private(set) var now = Instant(sinceBoot: .seconds(100))
    private var arrivals: [Instant] = []
    private var left: Int
    private var number = 0
    private var writes: Set<UInt64> = []
    private var rows: [(at: Instant, capture: UInt64, camera: CameraUID)] = []
    private var sequence: UInt64 = 0
    /// Holds that were over.
    private(set) var holds = 0

    init(window: Int, asked: Int, roundTrip: Duration, pictures: Int) {
        (self.window, self.roundTrip) = (window, roundTrip)
        granted = BrokerWindow(size: asked)
        left = pictures * chunks
        for _ in 0..<min(window, left) { send() }
    }

    private mutating func send() {
        guard left > 0 else { return }
        left -= 1
        arrivals.append(now + roundTrip)
    }

    /// - Returns: how long all messages took to be acknowledged.
    mutating func run() -> Duration {
        let began = now
        while (left > 0 || !arrivals.isEmpty || ledger.held > 0) && now - began < .seconds(600) {
            now = now + .milliseconds(10)
            takeIn()
            endPictures()
            writeDue()
            for _ in 0..<ledger.takeSafe(proven: sequence) { send() }
        }
        return now - began
    }

    private mutating func takeIn() {
        var came = false
        while let first = arrivals.first, first <= now {
            arrivals.removeFirst()
            came = true
            take()
        }
        if came { granted.came(now: now) }
        granted.holds(ledger.held)
    }

    private mutating func take() {
        let capture = UInt64(number / chunks + 1)
        let camera = CameraUID("cam\(capture % 2)")!
        if !ledger.withhold(capture, of: capture, camera, isWritten: writes.contains(capture), now: now) { sequence += 1 }
        number += 1
        if number % chunks == 0 {
            ledger.completed(capture)
            rows.append((now + .milliseconds(60), capture, camera))
        }
        ledger.took(camera, sequence: sequence, now: now)
    }

    private mutating func endPictures() {
        while let row = rows.first, row.at <= now {
            rows.removeFirst()
            ledger.ended(row.capture, .init(fate: .released, tag: 1))
            var newest = sequence
            ledger.writeEnded(of: row.camera, sequence: sequence) { _, _ in
                newest += 1
                return newest
            }
            sequence = newest
        }
    }

    private mutating func writeDue() {
        let limits = AcknowledgementLedger<UInt64>.Limits(window: granted.size, hold: hold)
        while let (camera, reason) = ledger.due(limits, now: now) {
            if reason == .hold {
                holds += 1
                granted.heldForTooLong(ledger.held, now: now)
            }
            var newest = sequence
            var written = writes
            ledger.writeAll(of: camera, sequence: sequence) { capture, _ in
                written.insert(capture)
                newest += 1
                return newest
            }
            (sequence, writes) = (newest, written)
        }
    }
}

@Suite("How many messages the broker sends unacknowledged")
struct BrokerWindowTests {
    @Test(
        "is found out by holds that end nothing but themselves: a few of them, and then none more",
        arguments: [1, 2, 3, 4, 7, 20], [20, 256])
    func isFound(window: Int, asked: Int) {
        for roundTrip in [Duration.milliseconds(20), .milliseconds(300)] {
            var broker = NarrowBroker(window: window, asked: asked, roundTrip: roundTrip, pictures: 40)
            let took = broker.run()
            // Each message in its turn, a picture's stall and row, and the holds it takes to know.
            let bound = broker.hold * 4 + roundTrip * (200 / window + 1) + .milliseconds(350) * 40
            #expect(took <= bound, "a window of \(window), \(roundTrip): \(took), \(broker.holds) holds, \(broker.granted)")
            #expect(broker.holds <= 4, "a window of \(window), \(roundTrip): \(broker.holds) holds")
        }
    }

    @Test("is not thought smaller because a slow camera holds few")
    func slowCamera() {
        var window = BrokerWindow(size: 256)
        var now = Instant(sinceBoot: .seconds(1))
        for _ in 0..<100 {
            window.holds(1)
            now = now + .seconds(2)
            window.heldForTooLong(1, now: now)
            now = now + .seconds(1)
            window.came(now: now)
        }
        #expect(window.size == 256)
    }

    @Test("grows as soon as more is held, and is never less than one")
    func grows() {
        var window = BrokerWindow(size: 0)
        #expect(window.size == 1)
        window.holds(20)
        #expect(window.size == 20)
        window.holds(3)
        #expect(window.size == 20)
    }
}
