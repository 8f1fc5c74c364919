// MARK: - The record worker

extension DeliveryBoard {
    /// What one round trip to the table is to do.
    package struct RecordWork: Equatable, Sendable {
        package var locate: [Parcel] = []
        package var write: [Parcel] = []
        package var move: [Parcel] = []
        fileprivate var attempt: CircuitBreaker.Attempt?
        package var isEmpty: Bool { locate.isEmpty && write.isEmpty && move.isEmpty }
    }

    /// What the table answered when asked about a picture before its upload.
    package enum Location: Equatable, Sendable {
        case new
        /// The capture has a row already; it keeps its moment and its key.
        case again(recordedAt: Timestamp, bucket: String, key: String)
        /// Other bytes own the key.
        case keyTaken
    }

    package enum Writing: Equatable, Sendable {
        case stored(rowID: String)
        /// The capture had a row already, naming another key.
        case again(rowID: String, key: String)
        case keyTaken
    }

    /// Work for one round trip. It is owed one `tableAnswered` or `tableFailed`, and for each picture the answer to its part.
    package mutating func takeRecordWork(now: Instant) -> RecordWork {
        var work = RecordWork()
        guard !(locating.isEmpty && recording.isEmpty) else { return work }
        guard let attempt = rows.permission(now: now).attempt else {
            if !rows.isClosed { shelveAll(in: \.recording) }
            return work
        }
        work.attempt = attempt
        while work.write.count + work.move.count < limits.rows, let id = recording.popFirst(), let parcel = parcels[id] {
            if case .moveRow = parcel.stage { work.move.append(parcel) } else { work.write.append(parcel) }
        }
        while work.locate.count < limits.rows, let id = locating.popFirst(), let parcel = parcels[id] { work.locate.append(parcel) }
        return work
    }

    package mutating func tableAnswered(_ work: RecordWork, now: Instant, using random: inout some RandomNumberGenerator) {
        if let attempt = work.attempt { rows.record(nil, of: attempt, now: now, using: &random) }
    }

    /// The whole round trip failed: nothing of `work` is known to have happened.
    package mutating func tableFailed(
        _ work: RecordWork, _ failure: DeliveryFailure, now: Instant, using random: inout some RandomNumberGenerator
    ) {
        if let attempt = work.attempt { rows.record(failure.kind, of: attempt, now: now, using: &random) }
        for parcel in (work.write + work.move + work.locate).reversed() { again(parcel, failure) }
    }

    package mutating func located(_ id: ParcelID, _ location: Location) {
        guard var parcel = parcels[id] else { return }
        switch location {
        case .new: break
        case .again(let recordedAt, let bucket, let key):
            parcel.picture.adopt(recordedAt: recordedAt, bucket: bucket, key: key)
        case .keyTaken:
            parcel.picture.key = parcel.alternateKey
        }
        parcel.stage = .upload
        put(parcel)
    }

    /// - Returns: the parcel, when it is done.
    package mutating func recorded(_ id: ParcelID, _ writing: Writing) -> Parcel? {
        guard var parcel = parcels[id] else { return nil }
        switch writing {
        case .stored:
            return leave(parcel)
        case .again(_, let key) where key == parcel.picture.key:
            return leave(parcel)
        case .again(let rowID, let key):
            parcel.stage = .reconcile(rowID: rowID, rowKey: key)
            put(parcel)
        case .keyTaken:
            parcel.picture.key = parcel.alternateKey
            parcel.isUploaded = false
            parcel.stage = .upload
            put(parcel)
        }
        return nil
    }

    /// The row names our object now.
    package mutating func moved(_ id: ParcelID) -> Parcel? { parcels[id].flatMap { leave($0) } }
}
