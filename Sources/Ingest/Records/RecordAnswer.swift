import Clients
import IngestCore

/// What `locate` or `store` said of one picture: at most one row of a word, then id, bucket, key and `recorded_at` in milliseconds.
enum RecordAnswer: Equatable {
    case nothing
    case again(RecordedPicture)
    case same(RecordedPicture)
    case taken
    case inserted(id: String)
    case noDevice

    init(_ rows: PostgresRows) {
        guard rows.count > 0, let word = rows[0, 0] else {
            self = .nothing
            return
        }
        // bucket and key are NULL in no table that was written through its unique constraint, but nothing else forbids it.
        let row = RecordedPicture(
            id: rows[0, 1] ?? "", bucket: rows[0, 2] ?? "", key: rows[0, 3] ?? "",
            recordedAt: Timestamp(milliseconds: rows[0, 4].flatMap(Int64.init) ?? 0)
        )
        switch word {
        case "again": self = .again(row)
        case "same": self = .same(row)
        case "inserted": self = .inserted(id: row.id)
        case "nodevice": self = .noDevice
        default: self = .taken
        }
    }

    var located: DeliveryStateMachine.Location {
        switch self {
        case .nothing, .inserted, .noDevice: .new
        case .again(let row): .again(row)
        case .same(let row): .keyTaken(sameBytes: row)
        case .taken: .keyTaken(sameBytes: nil)
        }
    }

    var written: Result<DeliveryStateMachine.Writing, RecordFailure> {
        switch self {
        case .inserted(let id): .success(.inserted(rowID: id))
        case .again(let row): .success(.again(row))
        case .same(let row): .success(.keyTaken(sameBytes: row))
        case .taken: .success(.keyTaken(sameBytes: nil))
        case .nothing: .failure(RecordFailure(.notKept(.row, "store")))
        case .noDevice: .failure(RecordFailure(.notKept(.device, "devices")))
        }
    }
}

extension PostgresError {
    enum Unkept: String { case row = "row of this picture", device = "row of this camera" }

    /// The server said that all is well, and the row is not there.
    static func notKept(_ what: Unkept, _ operation: String) -> PostgresError {
        PostgresError(.notKept, operation, "the \(what.rawValue) was not kept, though the server refused nothing")
    }
}
