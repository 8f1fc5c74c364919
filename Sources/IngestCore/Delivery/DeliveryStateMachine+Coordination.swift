// MARK: - The Redis worker

extension DeliveryStateMachine {
    /// How long a picture waits in the pool for another gateway to store it, before it goes to the shelf.
    static let patience = Duration.seconds(10)

    /// Whether `takeAgreements` or `takeMarks` has something to give. Changes nothing.
    package func hasCoordinationWork(now: Instant) -> Bool {
        !agreeing.isEmpty || !marking.isEmpty || awaiting.contains { $0.until <= now }
    }

    /// Pictures that the gateways have to agree about now; each is owed one `agreed`, `rests` or `storedBefore`.
    package mutating func takeAgreements(most: Int, now: Instant) -> [Parcel] {
        if !awaiting.isEmpty {
            for (id, until) in awaiting where until <= now { agreeing.append(id) }
            awaiting.removeAll { $0.until <= now }
        }
        var taken: [Parcel] = []
        while taken.count < most, let id = agreeing.popFirst() { if let parcel = parcels[id] { taken.append(parcel) } }
        return taken
    }

    /// This gateway stores it, as `picture` says; or nobody can be asked.
    package mutating func agreed(_ id: ParcelID, as picture: Picture, alternateKey: String, now: Instant) {
        guard var parcel = parcels[id], parcel.stage == .agree else { return }
        rename(&parcel, picture, alternateKey)
        let name = parcel.picture.objectName
        if let owner = keys[name], parcels[owner]?.picture.sha256 != picture.sha256 { parcel.picture.key = alternateKey }
        if parcel.picture.objectName != name { parcel.ahead.outdate() }
        keys[parcel.picture.objectName] = id
        parcel.stage = parcel.isUploaded ? .record : .locate
        switch parcel.ahead {
        case .found(let location):
            parcel.ahead = .no
            parcels[id] = parcel
            located(id, location, now: now)
        case .asked:
            parcels[id] = parcel
        case .no, .queued:
            parcel.ahead = .no
            put(parcel)
        }
    }

    /// Another gateway is at it: the picture rests, and is looked at again.
    package mutating func rests(_ id: ParcelID, as picture: Picture, alternateKey: String, until: Instant, now: Instant) {
        guard var parcel = parcels[id], parcel.stage == .agree else { return }
        rename(&parcel, picture, alternateKey)
        parcel.ahead.outdate()
        parcels[id] = parcel
        if hasGivenUp { return }
        if canShelve(parcel), isClosing || parcel.lane == .live && now - parcel.since > Self.patience {
            shelving.append(id)
        } else {
            awaiting.append((id, until))
        }
    }

    /// It may have taken the identity that another gateway gave the same capture.
    private mutating func rename(_ parcel: inout Parcel, _ picture: Picture, _ alternateKey: String) {
        guard parcel.picture != picture else { return }
        if keys[parcel.picture.objectName] == parcel.id { keys[parcel.picture.objectName] = nil }
        parcel.picture = picture
        parcel.alternateKey = alternateKey
        parcel.ahead.outdate()
    }

    /// The gateway stops: what nobody has agreed about yet goes to the shelf.
    mutating func recallAgreements() {
        for (id, _) in awaiting { agreeing.append(id) }
        awaiting = []
        shelveAll(in: \.agreeing)
    }

    /// The capture is stored: the copy may go.
    package mutating func storedBefore(_ id: ParcelID) -> Parcel? {
        guard let parcel = parcels[id], parcel.stage == .agree else { return nil }
        return leave(parcel)
    }

    /// When a picture that rests is looked at next.
    package var nextLook: Instant? { awaiting.map(\.until).min() }

    /// Pictures with object and row, to be noted as processed; each is owed one `marked`.
    package mutating func takeMarks(most: Int) -> [Parcel] {
        var taken: [Parcel] = []
        while taken.count < most, let id = marking.popFirst() { if let parcel = parcels[id] { taken.append(parcel) } }
        return taken
    }

    /// - Returns: the parcel and its row, now that it is done.
    package mutating func marked(_ id: ParcelID) -> (Parcel, rowID: String)? {
        guard let parcel = parcels[id], case .mark(let rowID) = parcel.stage else { return nil }
        return (leave(parcel), rowID)
    }

    /// Object and row are there. Without coordination that was all.
    mutating func finish(_ parcel: Parcel, rowID: String) -> (Parcel, rowID: String)? {
        guard limits.coordinates else { return (leave(parcel), rowID) }
        var parcel = parcel
        parcel.stage = .mark(rowID: rowID)
        put(parcel)
        return nil
    }
}
