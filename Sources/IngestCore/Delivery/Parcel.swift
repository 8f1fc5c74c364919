/// A picture on its way to the stores, known by a number while it is.
package struct ParcelID: Hashable, Sendable {
    package let number: UInt64
    package init(_ number: UInt64) { self.number = number }
}

/// Which queue a picture waits in. Live pictures never wait behind the backlog, and the backlog is never starved by them.
/// The raw value is the `path` label of `delivered_images_total`.
package enum Lane: String, CaseIterable, Sendable {
    /// Just assembled, its bytes in the pool.
    case live
    /// From the spool's files.
    case backlog = "spool"
}

/// What is to be done next for a picture. The order is the promise: object first, row second, local copy gone last.
package enum Stage: Equatable, Sendable {
    /// Ask the table whether it has this capture already, and whether the key is free.
    case locate
    case upload
    case record
    /// The row turned out to stand already and to name another key: see whether the object is there.
    case reconcile(RecordedPicture)
    /// It is not: let the row name ours.
    case moveRow(RecordedPicture)
    /// Before all that, where gateways coordinate: find out which of them stores it.
    case agree
    /// After all that: note it as processed.
    case mark(rowID: String)
}

/// The question of `Stage.locate`, asked while `Stage.agree` is not over yet: the two ask different servers.
package enum LookAhead: Equatable, Sendable {
    case no
    case queued
    /// The answer is of no use when the picture has got another name meanwhile, or has rested.
    case asked(isOfUse: Bool)
    case found(DeliveryStateMachine.Location)

    /// What the picture was is over: whatever is known of it, or will be, is not to be gone by.
    mutating func outdate() {
        if case .asked = self { self = .asked(isOfUse: false) } else { self = .no }
    }
}

package struct Parcel: Equatable, Sendable {
    package let id: ParcelID
    package var picture: Picture
    /// What it was called when it came; another name may turn out to be its own.
    package let arrived: CaptureIdentity
    /// The object name it came with.
    let wishedName: String
    /// The key to use when other bytes turn out to have `picture.key`.
    package internal(set) var alternateKey: String
    package let lane: Lane
    package var stage: Stage
    /// While it is being agreed about, the table is asked already.
    package internal(set) var ahead = LookAhead.no
    /// The breaker's leave for the upload under way.
    var attempt: CircuitBreaker.Attempt?
    /// Bytes a second at which it may be sent; nil is no limit.
    package internal(set) var rate: Int?
    /// The object is in the bucket, under `picture.key`.
    package var isUploaded = false
    /// `x-amz-version-id` of the object, where the bucket keeps versions.
    package var objectVersion: String?
    /// Deliveries of this picture that were refused for its own sake.
    package var refusals = 0
    package var lastError: String?
    /// A store would not have it, nor perhaps any other: another is to be tried before it is tried again.
    package internal(set) var standsBack = false
    /// Its camera's pictures are not let in: when the next of them is tried.
    package internal(set) var withheldUntil: Instant?
    /// When it was last refused for its own sake.
    package internal(set) var refusedAt: Instant?
    /// When it was complete, or taken from the spool, for `end_to_end_duration_seconds`.
    package let since: Instant

    package init(
        id: ParcelID, picture: Picture, alternateKey: String, lane: Lane, isUploaded: Bool = false, objectVersion: String? = nil,
        refusals: Int = 0, since: Instant
    ) {
        self.id = id
        self.picture = picture
        arrived = picture.identity
        wishedName = picture.objectName
        self.alternateKey = alternateKey
        self.lane = lane
        self.isUploaded = isUploaded
        self.objectVersion = objectVersion
        self.refusals = refusals
        self.since = since
        stage = isUploaded ? .record : .locate
    }

    /// Whether its bytes are what the object store is to get next.
    var isToBeSent: Bool { if case .upload = stage { true } else { false } }
}
