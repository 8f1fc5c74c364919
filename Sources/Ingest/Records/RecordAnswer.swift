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

    var located: Located {
        switch self {
        case .nothing, .inserted, .noDevice: .new
        case .again(let row): .again(row)
        case .same(let row): .keyTaken(sameBytes: row)
        case .taken: .keyTaken(sameBytes: nil)
        }
    }

    var written: Written {
        switch self {
        case .inserted(let id): .inserted(id: id)
        case .again(let row): .again(row)
        case .same(let row): .keyTaken(sameBytes: row)
        // ON CONFLICT met a row that was committed while this statement ran, by another camera's gateway.
        case .taken, .nothing: .keyTaken(sameBytes: nil)
        case .noDevice:
            .refused(
                RecordFailure(
                    PostgresError(
                        .value, "devices", "the camera's row cannot be added: a constraint, trigger or policy of that table is in its way"))
            )
        }
    }
}
