@testable import IngestCore

/// The bench with a clock, connections and a journal, as schedules see it.
final class SessionWorld {
    /// The bytes a journal keeps of an accepted chunk.
    struct Record {
        let index: Int
        let bytes: [UInt8]
    }

    let limits: Assembler.Limits
    let bench: AssemblyBench
    private(set) var connections: [Duration] = []
    var receiveMaximum: Int { limits.receiveMaximum }
    private(set) var fulls = 0
    /// A message was not taken though nothing is in delivery: it never can be.
    private(set) var deadlocks = 0
    /// Whether messages have packet identifiers, which a broker repeats with them.
    var hasPackets = false
    /// Of a hundred waits, how many are crashes instead.
    var crashes = 0
    private(set) var crashed = 0
    private(set) var reloaded = 0
    /// By capture.
    private var journal: [UInt64: [Record]] = [:]
    private let recorder: JournalRecorder

    init(_ limits: Assembler.Limits, seed: UInt64) {
        self.limits = limits
        bench = AssemblyBench(limits, seed: seed)
        bench.finishesConfirmed = false
        recorder = JournalRecorder(seed: seed)
    }

    var time: Duration { bench.now.sinceBoot }

    func wait(_ seconds: Double) {
        bench.wait(seconds)
        recorder.noteEnds(bench)
        recorder.noteMoved(bench)
        finishConfirmed()
        trimJournal()
    }

    func connect() {
        bench.assembler.connectionBegan(isResumed: hasPackets, now: bench.now)
        connections.append(time)
    }

    func advance(milliseconds: Int) { wait(Double(milliseconds) / 1000) }

    func send(_ uid: String, _ index: Int, of total: Int, _ bytes: [UInt8], imageID: String? = nil, packet: UInt16 = 0) {
        var outcome = bench.accept(uid, imageID, index, of: total, bytes, packet: packet)
        while outcome.disposition == .full {
            fulls += 1
            if bench.inDelivery.isEmpty {
                deadlocks += 1
                return
            }
            bench.releaseAll()
            outcome = bench.accept(uid, imageID, index, of: total, bytes, packet: packet)
        }
        if let capture = outcome.capture, outcome.disposition == .taken {
            journal[capture.serial, default: []].append(Record(index: index, bytes: bytes))
            bench.assembler.journaled(capture)
        }
        recorder.accepted(outcome, uid, index, of: total, bytes, packet: packet, bench)
        finishConfirmed()
        if outcome.completed, let capture = outcome.capture { finish(capture) }
        trimJournal()
    }

    /// Pictures that waited for the end of a doubt: first those that are in the pool, which make room for the others.
    private func finishConfirmed() {
        let ready = Set(bench.confirmed.filter { bench.assembler.complete($0)?.layout != nil })
        for capture in bench.confirmed where ready.contains(capture) { finish(capture) }
        for capture in bench.confirmed where !ready.contains(capture) { finish(capture) }
        bench.confirmed = []
    }

    private func finish(_ capture: CaptureHandle) {
        guard bench.assembler.complete(capture) != nil else { return }
        reload(capture)
        recorder.finishing(capture, bench) { bench.finish(capture) }
    }

    private func trimJournal() {
        let open = Set(bench.assembler.captures.all.map { bench.assembler.captures[$0] }.filter(\.isOpen).map(\.serial))
        journal = journal.filter { open.contains($0.key) }
    }

    /// Gives a complete capture the bytes back that it lost.
    private func reload(_ handle: CaptureHandle) {
        while let (index, bytes) = bench.assembler.unloadedChunk(of: handle) {
            var isAlone = false
            while bench.assembler.stageReload(handle, room: bytes, now: bench.now) == .full {
                if !bench.inDelivery.isEmpty {
                    bench.releaseAll()
                } else if !isAlone {
                    // What others hold that became sure with it may be just what it lacks.
                    for other in bench.confirmed where other != handle { bench.assembler.unloadComplete(other) }
                    isAlone = true
                } else {
                    deadlocks += 1
                    return
                }
            }
            guard let record = journal[handle.serial]?.last(where: { $0.index == index }) else {
                require(false, "the journal lacks chunk \(index)")
                return
            }
            var region = bench.assembler.stagedRegion(of: bench.memory)
            bench.write(record.bytes, to: &region)
            bench.assembler.reloaded(handle, index: index)
            reloaded += 1
        }
        bench.takeEvents()
    }

    /// Everything in memory is gone but what the journal's records say.
    func crash() {
        crashed += 1
        recorder.crash(bench, limits)
        connect()
    }
}
