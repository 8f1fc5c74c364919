/// A delivery that failed: what it calls for, and in words.
package struct DeliveryFailure: Error, Equatable, Sendable {
    package let kind: FailureClass
    /// What happened, where, and what to do next.
    package let message: String

    package init(_ kind: FailureClass, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Where a store takes nothing, a refusal is the store's.
    func judged(by store: CircuitBreaker) -> DeliveryFailure {
        guard kind == .picture || kind == .denied, store.refusesAll else { return self }
        return DeliveryFailure(.operatorNeeded, "it refuses every picture, the last one so: \(message)")
    }
}

extension Result {
    package var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}

// MARK: - What failed, and the shelf

extension DeliveryStateMachine {
    /// Pictures to be put on the shelf now; each is owed one `shelved` or `unshelvable`.
    package mutating func takeShelving(most: Int) -> [Parcel] {
        var taken: [Parcel] = []
        while taken.count < most, let id = shelving.popFirst(), let parcel = parcels[id] { taken.append(parcel) }
        return taken
    }

    /// Whether `takeShelving` has something to give.
    package var hasShelving: Bool { !shelving.isEmpty }

    /// The picture is safe in the spool (or was all along): it leaves delivery.
    package mutating func shelved(_ id: ParcelID) {
        if let parcel = parcels[id] { _ = leave(parcel) }
    }

    /// It could not be shelved: it waits in the pool.
    package mutating func unshelvable(_ id: ParcelID) {
        if let parcel = parcels[id] { enqueue(parcel, first: true) }
    }

    /// Whether a picture was refused for its own sake as often as is allowed, and belongs into quarantine.
    package func isOutOfAttempts(_ parcel: Parcel) -> Bool { parcel.refusals >= limits.attempts }

    /// The next moment at which something may go that may not go now.
    package var nextMove: Instant? { moves.min() }

    /// The same, but for moments that are over: whoever did not use them then has nothing to use them for.
    package func nextMove(after now: Instant) -> Instant? { moves.filter { $0 > now }.min() }

    private var moves: [Instant] {
        [objects.heldUntil, rows.heldUntil, resting.map(\.until).min(), uploading[.backlog].isEmpty ? nil : backlogRate?.readyAt]
            .compactMap(\.self)
    }

    /// An operator has put something right: both stores may be tried at once.
    package mutating func tryNow(now: Instant) {
        objects.tryNow(now: now)
        rows.tryNow(now: now)
        withheldByObjects.tryNow(now: now)
        withheldByRows.tryNow(now: now)
    }

    /// The gateway stops: nothing new is begun, and what waits for an upload goes to the shelf. Rows of pictures that are uploaded are
    /// still written, while the table answers.
    package mutating func close() {
        isClosing = true
        shelveAll(in: \.uploading[.live])
        shelveAll(in: \.uploading[.backlog])
        shelveAll(in: \.locating)
        recallAgreements()
        for (id, _) in resting where limits.hasShelf && shelfIsOpen { shelving.append(id) }
        resting = []
    }

    /// Nothing is waited for any more: what is under way goes to the shelf too. If it arrives all the same, it is the same object and
    /// the same row when it is delivered again.
    package mutating func giveUp() {
        close()
        _ = (
            locating.removeAll(), recording.removeAll(), uploading[.live].removeAll(), uploading[.backlog].removeAll(), shelving.removeAll()
        )
        for parcel in parcels.values.sorted(by: { $0.id.number < $1.id.number }) where canShelve(parcel) { shelving.append(parcel.id) }
        hasGivenUp = true
    }

    func canShelve(_ parcel: Parcel) -> Bool { limits.hasShelf && (shelfIsOpen || parcel.lane == .backlog) }

    /// The store answered a question. That is nothing it fails at where it refuses all that it is given.
    mutating func answered(_ parcel: Parcel, now: Instant, using random: inout some RandomNumberGenerator) {
        guard objects.refusesAll else { return heard(nil, about: parcel, now: now, using: &random) }
        if let attempt = parcel.attempt { objects.withdraw(attempt, now: now) }
    }

    /// An upload, or what goes with it, came to something.
    mutating func heard(
        _ failure: DeliveryFailure?, about parcel: Parcel, now: Instant, using random: inout some RandomNumberGenerator
    ) {
        let camera = parcel.picture.camera
        if let attempt = parcel.attempt {
            // That a camera which is not let in is still not let in says nothing of others.
            if failure?.kind == .denied, withheldByObjects.contains(camera), !objects.refusesAll {
                objects.withdraw(attempt, now: now)
            } else {
                objects.record(failure?.kind, of: attempt, now: now, using: &random)
            }
        }
        if failure == nil { withheldByObjects.taken(camera) }
        if failure == nil || objects.refusesAll { weigh(.objects, refusesAll: objects.refusesAll) }
    }

    /// - Returns: the failure, as it is now known whose it is.
    mutating func failed(
        _ parcel: Parcel, _ failure: DeliveryFailure, now: Instant, using random: inout some RandomNumberGenerator
    ) -> DeliveryFailure {
        heard(failure, about: parcel, now: now, using: &random)
        let judged = failure.judged(by: objects)
        settle(parcel.id, judged, .objects, now: now)
        return judged
    }

    /// What a failure means for its picture.
    mutating func settle(_ id: ParcelID, _ failure: DeliveryFailure, _ store: Store, now: Instant) {
        switch failure.kind {
        case .picture:
            self[keyPath: store.accused].append(id)
            refused(id, failure.message, now: now)
        case .unsendable: refused(id, failure.message, now: now)
        case .denied:
            guard let parcel = parcels[id] else { return }
            parcels[id]?.lastError = failure.message
            guard let until = self[keyPath: store.withheld].denied(parcel.picture.camera, now: now) else { return again(id, failure) }
            putAside(id, until: until)
        case .retry, .operatorNeeded: again(id, failure)
        }
    }

    /// What is kept of each store's refusals.
    enum Store {
        case objects, rows

        var accused: WritableKeyPath<DeliveryStateMachine, [ParcelID]> { self == .objects ? \.accusedByObjects : \.accusedByRows }
        var withheld: WritableKeyPath<DeliveryStateMachine, WithheldCameras> { self == .objects ? \.withheldByObjects : \.withheldByRows }
    }

    /// Its camera's pictures are not let in: it goes to the shelf, or waits in the pool, and lets the others pass.
    mutating func putAside(_ id: ParcelID, until: Instant) {
        guard parcels[id] != nil, !hasGivenUp else { return }
        parcels[id]?.withheldUntil = until
        guard let parcel = parcels[id] else { return }
        if canShelve(parcel) { shelving.append(id) } else { resting.append((id, until)) }
    }

    /// The store was at fault: the picture goes to the shelf, or to the front of its queue; where a person is needed to its end, for another
    /// may be the one that is taken.
    mutating func again(_ id: ParcelID, _ failure: DeliveryFailure) {
        // Gone to the shelf meanwhile, as at a stop that waits no longer.
        guard parcels[id] != nil else { return }
        parcels[id]?.lastError = failure.message
        parcels[id]?.standsBack = !failure.kind.passes
        parcels[id]?.withheldUntil = nil
        guard let parcel = parcels[id], !hasGivenUp else { return }
        if canShelve(parcel) { shelving.append(id) } else { enqueue(parcel, first: !parcel.standsBack) }
    }

    /// A store took a picture: those that it refused since the last have themselves to blame. It takes none: they do not.
    mutating func weigh(_ store: Store, refusesAll: Bool) {
        let list = store.accused
        if refusesAll {
            for id in self[keyPath: list] where (parcels[id]?.refusals ?? 0) > 0 { parcels[id]?.refusals -= 1 }
            self[keyPath: store.withheld].forget()
        }
        self[keyPath: list] = []
    }

    /// The picture was at fault: it rests for a while, the longer the more often, and lets the others pass.
    package mutating func refused(_ id: ParcelID, _ message: String, now: Instant) {
        guard var parcel = parcels[id] else { return }
        parcel.refusals += 1
        parcel.refusedAt = now
        parcel.lastError = message
        parcels[id] = parcel
        if hasGivenUp { return }
        if canShelve(parcel) {
            shelving.append(id)
        } else {
            resting.append((id, now + min(.seconds(1) * (1 << min(parcel.refusals, 6)), .seconds(60))))
        }
    }

    mutating func wakeResting(now: Instant) {
        guard !resting.isEmpty else { return }
        for (id, until) in resting where until <= now {
            if let parcel = parcels[id] { enqueue(parcel) }
        }
        resting.removeAll { $0.until <= now }
    }

    /// - Parameter kept: how many stay, to be tried next.
    mutating func shelveAll(in queue: WritableKeyPath<DeliveryStateMachine, FIFO<ParcelID>>, but kept: Int = 0) {
        guard limits.hasShelf else { return }
        var left = kept
        for id in self[keyPath: queue].removeAll() {
            guard let parcel = parcels[id] else { continue }
            if left > 0 || !canShelve(parcel) {
                left -= 1
                self[keyPath: queue].append(id)
            } else {
                shelving.append(id)
            }
        }
    }
}

// MARK: - Queues

extension DeliveryStateMachine {
    mutating func put(_ parcel: Parcel) {
        parcels[parcel.id] = parcel
        enqueue(parcel)
    }

    mutating func leave(_ parcel: Parcel) -> Parcel {
        if parcels.removeValue(forKey: parcel.id)?.lane == .backlog { backlogCount -= 1 }
        for name in [parcel.picture.objectName, parcel.wishedName] where keys[name] == parcel.id { keys[name] = nil }
        return parcel
    }

    mutating func enqueue(_ parcel: Parcel, first: Bool = false) {
        if hasGivenUp { return }
        if isClosing, canShelve(parcel), !parcel.isUploaded { return shelving.append(parcel.id) }
        switch parcel.stage {
        case .locate: first ? locating.putBack(parcel.id) : locating.append(parcel.id)
        case .upload, .reconcile: first ? uploading[parcel.lane].putBack(parcel.id) : uploading[parcel.lane].append(parcel.id)
        case .record, .moveRow: first ? recording.putBack(parcel.id) : recording.append(parcel.id)
        case .agree: first ? agreeing.putBack(parcel.id) : agreeing.append(parcel.id)
        case .mark: first ? marking.putBack(parcel.id) : marking.append(parcel.id)
        }
    }
}

/// One value for either lane.
package struct PerLane<Value: Sendable>: Sendable {
    private var live, backlog: Value

    package init(_ value: Value) {
        live = value
        backlog = value
    }

    package subscript(lane: Lane) -> Value {
        get { lane == .live ? live : backlog }
        set { if lane == .live { live = newValue } else { backlog = newValue } }
    }
}

extension CircuitBreaker.Permission {
    /// The leave to try, if that is what it is.
    var attempt: CircuitBreaker.Attempt? {
        switch self {
        case .go(let attempt), .probe(let attempt): attempt
        case .wait, .waitForProbe: nil
        }
    }
}

extension CircuitBreaker {
    package var isClosed: Bool { condition == .working }
}

extension Picture {
    /// What no two different pictures may share.
    var objectName: String { bucket + "/" + key }
}
