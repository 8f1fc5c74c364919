package import IngestCore
import Platform

/// The pictures on their way, shared by the threads that bring them there.
package final class Delivery: Sendable {
    struct State: Sendable {
        var machine: DeliveryStateMachine
        var sources: [ParcelID: any PictureBytes] = [:]
        /// Of live pictures: what the intake thread is to release.
        var captures: [ParcelID: CaptureHandle] = [:]
        var random = SystemRandomNumberGenerator()
        var figures = DeliveryFigures()
        /// For the spool's thread.
        var spool = SpoolInbox()
        /// The spool has entries that may be delivered now.
        var backlogWaits = false
        /// Nothing shows whether the stores take pictures.
        var isIdle: Bool { machine.count == 0 && !backlogWaits }
        /// For the upload thread.
        var fetches = FetchQueue()
        /// When that thread looks without being woken.
        var nextUploadLook = Instant.current
        var isStopping = false
        /// What is not safe by now cannot be made safe in time.
        var isAbandoned = false

        /// Whether a worker that finds nothing to do may end.
        var mayEnd: Bool { isStopping && (machine.count == 0 || isAbandoned) }

        /// A picture needs no delivery any more.
        mutating func leave(_ parcel: Parcel, as fate: End.Fate) -> End {
            let end = End(parcel: parcel, fate: fate, capture: captures.removeValue(forKey: parcel.id))
            if parcel.lane == .backlog { spool.delivered.append(end) }
            return end
        }

        /// Whether the upload thread has something to do, or has it sooner than it knows.
        func needsUploadWorker(now: Instant) -> Bool {
            if isStopping || isAbandoned || fetches.canBegin || machine.hasUploads(now: now) { return true }
            return machine.nextMove(after: now).map { $0 < nextUploadLook } ?? false
        }
    }

    /// What became of a picture that left.
    package struct End: Sendable {
        enum Fate: Equatable, Sendable {
            case stored(rowID: String)
            /// Another gateway stored it, under this identity if that is known.
            case storedElsewhere(as: CaptureIdentity?)
            /// It came again, and was stored before.
            case repeated(of: CaptureIdentity?)
            /// Its files are on the disk.
            case spooled
            /// Given up by `[spool] when_full`.
            case dropped
        }

        let parcel: Parcel
        let fate: Fate
        /// Whose memory may be released.
        let capture: CaptureHandle?
    }

    /// Of this folder's files alone: workers take work as duties, and answer them.
    let state: Monitor<State>
    /// Set once, before the workers start: wakes the upload worker out of its transfers.
    private let wakeUploads = Monitor<(@Sendable () -> Void)?>(nil)
    private let ended: @Sendable (End) -> Void

    /// - Parameter ended: told of every picture that left, on the thread that finished it; must not block.
    package init(limits: DeliveryStateMachine.Limits, backoff: Backoff, ended: @escaping @Sendable (End) -> Void) {
        state = Monitor(State(machine: DeliveryStateMachine(limits: limits, backoff: backoff)))
        self.ended = ended
    }

    func onWork(_ wake: @escaping @Sendable () -> Void) { wakeUploads.update { $0 = wake } }

    /// Takes a picture in charge; any thread.
    @discardableResult
    package func admit(
        _ picture: Picture, alternateKey: String, lane: Lane, bytes: any PictureBytes, capture: CaptureHandle? = nil,
        isUploaded: Bool = false, objectVersion: String? = nil, refusals: Int = 0
    ) -> ParcelID {
        change { state in
            let id = state.machine.admit(
                picture, alternateKey: alternateKey, lane: lane, isUploaded: isUploaded, objectVersion: objectVersion, refusals: refusals,
                now: .current
            )
            state.sources[id] = bytes
            state.captures[id] = capture
            return id
        }
    }

    /// Pictures not yet stored.
    package var count: Int { state.read { $0.machine.count } }

    /// The same and those stored since the start, for who must not wait for a thread that is stuck.
    var countsIfFree: (underWay: Int, stored: Int)? {
        state.readIfFree { ($0.machine.count, $0.figures.delivered[.live] + $0.figures.delivered[.backlog]) }
    }

    /// Whether pictures are stored as they come, as far as is known.
    var storesWork: Bool { state.read { $0.machine.objects.isClosed && $0.machine.rows.isClosed } }

    package var figures: DeliveryFigures { state.read { $0.figures } }

    /// Goes on with other limits and pauses, and tries at once whatever is held back.
    func adopt(_ drain: Configuration.Drain) { change { $0.machine.adopt(drain, now: .current) } }

    /// Rows were written of which nobody was told.
    func wentUntold(_ count: Int) { state.update { $0.figures.untold += count } }

    /// Begins no more, lets what waits go to the spool, and ends the workers once nothing is under way.
    package func stop() {
        change { state in
            state.machine.close()
            state.isStopping = true
        }
    }

    /// Waits until no live picture is under way, or those that are wait for a store that is away.
    func awaitLive(atMost limit: Duration) {
        _ = state.wait(atMost: limit) { $0.machine.liveCount == 0 || $0.machine.isStuck ? () : nil }
    }

    /// Waits until nothing is under way.
    /// - Returns: whether it came to that.
    func awaitEmpty(atMost limit: Duration) -> Bool { state.wait(atMost: limit) { $0.machine.count == 0 ? () : nil } != nil }

    /// Sends to the spool what is still under way.
    func giveUp() { change { $0.machine.giveUp() } }

    /// Ends the workers whatever is under way.
    func abandon() { change { $0.isAbandoned = true } }

    /// Takes a refused payload to be written down.
    func keep(_ payload: RefusedPayload) { state.update { $0.spool.keep(payload) } }

    /// When each store that failed is tried again.
    package var heldUntil: [HealthCheck: Instant] {
        state.read { state in
            var held: [HealthCheck: Instant] = [:]
            held[.minio] = state.machine.objects.heldUntil
            held[.postgres] = state.machine.rows.heldUntil
            return held
        }
    }

    /// Runs `body` on the state, then wakes whoever has something to do now.
    func change<R>(_ body: (inout State) -> R) -> R {
        let (answer, needsUploadWorker) = state.update { state in (body(&state), state.needsUploadWorker(now: .current)) }
        if needsUploadWorker { wakeUploads.read { $0 }?() }
        return answer
    }

    /// A picture is stored, and its local copy may go.
    func leave(_ parcel: Parcel, rowID: String) {
        let moment = Timestamp(milliseconds: MonotonicClock.wallMilliseconds())
        let end = state.update { state in
            state.figures.delivered(parcel, now: .current, at: moment)
            state.sources[parcel.id] = nil
            return state.leave(parcel, as: .stored(rowID: rowID))
        }
        ended(end)
    }

    /// A picture needs no delivery: it is stored already.
    func leave(_ parcel: Parcel, as fate: End.Fate) {
        let end = state.update { state in
            if case .repeated = fate { state.figures.repeated += 1 }
            state.sources[parcel.id] = nil
            return state.leave(parcel, as: fate)
        }
        ended(end)
    }

    /// A picture left for the spool, or for good.
    func leaveShelved(_ parcel: Parcel, as fate: End.Fate) {
        let capture = state.update { state in
            state.machine.shelved(parcel.id)
            if fate == .spooled { state.backlogWaits = true }
            state.sources[parcel.id] = nil
            return state.captures.removeValue(forKey: parcel.id)
        }
        ended(End(parcel: parcel, fate: fate, capture: capture))
    }
}

extension Instant {
    package static var current: Instant { Instant(sinceBoot: MonotonicClock.now()) }
}
