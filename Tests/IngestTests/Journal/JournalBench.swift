import Foundation
import IngestCore
import Logging
import Platform
import TestFiles
import Testing

@testable import Ingest

/// A gateway's intake with a journal on model files, between a broker and stores that are simple lists.
final class JournalBench {
    struct Message {
        let topic: [UInt8]
        let payload: [UInt8]
    }

    let files: ModelFiles
    let configuration: Configuration
    private(set) var book: AccountBook
    /// Hours that pass between two turns, now and then.
    var hours = 0
    private(set) var line: IntakePipeline
    private(set) var now = Instant(sinceBoot: .seconds(1000))
    private var civil: Int64 = 1_795_000_000_000
    private var inDelivery: [IntakePipeline.Ready] = []
    var random: SplitMix

    /// What the broker holds, in order, and how much of it was acknowledged.
    var queue: [Message] = []
    private(set) var acknowledged = 0
    /// What was taken of it over this connection.
    private var taken = 0
    /// Whether more is taken while the disk is busy.
    private let runsAhead: Bool
    /// What the stores hold, by object key.
    private(set) var stored: [String: [UInt8]] = [:]
    private(set) var problems: [String] = []
    var releases = true
    /// What becomes of a picture.
    var fate: (Picture) -> Account.Fate = { _ in .stored }
    var storesFail = true

    /// When chunks are written. With nil withheld, they are as they come now and then all the same.
    var policy = WritePolicy()

    init(seed: UInt64, runsAhead: Bool = false, isWithheld: Bool = false, _ change: (inout Configuration) -> Void = { _ in }) throws {
        files = ModelFiles(seed: seed)
        random = SplitMix(seed: seed)
        var configuration = Configuration()
        configuration.intake.pool = 1 << 20
        configuration.mqtt.maxMessage = 64 << 10
        configuration.journal.segment = 4 << 10
        change(&configuration)
        self.configuration = configuration
        self.runsAhead = runsAhead
        policy.limits = .init(window: 24, hold: .seconds(2))
        if isWithheld { policy.writesThrough = nil }
        book = Self.makeBook(files)
        line = try Self.makeLine(configuration, files, runsAhead: runsAhead, book)
    }

    private static func makeBook(_ files: ModelFiles) -> AccountBook {
        AccountBook("/spool/.account", files: files, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private static func makeLine(_ configuration: Configuration, _ files: ModelFiles, runsAhead: Bool, _ book: AccountBook) throws
        -> IntakePipeline
    {
        let memory = try PoolMemory(bytes: configuration.intake.pool)
        let journal = Journal(
            folder: "/spool/journal", segment: configuration.journal.segment, files: files, background: runsAhead ? SlowSync(files) : nil,
            book: book)
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let intake = try ChunkIntake(
            configuration, filters: [try TopicFilter("camera/+/image_json")], memory: memory, refusals: RefusalReporter(log: log) { _ in },
            journal: journal, book: book)
        let finisher = try PictureFinisher(
            memory: memory, template: try KeyTemplate(configuration.s3.key), bucket: "b", maxImage: configuration.intake.maxImage)
        return IntakePipeline(intake, finisher: finisher, memory: memory, receiveMaximum: configuration.mqtt.receiveMaximum, log: log)
    }

    var assembler: Assembler { _read { yield line.intake.assembler } }
    var journal: Journal { line.intake.journal! }

    // MARK: Cameras

    static func messages(_ camera: String, _ picture: [UInt8], chunk: Int, imageID: String? = nil) -> [Message] {
        let starts = Array(stride(from: 0, to: picture.count, by: chunk))
        return starts.enumerated().map { index, start in
            let data = Data(picture[start..<min(picture.count, start + chunk)]).base64EncodedString()
            let id = imageID.map { ",\"image_id\":\"\($0)\"" } ?? ""
            let json = "{\"id\":\"\(camera)\",\"index\":\(index),\"total\":\(starts.count),\"data\":\"\(data)\"\(id)}"
            return Message(topic: Array("camera/\(camera)/image_json".utf8), payload: Array(json.utf8))
        }
    }

    static func picture(_ number: Int, _ size: Int) -> [UInt8] {
        var random = SplitMix(seed: UInt64(number) &+ 7777)
        return (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    // MARK: The gateway

    /// Starts it; false when the disk would not.
    @discardableResult
    func start() -> Bool {
        guard line.recover(now: now) else { return false }
        line.connectionBegan(isResumed: true, now: now)
        return true
    }

    func advance(_ pause: Duration) {
        now = now + pause
        civil += pause.components.seconds * 1000 + pause.components.attoseconds / 1_000_000_000_000_000
    }

    /// Takes up to `most` messages, and acknowledges them if they are safe.
    /// - Returns: false when they are not.
    func turn(_ most: Int) -> Bool {
        advance(.milliseconds(40))
        if hours > 0, Int.random(in: 0..<4, using: &random) == 0 { civil += Int64(hours) * 3_600_000 }
        line.intake.moment = Timestamp(milliseconds: civil)
        line.adopt(presentPolicy(), now: now)
        do throws(JournalFailure) {
            if line.isSettling {
                let ready = try line.settle(now: now)
                if line.isSettling { return true }
                acknowledge(ready)
            }
            guard take(most) else { return connectionLost() }
            line.writeDue(now: now)
            if runsAhead, line.mayLaunch, Bool.random(using: &random) {
                try line.launch(now: now)
                guard take(most) else { return connectionLost() }
                line.writeDue(now: now)
            } else {
                acknowledge(try line.commit(isAwaited: false, now: now))
            }
        } catch {
            return connectionLost()
        }
        deliver()
        line.tend(now: now)
        return true
    }

    /// Where chunks are withheld, a store is away for a turn now and then.
    private func presentPolicy() -> WritePolicy {
        var present = policy
        if policy.writesThrough == nil, storesFail, Int.random(in: 0..<30, using: &random) == 0 { present.writesThrough = .store }
        return present
    }

    private func take(_ most: Int) -> Bool {
        for place in taken..<min(queue.count, taken + most) {
            guard line.canTakeMore else { break }
            let packet = UInt16(truncatingIfNeeded: place + 1)
            let message = queue[place]
            var fate = line.take(topic: message.topic.span, payload: message.payload.span, packet: packet, now: now)
            if fate == .full {
                line.finishWhole(now: now)
                line.writeForRoom(now: now)
                fate = line.take(topic: message.topic.span, payload: message.payload.span, packet: packet, now: now)
            }
            if fate == .full { return false }
            taken += 1
        }
        line.finishWhole(now: now)
        return true
    }

    private func acknowledge(_ ready: [IntakePipeline.Ready]) {
        acknowledged += line.takeSafe()
        for picture in ready { store(picture) }
    }

    private func connectionLost() -> Bool {
        taken = acknowledged
        line.connectionLost()
        // As the worker does: what the camera said last is not silence while nobody can hear it.
        line.intake.assembler.paused(now: now)
        return false
    }

    private func store(_ ready: IntakePipeline.Ready) {
        var bytes = [UInt8](repeating: 0, count: ready.bytes.count)
        var room = bytes.mutableSpan
        _ = ready.bytes.fill(&room, from: 0)
        if let before = stored[ready.picture.key], before != bytes { problems.append("\(ready.picture.key) was written over") }
        stored[ready.picture.key] = bytes
        inDelivery.append(ready)
    }

    /// Some of the pictures under way are recorded.
    private func deliver() {
        guard releases else { return }
        while !inDelivery.isEmpty, Int.random(in: 0..<3, using: &random) > 0 {
            release(inDelivery.removeFirst())
        }
    }

    /// There was no room: the connection was put down, and is opened again when there is.
    func reconnect() {
        deliverAll()
        line.finishWhole(now: now)
        line.connectionBegan(isResumed: true, now: now)
    }

    private func release(_ ready: IntakePipeline.Ready) {
        line.release(ready.capture, as: PictureEnd(fate(ready.picture), ready.picture.camera, ready.picture.recordedAt), now: now)
    }

    /// What the account says, out of journal and file: how many captures of each camera had each fate.
    func account() throws -> [CameraUID: Account.Counts] {
        if files.stopped {
            files.restart()
            try restart()
            start()
        }
        var all: [CameraUID: Account.Counts] = [:]
        let known = book.account
        for (place, counts) in known.counts { all[place.camera, default: .init()] += counts }
        for line in try AccountFile("/spool/.account", files: files).read(known.lacks).lines {
            all[line.place.camera, default: .init()] += line.counts
        }
        return all
    }

    func deliverAll() {
        for ready in inDelivery { release(ready) }
        inDelivery = []
    }

    /// Killed, without a crash of the machine: what the kernel was given stays.
    func kill() throws {
        // The power does not fail as well, just then.
        files.crashAfter = nil
        try restart()
        while !start() {
            if files.stopped {
                files.restart()
                try restart()
            }
            advance(.seconds(11))
        }
    }

    /// Lets go of what the broker need not send again.
    func forgetAcknowledged(from first: Int) -> Int {
        for place in first..<acknowledged { queue[place] = Message(topic: [], payload: []) }
        return acknowledged
    }

    /// The process is gone, and with it everything in memory; the files are as the crash left them.
    func restart() throws {
        inDelivery = []
        _ = connectionLost()
        book = Self.makeBook(files)
        line = try Self.makeLine(configuration, files, runsAhead: runsAhead, book)
        advance(.milliseconds(500))
    }

    /// Takes everything, over every hindrance.
    func runToEnd(batch: Int) throws {
        var rounds = 0
        while acknowledged < queue.count || rounds < 3 {
            if acknowledged >= queue.count { rounds += 1 }
            if !turn(batch) {
                rounds = 0
                guard files.stopped else {
                    // The disk failed; the broker keeps what was not acknowledged.
                    advance(.seconds(11))
                    while !line.recover(now: now) { advance(.seconds(11)) }
                    line.connectionBegan(isResumed: true, now: now)
                    continue
                }
                files.restart()
                try restart()
                while !start() { advance(.seconds(11)) }
            }
        }
        deliverAll()
        // The journal gets rid of a segment or two each time that nothing is under way.
        var turns = 0
        while turns < 12 {
            turns += 1
            advance(.seconds(6))
            line.expire(now: now)
            _ = turn(0)
            guard files.stopped else { continue }
            files.restart()
            try restart()
            while !start() { advance(.seconds(11)) }
            turns = 0
        }
    }

    /// What is wrong with what was stored, of what was published.
    func problems(published: [[UInt8]]) -> [String] {
        var found = problems
        let times = Dictionary(grouping: stored.values, by: { $0 }).mapValues(\.count)
        for (number, picture) in published.enumerated() where times[picture] != 1 {
            found.append("picture \(number) is stored \(times[picture] ?? 0) times")
        }
        for bytes in times.keys where !published.contains(bytes) { found.append("\(bytes.count) bytes that nobody published") }
        return found
    }
}

/// A disk that is busy for a while: it takes what it is given at some later look at it.
private final class SlowSync: JournalSync, @unchecked Sendable {
    private let files: ModelFiles
    private var random = SplitMix(seed: 17)
    private var task: (file: CInt, bytes: [UInt8], start: Int)?

    init(_ files: ModelFiles) { self.files = files }

    func begin(_ file: CInt, _ bytes: [UInt8], from start: Int) { task = (file, bytes, start) }

    var isDone: Bool { task != nil && Bool.random(using: &random) }

    func outcome() -> JournalSyncOutcome? { Bool.random(using: &random) ? awaitOutcome() : nil }

    func awaitOutcome() -> JournalSyncOutcome {
        guard let task = task.take() else { preconditionFailure("nothing was begun") }
        return JournalSyncOutcome(of: task.bytes, from: task.start, in: task.file, files)
    }
}
