import TestFiles
import Testing

@testable import IngestCore

/// A ledger between cameras that send chunks, stores that take pictures, and a disk.
private struct LedgerModel {
    struct Record: Equatable {
        let camera: Int
        let number: Int
        let capture: UInt64
    }

    struct Message {
        let records: [Int]
        let since: Instant
    }

    var ledger = AcknowledgementLedger<Record>()
    var random: SplitMix
    var now = Instant(sinceBoot: .seconds(1))
    private(set) var problems: [String] = []
    /// By number: how each record was written; nil while it is withheld.
    private var fates: [Fate?] = []
    private var records: [Record] = []
    private var lastOf = [Int](repeating: -1, count: 3)
    private var messages: [Message] = []
    private var open: [UInt64: Int] = [:]
    private var ended: Set<UInt64> = []
    private var whole: Set<UInt64> = []
    private var nextCapture: UInt64 = 1
    private var sequence: UInt64 = 0
    private var proven: UInt64 = 0
    private(set) var acknowledged = 0
    let limits = AcknowledgementLedger<Record>.Limits(window: 24, hold: .seconds(2))

    enum Fate: Equatable { case withBytes(UInt64), asEnded(UInt64), ofNone(UInt64) }

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    static func camera(_ number: Int) -> CameraUID { CameraUID("cam\(number)")! }

    mutating func step() {
        now = now + .milliseconds(Int.random(in: 0...200, using: &random))
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<11: takeChunk()
        case 11: takeOther()
        case 12..<15: if let capture = open.keys.sorted().randomElement(using: &random) { end(capture) }
        case 15: sync()
        case 16 where Int.random(in: 0..<6, using: &random) == 0: loseConnection()
        default: break
        }
        writeDue()
        acknowledge()
        check()
    }

    private mutating func make(_ camera: Int, _ capture: UInt64) -> Int {
        let record = Record(camera: camera, number: records.count, capture: capture)
        records.append(record)
        fates.append(nil)
        if !ledger.withhold(record, of: capture, Self.camera(camera), isWritten: whole.contains(capture), now: now) { write(record, nil) }
        return record.number
    }

    private mutating func write(_ record: Record, _ end: AcknowledgementLedger<Record>.End?) {
        sequence += 1
        if lastOf[record.camera] > record.number { problems.append("record \(record.number) was written behind a later one") }
        if fates[record.number] != nil { problems.append("record \(record.number) was written twice") }
        lastOf[record.camera] = record.number
        if record.capture == 0 {
            fates[record.number] = .ofNone(sequence)
        } else if ended.contains(record.capture) {
            if end == nil { problems.append("it is not told that capture \(record.capture) ended") }
            fates[record.number] = .asEnded(sequence)
        } else {
            fates[record.number] = .withBytes(sequence)
            whole.insert(record.capture)
        }
    }

    private mutating func takeChunk() {
        let camera = Int.random(in: 0..<3, using: &random)
        var mine = open.filter { $0.value == camera }.keys.sorted()
        if mine.isEmpty || mine.count < 3 && Int.random(in: 0..<6, using: &random) == 0 {
            open[nextCapture] = camera
            mine.append(nextCapture)
            nextCapture += 1
        }
        let capture = mine.randomElement(using: &random)!
        var made: [Int] = []
        if Int.random(in: 0..<5, using: &random) == 0 { made.append(make(camera, 0)) }
        made.append(make(camera, capture))
        took(made, of: camera)
    }

    /// A repeat of what is gone, or a message that is refused.
    private mutating func takeOther() {
        let camera = Int.random(in: 0..<3, using: &random)
        if Bool.random(using: &random) { took([make(camera, 0)], of: camera) } else { took([], of: nil) }
    }

    private mutating func took(_ made: [Int], of camera: Int?) {
        messages.append(Message(records: made, since: now))
        ledger.took(camera.map(Self.camera), sequence: sequence, now: now)
    }

    mutating func end(_ capture: UInt64) {
        guard let camera = open.removeValue(forKey: capture) else { return }
        ended.insert(capture)
        ledger.ended(capture, .init(fate: .released, tag: 1))
        let before = ledger
        var told: [(Record, AcknowledgementLedger<Record>.End?)] = []
        var sequence = sequence
        ledger.writeEnded(of: Self.camera(camera), sequence: sequence) {
            told.append(($0, $1))
            sequence += 1
            return sequence
        }
        if before.mayWriteEnded(of: Self.camera(camera)) == told.isEmpty, !told.isEmpty { problems.append("it says otherwise") }
        for (record, end) in told {
            if record.capture != 0, end == nil, !whole.contains(record.capture) {
                problems.append("a record of a capture that goes on was let go")
            }
            write(record, end)
        }
    }

    mutating func endAll() {
        for capture in open.keys.sorted() { end(capture) }
        sync()
        acknowledge()
    }

    private mutating func sync() { proven = sequence }

    private mutating func loseConnection() {
        messages = []
        ledger.connectionLost()
    }

    private mutating func writeDue() {
        while let (camera, _) = ledger.due(limits, now: now) {
            var told: [(Record, AcknowledgementLedger<Record>.End?)] = []
            var sequence = sequence
            ledger.writeAll(of: camera, sequence: sequence) {
                told.append(($0, $1))
                sequence += 1
                return sequence
            }
            if told.isEmpty { return problems.append("nothing to be written of a camera that is due") }
            for (record, end) in told { write(record, end) }
        }
    }

    private mutating func acknowledge() {
        let count = ledger.takeSafe(proven: proven)
        for message in messages.prefix(count) {
            for number in message.records {
                switch fates[number] {
                case .withBytes(let sequence)?, .asEnded(let sequence)?, .ofNone(let sequence)?:
                    if sequence > proven { problems.append("record \(number) was not on the disk when its message was acknowledged") }
                case nil: problems.append("record \(number) was withheld when its message was acknowledged")
                }
            }
        }
        messages.removeFirst(count)
        acknowledged += count
    }

    private mutating func check() {
        if ledger.held != messages.count { problems.append("\(ledger.held) are said to be held, of \(messages.count)") }
        for capture in ended where !whole.contains(capture) {
            let mine = records.filter { $0.capture == capture }
            let written = mine.count { fates[$0.number] != nil }
            if written > 0, written < mine.count { problems.append("capture \(capture), which ended, was written in part") }
        }
        let withheld = messages.firstIndex { $0.records.contains { fates[$0] == nil } }
        if let withheld, messages[withheld].since + limits.hold <= now || messages.count - withheld >= limits.most {
            problems.append("a message waits for too long, or too many wait for it")
        }
        if problems.count > 10 { problems = Array(problems.prefix(10)) }
    }

    var isIdle: Bool { messages.isEmpty && ledger.isEmpty }
    var writtenWhole: Int { whole.count }
}

@Suite("What may be acknowledged")
struct AcknowledgementLedgerTests {
    private typealias Ledger = AcknowledgementLedger<String>
    private let camera = CameraUID("cam")!
    private let other = CameraUID("other")!
    private let now = Instant(sinceBoot: .seconds(1))

    @Test("is safe, in order, and not kept waiting, whatever comes in which order", arguments: 1...UInt64(300))
    func schedules(seed: UInt64) {
        var model = LedgerModel(seed: seed)
        for _ in 0..<400 where model.problems.isEmpty { model.step() }
        #expect(model.problems == [], "seed \(seed)")
        model.endAll()
        #expect(model.isIdle, "seed \(seed): something is left")
        #expect(model.acknowledged > 50)
    }

    private func expectSafe(_ ledger: inout Ledger, proven: UInt64, _ count: Int, at place: SourceLocation = #_sourceLocation) {
        let safe = ledger.takeSafe(proven: proven)
        #expect(safe == count, sourceLocation: place)
    }

    @Test("waits for its picture's row, and needs no bytes on the disk then")
    func rows() {
        var ledger = Ledger()
        for number in 1...3 {
            let isWithheld = ledger.withhold("chunk \(number)", of: 7, camera, isWritten: false, now: now)
            #expect(isWithheld)
            ledger.took(camera, sequence: 0, now: now)
        }
        expectSafe(&ledger, proven: 100, 0)
        #expect(ledger.due(.init(window: 8, hold: .seconds(2)), now: now) == nil)
        ledger.ended(7, .init(fate: .released, tag: 3))
        var written: [String] = []
        ledger.writeEnded(of: camera, sequence: 10) { record, end in
            written.append("\(record), \(end?.tag ?? 0)")
            return 10 + UInt64(written.count)
        }
        #expect(written == ["chunk 1, 3", "chunk 2, 3", "chunk 3, 3"])
        expectSafe(&ledger, proven: 12, 2)
        expectSafe(&ledger, proven: 13, 1)
        #expect(ledger.isEmpty)
    }

    @Test("is the half picture of the slow camera first, when half of what the broker sends waits, and of nobody else")
    func slowCamera() {
        var ledger = Ledger()
        _ = ledger.withhold("half", of: 1, other, isWritten: false, now: now)
        ledger.took(other, sequence: 0, now: now)
        for capture in 2...10 as ClosedRange<UInt64> {
            _ = ledger.withhold("chunk", of: capture, camera, isWritten: false, now: now)
            ledger.took(camera, sequence: 0, now: now)
            ledger.ended(capture, .init(fate: .released, tag: 1))
            ledger.writeEnded(of: camera, sequence: capture) { _, _ in capture }
            expectSafe(&ledger, proven: 100, 0)
        }
        // It has just come: its other half may, too.
        let limits = Ledger.Limits(window: 20, hold: .seconds(2))
        #expect(ledger.due(limits, now: now) == nil && ledger.deadline(limits) == now + limits.stall)
        let due = ledger.due(limits, now: now + limits.stall)
        #expect(due?.camera == other && due?.reason == .window)
        #expect(ledger.due(.init(window: 11, hold: .seconds(2)), now: now)?.camera == other, "the broker would soon send no more")
        ledger.writeAll(of: other, sequence: 20) { record, end in
            #expect(record == "half" && end == nil)
            return 21
        }
        #expect(ledger.due(.init(window: 1, hold: .zero), now: now) == nil)
        expectSafe(&ledger, proven: 21, 10)
    }

    @Test("is due when it was held for too long, and not sooner")
    func hold() {
        var ledger = Ledger()
        _ = ledger.withhold("chunk", of: 1, camera, isWritten: false, now: now)
        ledger.took(camera, sequence: 0, now: now)
        let limits = Ledger.Limits(window: 200, hold: .seconds(2))
        #expect(ledger.deadline(limits) == now + .seconds(2))
        #expect(ledger.due(limits, now: now + .milliseconds(1999)) == nil)
        #expect(ledger.due(limits, now: now + .seconds(2))?.reason == .hold)
    }

    @Test("is not written of a picture that is complete and has waited for a moment only, however much waits with it")
    func complete() {
        var ledger = Ledger()
        let limits = Ledger.Limits(window: 8, hold: .seconds(2))
        for _ in 0..<8 {
            _ = ledger.withhold("chunk", of: 1, camera, isWritten: false, now: now)
            ledger.took(camera, sequence: 0, now: now)
        }
        #expect(ledger.due(limits, now: now)?.reason == .window)
        ledger.completed(1)
        #expect(ledger.due(limits, now: now) == nil)
        #expect(ledger.due(limits, now: now + limits.stall)?.reason == .window)
    }

    @Test("is nothing of a connection that is gone; what it brought stays withheld")
    func connections() {
        var ledger = Ledger()
        _ = ledger.withhold("chunk", of: 1, camera, isWritten: false, now: now)
        ledger.took(camera, sequence: 0, now: now)
        ledger.connectionLost()
        #expect(ledger.held == 0 && !ledger.isEmpty && ledger.due(.init(window: 1, hold: .zero), now: now) == nil)
        // It comes again, as a repeat that is a record of no capture: it waits behind the first one.
        let isWithheld = ledger.withhold("repeat", of: 0, camera, isWritten: false, now: now)
        #expect(isWithheld)
        ledger.took(camera, sequence: 0, now: now)
        expectSafe(&ledger, proven: 100, 0)
        ledger.ended(1, .init(fate: .released, tag: 1))
        ledger.writeEnded(of: camera, sequence: 4) { _, _ in 5 }
        expectSafe(&ledger, proven: 5, 1)
    }
}
