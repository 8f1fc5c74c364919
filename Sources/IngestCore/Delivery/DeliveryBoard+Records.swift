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

    /// What the table says of a picture before its upload.
    package enum Location: Equatable, Sendable {
        case new
        /// The capture has a row already; its moment and its key hold.
        case again(RecordedPicture)
        /// Another row has the key. `sameBytes` is that row where it holds the same bytes of the same camera.
        case keyTaken(sameBytes: RecordedPicture?)
    }

    /// What became of a picture's row.
    package enum Writing: Equatable, Sendable {
        case inserted(rowID: String)
        case again(RecordedPicture)
        case keyTaken(sameBytes: RecordedPicture?)
    }

    /// Work for one round trip. It is owed one `tableAnswered` or `tableFailed`, and for each picture the answer to its part.
    package mutating func takeRecordWork(now: Instant) -> RecordWork {
        var work = RecordWork()
        let ahead = takeAhead(now: now)
        guard !(locating.isEmpty && recording.isEmpty && ahead.isEmpty) else { return work }
        guard let attempt = rows.permission(now: now).attempt else {
            if !rows.isClosed { shelveAll(in: \.recording) }
            return work
        }
        work.attempt = attempt
        while work.write.count + work.move.count < limits.rows, let id = recording.popFirst(), let parcel = parcels[id] {
            if case .moveRow = parcel.stage { work.move.append(parcel) } else { work.write.append(parcel) }
        }
        while work.locate.count < limits.rows, let id = locating.popFirst(), let parcel = parcels[id] { work.locate.append(parcel) }
        for var parcel in ahead {
            parcel.ahead = .asked(isOfUse: true)
            parcels[parcel.id] = parcel
            work.locate.append(parcel)
        }
        return work
    }

    /// Whether `takeRecordWork` has something to give, or to put away. Changes nothing.
    package func hasRecordWork(now: Instant) -> Bool {
        if locating.isEmpty && recording.isEmpty && lookingAhead.isEmpty { return false }
        return !rows.isClosed && !(recording.isEmpty && lookingAhead.isEmpty) || rows.wouldPermit(now: now)
    }

    /// Pictures to look up that are not agreed about yet. None while the table is away: it is no time for questions that may be in vain.
    private mutating func takeAhead(now: Instant) -> [Parcel] {
        var taken: [Parcel] = []
        while taken.count < limits.rows, let id = lookingAhead.popFirst() {
            guard let parcel = parcels[id], parcel.ahead == .queued else { continue }
            if rows.isClosed { taken.append(parcel) } else { parcels[id]?.ahead = .no }
        }
        return taken
    }

    package mutating func tableAnswered(_ work: RecordWork, now: Instant, using random: inout some RandomNumberGenerator) {
        if let attempt = work.attempt { rows.record(nil, of: attempt, now: now, using: &random) }
    }

    /// The whole round trip failed: nothing of `work` is known to have happened.
    package mutating func tableFailed(
        _ work: RecordWork, _ failure: DeliveryFailure, now: Instant, using random: inout some RandomNumberGenerator
    ) {
        if let attempt = work.attempt { rows.record(failure.kind, of: attempt, now: now, using: &random) }
        for parcel in (work.write + work.move + work.locate).reversed() {
            guard case .asked = parcel.ahead else {
                again(parcel, failure)
                continue
            }
            guard var parcel = parcels[parcel.id] else { continue }
            parcel.ahead = .no
            if parcel.stage == .agree { parcels[parcel.id] = parcel } else { again(parcel, failure) }
        }
    }

    package mutating func located(_ id: ParcelID, _ location: Location, now: Instant) {
        guard var parcel = parcels[id] else { return }
        if case .asked(let isOfUse) = parcel.ahead {
            parcel.ahead = isOfUse && parcel.stage == .agree ? .found(location) : .no
            parcels[id] = parcel
            if parcel.stage == .agree { return }
            if !isOfUse { return enqueue(parcel) }
        }
        switch location {
        case .new:
            parcel.stage = .upload
        case .again(let row):
            parcel.picture.adopt(row)
            parcel.stage = .upload
        case .keyTaken(let row):
            return keyIsTaken(parcel, by: row, next: .locate, now: now)
        }
        put(parcel)
    }

    /// - Returns: the parcel and its row, when it is done.
    package mutating func recorded(_ id: ParcelID, _ writing: Writing, now: Instant) -> (Parcel, rowID: String)? {
        guard var parcel = parcels[id] else { return nil }
        switch writing {
        case .inserted(let rowID):
            return finish(parcel, rowID: rowID)
        case .again(let row) where row.key == parcel.picture.key && row.bucket == parcel.picture.bucket:
            return finish(parcel, rowID: row.id)
        case .again(let row):
            parcel.stage = .reconcile(row)
            put(parcel)
        case .keyTaken(let row?) where row.key == parcel.alternateKey:
            return finish(parcel, rowID: row.id)
        case .keyTaken(let row):
            parcel.isUploaded = false
            keyIsTaken(parcel, by: row, next: .upload, now: now)
        }
        return nil
    }

    /// - Parameter done: false when the row has changed meanwhile, so that the picture has to be written down again.
    package mutating func moved(_ id: ParcelID, done: Bool, now: Instant) -> (Parcel, rowID: String)? {
        guard var parcel = parcels[id], case .moveRow(let row) = parcel.stage else { return nil }
        if done { return finish(parcel, rowID: row.id) }
        parcel.stage = .record
        parcels[id] = parcel
        refused(id, "its row changed while it was being led to object \(parcel.picture.key)", now: now)
        return nil
    }

    /// The first time the alternate key is tried. That one holds the checksum: when it is taken too, then by the same bytes, or by
    /// bytes that no retry will get past.
    private mutating func keyIsTaken(_ parcel: Parcel, by row: RecordedPicture?, next stage: Stage, now: Instant) {
        var parcel = parcel
        if parcel.picture.key != parcel.alternateKey {
            parcel.picture.key = parcel.alternateKey
            parcel.stage = stage
            put(parcel)
        } else if let row {
            parcel.picture.adopt(row)
            parcel.stage = .upload
            put(parcel)
        } else {
            parcels[parcel.id] = parcel
            refused(parcel.id, "another picture has object key \(parcel.picture.key); make the [s3] key template tell them apart", now: now)
        }
    }
}
