import Clients
import IngestCore
import Platform

@testable import Ingest

/// A bucket in memory, with faults as a test wants them. Keeps the contract that `ObjectPortTests` holds every object store to.
final class FakeBucket: ObjectPort {
    struct Object: Sendable {
        var bytes: [UInt8]
        var type: String
    }

    let bucket: String
    private(set) var objects: [String: Object] = [:]
    /// What goes wrong with a task; nil is nothing.
    var fault: (ObjectTask) -> DeliveryFailure? = { _ in nil }
    private var ended: [ObjectCompletion] = []
    private let woken = Monitor(false)

    init(bucket: String) { self.bucket = bucket }

    var wake: @Sendable () -> Void { { [woken] in woken.update { $0 = true } } }

    func adopt(_: Configuration) {}

    func start(_ task: ObjectTask, number: UInt64) {
        ended.append(ObjectCompletion(number: number, result: fault(task).map { .failure($0) } ?? perform(task)))
    }

    func wait(atMost limit: Duration) -> [ObjectCompletion] {
        if ended.isEmpty { _ = woken.wait(atMost: limit) { $0 ? () : nil } }
        woken.update { $0 = false }
        defer { ended = [] }
        return ended
    }

    private func perform(_ task: ObjectTask) -> Result<ObjectCompletion.Answer, DeliveryFailure> {
        switch task {
        case .put(let picture, let source, rate: _):
            guard let bytes = try? Self.read(source) else { return .failure(DeliveryFailure(.unsendable, "its bytes cannot be read")) }
            objects[picture.key] = Object(bytes: bytes, type: picture.contentType.rawValue)
            return .success(.stored(version: nil))
        case .exists(_, let key): return .success(.exists(objects[key] != nil))
        case .remove(_, let key):
            objects[key] = nil
            return .success(.done)
        case .get(_, let key, let sink, let limit, within: _):
            guard let object = objects[key] else { return .failure(DeliveryFailure(.picture, "there is no object \(key)")) }
            guard object.bytes.count <= limit else { return .failure(DeliveryFailure(.unsendable, "it is too large")) }
            return (try? sink.take(object.bytes.span)) == nil
                ? .failure(DeliveryFailure(.unsendable, "it cannot be kept")) : .success(.done)
        case .bucket: return .success(.done)
        }
    }

    private static func read(_ source: any PictureBytes) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < source.count {
            var piece = [UInt8](repeating: 0, count: source.count - bytes.count)
            var room = piece.mutableSpan
            let count = try source.fill(&room, from: bytes.count)
            guard count > 0 else { throw BodyFailure("it ends early") }
            bytes += piece.prefix(count)
        }
        return bytes
    }
}

/// A table in memory, with faults as a test wants them. Keeps the contract that `RecordPortTests` holds every table to.
final class FakeTable: RecordPort {
    func takeUntold() -> Int { 0 }

    struct Row: Sendable {
        var row: RecordedPicture
        let picture: Picture
    }

    private(set) var rows: [Row] = []
    /// The round trip fails.
    var failure: RecordFailure?
    /// A row is refused.
    var refusal: (Picture) -> RecordFailure? = { _ in nil }
    private let repeatWindow: Int64
    private let processedTTL: Int64
    private var nextID = 0

    init(repeatWindow: Duration = .seconds(10), processedTTL: Duration = .seconds(3600)) {
        self.repeatWindow = repeatWindow.wholeMilliseconds
        self.processedTTL = processedTTL.wholeMilliseconds
    }

    func adopt(_: Configuration) {}
    func probe() throws(RecordFailure) { if let failure { throw failure } }

    func locate(_ pictures: [Picture]) throws(RecordFailure) -> [DeliveryStateMachine.Location] {
        try probe()
        return pictures.map { picture in
            if let known = known(picture) { return .again(known.row) }
            guard let holder = holder(picture) else { return .new }
            return .keyTaken(sameBytes: isSame(holder, picture) ? holder.row : nil)
        }
    }

    func write(_ entries: [RecordEntry]) throws(RecordFailure) -> [Result<DeliveryStateMachine.Writing, RecordFailure>] {
        try probe()
        return entries.map { entry in
            let picture = entry.picture
            if let known = known(picture) { return .success(.again(known.row)) }
            if let holder = holder(picture) { return .success(.keyTaken(sameBytes: isSame(holder, picture) ? holder.row : nil)) }
            if let refusal = refusal(picture) { return .failure(refusal) }
            nextID += 1
            let row = RecordedPicture(id: "\(nextID)", bucket: picture.bucket, key: picture.key, recordedAt: picture.recordedAt)
            rows.append(Row(row: row, picture: picture))
            return .success(.inserted(rowID: row.id))
        }
    }

    func moveRow(_ row: RecordedPicture, to picture: Picture, version: String?) throws(RecordFailure) -> Result<Bool, RecordFailure> {
        try probe()
        guard holder(picture) == nil, let index = rows.firstIndex(where: { $0.row == row }) else { return .success(false) }
        rows[index].row = RecordedPicture(id: row.id, bucket: picture.bucket, key: picture.key, recordedAt: row.recordedAt)
        return .success(true)
    }

    private func isSame(_ row: Row, _ picture: Picture) -> Bool {
        row.picture.camera == picture.camera && row.picture.sha256 == picture.sha256
    }

    private func holder(_ picture: Picture) -> Row? { rows.first { $0.row.bucket == picture.bucket && $0.row.key == picture.key } }

    private func known(_ picture: Picture) -> Row? {
        rows.first { row in
            guard isSame(row, picture), row.picture.imageIDSource == picture.imageIDSource else { return false }
            let apart = abs(row.row.recordedAt.milliseconds - picture.recordedAt.milliseconds)
            switch picture.imageIDSource {
            case .camera: return row.picture.imageID == picture.imageID && apart <= processedTTL
            case .gateway: return apart <= repeatWindow && (repeatWindow > 0 || row.picture.imageID == picture.imageID)
            }
        }
    }
}

/// Takes an object's bytes into memory.
final class HeldSink: BodySink, Sendable {
    private let taken = Monitor<[UInt8]>([])
    var bytes: [UInt8] { taken.read { $0 } }
    func take(_ bytes: borrowing Span<UInt8>) {
        var piece: [UInt8] = []
        for index in bytes.indices { piece.append(bytes[index]) }
        taken.update { $0 += piece }
    }
}
