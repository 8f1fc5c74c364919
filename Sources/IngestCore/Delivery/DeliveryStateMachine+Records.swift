// MARK: - The record worker

extension DeliveryStateMachine {
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
            if !rows.isClosed { shelveAll(in: \.recording, but: rows.wantsCandidate ? Self.mostCandidates : 0) }
            return work
        }
        work.attempt = attempt
        while work.write.count + work.move.count < limits.rows, let id = recording.popFirst(), let parcel = parcels[id] {
            if let until = withheldByRows.hold(parcel.picture.camera, now: now) {
                putAside(id, until: until)
                continue
            }
            if case .moveRow = parcel.stage { work.move.append(parcel) } else { work.write.append(parcel) }
        }
        while work.locate.count < limits.rows, let id = locating.popFirst(), let parcel = parcels[id] { work.locate.append(parcel) }
        for var parcel in ahead {
            parcel.ahead = .asked(isOfUse: true)
            parcels[parcel.id] = parcel
            work.locate.append(parcel)
        }
        if work.isEmpty { rows.withdraw(attempt, now: now) }
        return work
    }

    /// Whether `takeRecordWork` has something to give, or to put away. Changes nothing.
    package func hasRecordWork(now: Instant) -> Bool {
        if locating.isEmpty && recording.isEmpty && lookingAhead.isEmpty { return false }
        if !rows.isClosed && (recording.count > (rows.wantsCandidate ? Self.mostCandidates : 0) || !lookingAhead.isEmpty) { return true }
        return rows.wouldPermit(now: now)
    }

    /// Rows that stay to be tried next where the table refuses all: a live picture's and one of the backlog's.
    private static let mostCandidates = 2

    /// Pictures to look up that are not agreed about yet. None while the table is away: it is no time for questions that may be in vain.
    private mutating func takeAhead(now: Instant) -> [Parcel] {
        var taken: [Parcel] = []
        while taken.count < limits.rows, let id = lookingAhead.popFirst() {
            guard let parcel = parcels[id], parcel.ahead == .queued else { continue }
            if rows.isClosed { taken.append(parcel) } else { parcels[id]?.ahead = .no }
        }
        return taken
    }

    /// What one round trip came to, in the order of its work.
    package struct RecordAnswers: Equatable, Sendable {
        package var located: [Location] = []
        package var written: [Result<Writing, DeliveryFailure>] = []
        package var moved: [Result<Bool, DeliveryFailure>] = []
        package init() {}
    }

    /// What became of the pictures of one round trip.
    package struct RecordOutcome: Sendable {
        /// Those with object and row.
        package var ended: [(parcel: Parcel, rowID: String)] = []
        /// Those that were refused, each with whose fault that is.
        package var refused: [(parcel: Parcel, failure: DeliveryFailure)] = []
        /// Whether the table took anything.
        package var hasTaken = false
    }

    /// The round trip came back with answers.
    @discardableResult
    package mutating func tableAnswered(
        _ work: RecordWork, _ answers: RecordAnswers = RecordAnswers(), now: Instant, using random: inout some RandomNumberGenerator
    ) -> RecordOutcome {
        let ends =
            zip(work.write, answers.written).map { ($0.picture.camera, $1.failure?.kind) }
            + zip(work.move, answers.moved).map { ($0.picture.camera, $1.failure?.kind) }
        let denied = Set(ends.filter { $0.1 == .denied }.map(\.0))
        let refused = ends.count { $0.1 == .picture } + denied.count { !withheldByRows.contains($0) }
        let taken = ends.count { $0.1 == nil }
        for (camera, failure) in ends where failure == nil { withheldByRows.taken(camera) }
        judge(work, taken: taken, refused: refused, denied: denied.count, now: now, using: &random)
        var outcome = RecordOutcome()
        for (parcel, location) in zip(work.locate, answers.located) { located(parcel.id, location, now: now) }
        func settle(_ parcel: Parcel, _ failure: DeliveryFailure) {
            let judged = failure.judged(by: rows)
            self.settle(parcel.id, judged, .rows, now: now)
            outcome.refused.append((parcel, judged))
        }
        for (parcel, result) in zip(work.write, answers.written) {
            switch result {
            case .success(let writing): if let end = recorded(parcel.id, writing, now: now) { outcome.ended.append(end) }
            case .failure(let failure): settle(parcel, failure)
            }
        }
        for (parcel, result) in zip(work.move, answers.moved) {
            switch result {
            case .success(let done): if let end = moved(parcel.id, done: done, now: now) { outcome.ended.append(end) }
            case .failure(let failure): settle(parcel, failure)
            }
        }
        outcome.hasTaken = taken > 0
        return outcome
    }

    /// Whether the table works, by what it did of `work`.
    private mutating func judge(
        _ work: RecordWork, taken: Int, refused: Int, denied: Int, now: Instant, using random: inout some RandomNumberGenerator
    ) {
        guard let attempt = work.attempt else { return }
        if taken > 0 {
            rows.record(nil, of: attempt, now: now, using: &random)
        } else if refused > 0 {
            rows.record(denied == refused ? .denied : .picture, count: refused, of: attempt, now: now, using: &random)
        } else if rows.refusesAll || denied > 0 {
            // It answers questions, which is not what it fails at.
            rows.withdraw(attempt, now: now)
        } else {
            rows.record(nil, of: attempt, now: now, using: &random)
        }
        if taken > 0 || rows.refusesAll { weigh(.rows, refusesAll: rows.refusesAll) }
    }

    /// The whole round trip failed: nothing of `work` is known to have happened.
    /// - Returns: the failure, as it is now known whose it is.
    @discardableResult
    package mutating func tableFailed(
        _ work: RecordWork, _ failure: DeliveryFailure, now: Instant, using random: inout some RandomNumberGenerator
    ) -> DeliveryFailure {
        let all = work.write + work.move + work.locate
        // Where nothing was taken apart, it is the whole table that lets nobody in.
        let failure = failure.kind == .denied ? DeliveryFailure(.operatorNeeded, failure.message) : failure
        if let attempt = work.attempt { rows.record(failure.kind, count: all.count, of: attempt, now: now, using: &random) }
        if rows.refusesAll { weigh(.rows, refusesAll: true) }
        let judged = failure.judged(by: rows)
        for parcel in all.reversed() {
            if case .asked = parcel.ahead {
                parcels[parcel.id]?.ahead = .no
                if parcels[parcel.id]?.stage == .agree { continue }
            }
            settle(parcel.id, judged, .rows, now: now)
        }
        return judged
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
