/// Where every picture on its way stands, and what each worker is to do next.
///
/// ```
///   locate ────► upload ────► record ────► done: the local copy may go
///      │ table     │ store       │ table
///      │ away      │ away        │ away
///      └─► upload  └──► shelf ◄──┘          spooled; or, where there is no spool, back to the queue
/// ```
/// Where gateways coordinate, `agree` comes before all that, with `locate` asked at the same time, and `mark` after it.
///
/// What stays simple because of what it refuses:
/// - It holds no bytes and does no I/O; a worker takes work, does it, and says how it went, exactly once for each piece.
/// - Each store has one breaker. What may not go now waits, or goes to the shelf; nothing is dropped here.
/// - It is bounded by what feeds it: the pool for live pictures, `backlogRoom` for the spool's.
package struct DeliveryStateMachine: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Transfers at once, of both lanes together.
        package var uploads = 8
        /// `[drain] concurrency`: those of the backlog among them.
        package var backlogUploads = 4
        /// Rows in one transaction.
        package var rows = 64
        /// `[drain] max_attempts`
        package var attempts = 10
        /// Whether there is a spool to shelve pictures in.
        package var hasShelf = false
        /// `[drain] max_rate`, in bytes a second; nil is no limit.
        package var backlogRate: Int?
        /// Whether the key template may repeat itself, so that the table must be asked before an upload even if that means waiting.
        package var mustLocate = false
        /// Whether there is a Redis through which gateways agree who stores a picture.
        package var coordinates = false

        package init() {}
    }

    package var limits: Limits
    /// Of the object store.
    package internal(set) var objects: CircuitBreaker
    /// Of the record store.
    package internal(set) var rows: CircuitBreaker
    package internal(set) var parcels: [ParcelID: Parcel] = [:]
    package internal(set) var backlogPace: Pace
    /// False while the spool has no room or cannot be written: live pictures wait in the pool then. Those of the backlog are in it.
    package var shelfIsOpen = true
    /// Set for a stop: nothing new begins, and what waits goes to the shelf.
    package internal(set) var isClosing = false
    var hasGivenUp = false
    var backlogRate: TokenBucket?
    /// Pictures of the backlog in delivery.
    var backlogCount = 0
    var locating = FIFO<ParcelID>()
    /// Those to be located while they are being agreed about. An entry counts only as long as its parcel says `queued`.
    var lookingAhead = FIFO<ParcelID>()
    var uploading = PerLane(FIFO<ParcelID>())
    var recording = FIFO<ParcelID>()
    var shelving = FIFO<ParcelID>()
    var agreeing = FIFO<ParcelID>()
    var marking = FIFO<ParcelID>()
    /// Pictures another gateway is at, until they are looked at again.
    var awaiting: [(id: ParcelID, until: Instant)] = []
    var transfers = PerLane(0)
    /// Pictures refused since each store last took one: should it turn out to take none, that was not their doing.
    var accusedByObjects: [ParcelID] = []
    var accusedByRows: [ParcelID] = []
    /// Cameras that each store does not let in though it takes others.
    package internal(set) var withheldByObjects = WithheldCameras()
    package internal(set) var withheldByRows = WithheldCameras()
    /// Pictures refused for their own sake, or their camera's, until they are tried again.
    var resting: [(id: ParcelID, until: Instant)] = []
    /// Whose picture has which key, of those in delivery: the table knows a key only once its row is written.
    var keys: [String: ParcelID] = [:]
    private var lastLane = Lane.backlog
    private var nextID: UInt64 = 0

    package init(limits: Limits, backoff: Backoff) {
        self.limits = limits
        objects = CircuitBreaker(backoff: backoff)
        rows = CircuitBreaker(backoff: backoff)
        backlogPace = Pace(ceiling: limits.backlogUploads)
        backlogRate = limits.backlogRate.map { TokenBucket(rate: $0) }
    }

    /// Goes on with other limits and pauses. Whatever is held back is tried at once: the change may be what it waited for.
    package mutating func adopt(_ drain: Configuration.Drain, now: Instant) {
        limits.backlogUploads = drain.concurrency
        limits.attempts = drain.maxAttempts
        backlogPace.adopt(ceiling: drain.concurrency)
        if limits.backlogRate != drain.maxRate {
            limits.backlogRate = drain.maxRate
            backlogRate = drain.maxRate.map { TokenBucket(rate: $0) }
        }
        objects.backoff = Backoff(drain)
        rows.backoff = Backoff(drain)
        tryNow(now: now)
    }

    /// Takes a picture in charge. It leaves by `recorded`, `reconciled`, `moved` or `shelved`.
    package mutating func admit(
        _ picture: Picture, alternateKey: String, lane: Lane, isUploaded: Bool = false, objectVersion: String? = nil, refusals: Int = 0,
        now: Instant
    ) -> ParcelID {
        nextID += 1
        var picture = picture
        if let owner = keys[picture.objectName], parcels[owner]?.picture.sha256 != picture.sha256 { picture.key = alternateKey }
        keys[picture.objectName] = ParcelID(nextID)
        var parcel = Parcel(
            id: ParcelID(nextID), picture: picture, alternateKey: alternateKey, lane: lane, isUploaded: isUploaded,
            objectVersion: objectVersion, refusals: refusals, since: now
        )
        if limits.coordinates {
            parcel.stage = .agree
            if !isUploaded, rows.isClosed {
                parcel.ahead = .queued
                lookingAhead.append(parcel.id)
            }
        }
        parcels[parcel.id] = parcel
        if lane == .backlog { backlogCount += 1 }
        enqueue(parcel)
        return parcel.id
    }

    /// Pictures that wait or are under way, in both lanes.
    package var count: Int { parcels.count }

    /// Those of them that are in memory alone.
    package var liveCount: Int { parcels.count - backlogCount }

    /// Whether both stores take pictures, as far as is known.
    package var isWell: Bool { objects.isClosed && rows.isClosed }

    /// Whether live pictures wait for a store that is away.
    package var isStuck: Bool { !(objects.isClosed && rows.isClosed) && parcels.count > backlogCount }

    /// How many of the spool's pictures delivery would take now. Kept small: the files are the queue, this is its head. While a store
    /// is away there is room for one, when it may be tried: that one is the probe.
    package func backlogRoom(now: Instant) -> Int {
        guard !isClosing else { return 0 }
        if objects.isClosed && rows.isClosed { return max(0, 2 * limits.backlogUploads + limits.rows / 2 - backlogCount) }
        // Where a store refuses all, one waits for the next try, so that it takes its turn with a live one.
        let mayBeNext = [objects, rows].allSatisfy { $0.wantsCandidate || $0.wouldPermit(now: now) }
        return mayBeNext ? max(0, 1 - backlogCount) : 0
    }
}

// MARK: - The upload worker

extension DeliveryStateMachine {
    /// Uploads and reconciliations to start now; each is owed one `uploadEnded` or `reconciled`.
    package mutating func takeUploads(now: Instant, most: Int = .max) -> [Parcel] {
        wakeResting(now: now)
        skipLocatingWhileTheTableIsAway(now: now)
        var taken: [Parcel] = []
        while !isClosing, taken.count < most, let lane = nextUploadLane(now: now), let attempt = objects.permission(now: now).attempt {
            guard let id = uploading[lane].popFirst(), let waiting = parcels[id] else { break }
            if let until = withheldByObjects.hold(waiting.picture.camera, now: now) {
                objects.withdraw(attempt, now: now)
                putAside(id, until: until)
                continue
            }
            parcels[id]?.attempt = attempt
            transfers[lane] += 1
            lastLane = lane
            guard var parcel = parcels[id] else { break }
            if lane == .backlog, parcel.isToBeSent {
                parcel.rate = backlogRate?.rate
                backlogRate?.take(parcel.picture.size, now: now)
            }
            taken.append(parcel)
        }
        if taken.count < most, !objects.isClosed || isClosing {
            let next = objects.wantsCandidate && !isClosing ? 1 : 0
            shelveAll(in: \.uploading[.live], but: next)
            shelveAll(in: \.uploading[.backlog], but: next)
        }
        return taken
    }

    /// Whether `takeUploads` has something to give, or to put away. Changes nothing.
    package func hasUploads(now: Instant) -> Bool {
        if resting.contains(where: { $0.until <= now }) || !rows.isClosed && !locating.isEmpty { return true }
        if uploading[.live].isEmpty && uploading[.backlog].isEmpty { return false }
        if isClosing || !objects.isClosed && (!objects.wantsCandidate || max(uploading[.live].count, uploading[.backlog].count) > 1) {
            return true
        }
        return objects.wouldPermit(now: now) && nextUploadLane(now: now) != nil
    }

    /// - Returns: the failure, as it is now known whose it is.
    @discardableResult
    package mutating func uploadEnded(
        _ id: ParcelID, _ result: Result<String?, DeliveryFailure>, now: Instant, using random: inout some RandomNumberGenerator
    ) -> DeliveryFailure? {
        guard var parcel = parcels[id] else { return result.failure }
        transfers[parcel.lane] -= 1
        switch result {
        case .success(let version):
            heard(nil, about: parcel, now: now, using: &random)
            if parcel.lane == .backlog { backlogPace.succeeded() }
            parcel.isUploaded = true
            parcel.objectVersion = version
            parcel.stage = .record
            put(parcel)
        case .failure(let failure):
            if parcel.lane == .backlog { backlogPace.failed() }
            return failed(parcel, failure, now: now, using: &random)
        }
        return nil
    }

    /// The answer to `Stage.reconcile`: whether the row's object is there. If so, ours, under another key, was removed.
    /// - Returns: the parcel and its row, when that was all; the failure, as it is now known whose it is.
    package mutating func reconciled(
        _ id: ParcelID, _ result: Result<Bool, DeliveryFailure>, now: Instant, using random: inout some RandomNumberGenerator
    ) -> (done: (Parcel, rowID: String)?, failure: DeliveryFailure?) {
        guard var parcel = parcels[id], case .reconcile(let row) = parcel.stage else { return (nil, result.failure) }
        transfers[parcel.lane] -= 1
        switch result {
        case .success(true):
            answered(parcel, now: now, using: &random)
            parcel.picture.adopt(row)
            return (finish(parcel, rowID: row.id), nil)
        case .success(false):
            answered(parcel, now: now, using: &random)
            parcel.stage = .moveRow(row)
            put(parcel)
        case .failure(let failure):
            return (nil, failed(parcel, failure, now: now, using: &random))
        }
        return (nil, nil)
    }

    /// Both lanes take turns while both have something to send.
    private func nextUploadLane(now: Instant) -> Lane? {
        guard transfers[.live] + transfers[.backlog] < limits.uploads else { return nil }
        func canStart(_ lane: Lane) -> Bool {
            if uploading[lane].isEmpty { return false }
            return lane == .live || transfers[.backlog] < backlogPace.width && backlogRate?.isReady(now: now) != false
        }
        let other: Lane = lastLane == .live ? .backlog : .live
        return canStart(other) ? other : canStart(lastLane) ? lastLane : nil
    }

    /// Takes the spool's pictures that have not begun out of delivery, as when `[drain] window` closes.
    package mutating func recallBacklog() {
        shelveAll(in: \.uploading[.backlog])
        for id in locating.removeAll() { parcels[id]?.lane == .backlog ? shelving.append(id) : locating.append(id) }
    }

    /// A picture need not wait for the table where its key cannot be another's: the row's own rules find the repeat later.
    private mutating func skipLocatingWhileTheTableIsAway(now: Instant) {
        guard !rows.isClosed else { return }
        if limits.mustLocate {
            // Once the pause is over, one of them is the table's probe.
            if rows.heldUntil.map({ now < $0 }) ?? true { shelveAll(in: \.locating) }
            return
        }
        for id in locating.removeAll() {
            guard var parcel = parcels[id] else { continue }
            parcel.stage = .upload
            put(parcel)
        }
    }
}
