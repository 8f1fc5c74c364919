import Testing

@testable import IngestCore

/// The bench with a clock, connections and a journal, as schedules see it.
final class SessionWorld {
    /// What a journal keeps of an accepted chunk.
    struct Record {
        let sequence: Int
        let uid: String
        let imageID: String?
        let index: Int
        let total: Int
        let bytes: [UInt8]
        let isNoted: Bool
        let name: String?
    }

    let limits: Assembler.Limits
    let bench: AssemblyBench
    private(set) var connections: [Duration] = []
    var receiveMaximum: Int { limits.receiveMaximum }
    private(set) var fulls = 0
    /// A message was not taken though nothing is in delivery: it never can be.
    private(set) var deadlocks = 0
    /// Of a hundred waits, how many are crashes instead.
    var crashes = 0
    private(set) var crashed = 0
    /// Connections that may yet begin between any two chunks, with nothing repeated. After two of them nobody could tell some
    /// cameras' chunks from repeats that were cut short.
    var reconnects = 0
    private(set) var reloaded = 0
    /// By capture.
    private var journal: [UInt64: [Record]] = [:]
    private var sequence = 0
    /// Writes the journal's own records, and crashes are survived by these.
    var recorder: JournalRecorder?

    init(_ limits: Assembler.Limits, seed: UInt64) {
        self.limits = limits
        bench = AssemblyBench(limits, seed: seed)
        bench.settled = { [unowned self] handle in
            reload(handle)
            if let recorder { recorder.finishing(handle, bench) { bench.finish(handle) } } else { bench.finish(handle) }
        }
    }

    var time: Duration { bench.now.sinceBoot }

    func wait(_ seconds: Double) {
        bench.wait(seconds)
        recorder?.noteEnds(bench)
        trimJournal()
    }

    func connect() {
        bench.assembler.connectionBegan(now: bench.now)
        connections.append(time)
    }

    func advance(milliseconds: Int) { wait(Double(milliseconds) / 1000) }

    func send(_ uid: String, _ index: Int, of total: Int, _ bytes: [UInt8], imageID: String? = nil) {
        var outcome = bench.accept(uid, imageID, index, of: total, bytes)
        while outcome.disposition == .full {
            fulls += 1
            if bench.inDelivery.isEmpty {
                deadlocks += 1
                return
            }
            bench.releaseAll()
            outcome = bench.accept(uid, imageID, index, of: total, bytes)
        }
        if let capture = outcome.capture, outcome.disposition == .taken || outcome.disposition == .noted {
            sequence += 1
            let record = Record(
                sequence: sequence, uid: uid, imageID: imageID, index: index, total: total, bytes: bytes,
                isNoted: outcome.disposition == .noted, name: imageID == nil ? bench.assembler.imageID(of: capture) : nil)
            inherit(capture)
            journal[capture.serial, default: []].append(record)
        }
        recorder?.accepted(outcome, uid, index, of: total, bytes, bench)
        bench.finishSettled()
        if outcome.completed, let capture = outcome.capture { reload(capture) }
        if let recorder { recorder.finishing(outcome, bench) { bench.finish(outcome) } } else { bench.finish(outcome) }
        trimJournal()
    }

    /// A new capture that goes on with the first chunks of another needs their records.
    private func inherit(_ capture: CaptureHandle) {
        for gone in bench.abandoned where gone.successor == capture && journal[capture.serial] == nil {
            journal[capture.serial] = journal[gone.handle.serial]
        }
    }

    private func trimJournal() {
        let open = Set(bench.assembler.openCaptures().map(\.handle.serial))
        journal = journal.filter { open.contains($0.key) }
    }

    /// Gives a complete capture the bytes back that it lost.
    private func reload(_ handle: CaptureHandle) {
        while let (index, bytes) = bench.assembler.unloadedChunk(of: handle) {
            while bench.assembler.stageReload(handle, room: bytes, now: bench.now) == .full {
                guard !bench.inDelivery.isEmpty else {
                    deadlocks += 1
                    return
                }
                bench.releaseAll()
            }
            guard let record = journal[handle.serial]?.last(where: { $0.index == index && !$0.isNoted }) else {
                Issue.record("the journal lacks chunk \(index)")
                return
            }
            var region = bench.assembler.stagedRegion(of: bench.memory)
            bench.write(record.bytes, to: &region)
            bench.assembler.reloaded(handle, index: index)
            reloaded += 1
        }
        bench.takeEvents()
    }

    /// Everything in memory is gone but what the journal has: the open captures' records, and what is remembered of the cameras.
    func crash() {
        crashed += 1
        if let recorder {
            recorder.crash(bench, limits)
            connect()
            return
        }
        let memories = Set(bench.knownCameras).sorted().map { bench.assembler.memory(of: bench.camera($0), now: bench.now) }
        let records = Dictionary(grouping: journal.values.joined(), by: \.sequence).values.map { $0[0] }
            .sorted { $0.sequence < $1.sequence }
        journal = [:]
        bench.replaceAssembler(limits)
        for memory in memories { bench.assembler.restore(memory, now: bench.now) }
        for record in records {
            let outcome = bench.replay(record)
            guard let capture = outcome.capture else { continue }
            inherit(capture)
            journal[capture.serial, default: []].append(record)
        }
        trimJournal()
        connect()
    }
}
