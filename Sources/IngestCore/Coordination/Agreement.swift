/// What Redis holds about one picture: the values of three keys. `claim` must have been read before `processed`, for whoever stores
/// a picture writes both at once: a claim seen as stored then has its line.
package struct CoordinationView: Equatable, Sendable {
    package var claim: String?
    package var processed: String?
    package var lock: String?

    package init(claim: String? = nil, processed: String? = nil, lock: String? = nil) {
        self.claim = claim
        self.processed = processed
        self.lock = lock
    }
}

/// Which of several gateways that hold the same picture stores it.
///
/// ```
/// processed: has it                                    stored; the copy may go
/// claim: of the same capture, under another identity   adopt it, and look again
///        of the same capture, held by another          wait
///        of the same capture, otherwise                claim it, as the same object and row
///        of another capture with equal bytes, held     alone; the table holds the two apart
///        of another capture, stored                    claim it
///        none                                          claim it
/// lock:  held by another                               wait, before any claim
/// ```
/// The same capture: equal bytes of the same camera, and the camera's own image id within `processed_ttl`, or gateways' ids within
/// `repeat_window` of each other's `recorded_at`. These are the table's rules, so that where Redis fails the table ends it alike.
package struct Agreement: Sendable {
    package enum Step: Equatable, Sendable {
        /// By whom and as what, if the claim still tells.
        case stored(by: String?, as: CaptureIdentity?)
        case adopt(CaptureIdentity)
        case wait
        /// Claim it, provided that the key still holds `expected`.
        case claim(Claim, expecting: String?)
        case alone
    }

    package let owner: String
    let repeatWindow: Duration
    let processedTTL: Duration

    /// - Parameter owner: of this gateway; no spaces, and no other's at any time.
    package init(owner: String, repeatWindow: Duration, processedTTL: Duration) {
        self.owner = owner
        self.repeatWindow = repeatWindow
        self.processedTTL = processedTTL
    }

    package func step(for picture: Picture, seeing view: CoordinationView) -> Step {
        let claim = view.claim.flatMap { Claim($0, of: picture.camera) }
        let isSame = claim.map { isSameCapture($0.identity, as: picture) } ?? false
        if ProcessedLines(view.processed).has(picture) {
            return isSame ? .stored(by: claim?.owner, as: claim?.identity) : .stored(by: nil, as: nil)
        }
        if let claim, isSame, claim.identity != picture.identity { return .adopt(claim.identity) }
        if let text = view.claim {
            guard let claim else { return .alone }
            if !claim.isStored, claim.owner != owner { return isSame ? .wait : .alone }
            if !claim.isStored, !isSame { return .alone }
            return takeUnlessLocked(picture, view, expecting: text)
        }
        return takeUnlessLocked(picture, view, expecting: nil)
    }

    private func takeUnlessLocked(_ picture: Picture, _ view: CoordinationView, expecting text: String?) -> Step {
        if let lock = view.lock, lock != owner { return .wait }
        return .claim(Claim(picture, owner: owner), expecting: text)
    }

    /// Whether the bytes of `picture` under `identity` are the same capture.
    package func isSameCapture(_ identity: CaptureIdentity, as picture: Picture) -> Bool {
        let apart = Duration.milliseconds(abs(identity.recordedAt.milliseconds - picture.recordedAt.milliseconds))
        switch picture.imageIDSource {
        case .camera: return identity.imageID == picture.imageID && apart <= processedTTL
        case .gateway: return identity.imageID == picture.imageID || apart <= repeatWindow && repeatWindow > .zero
        }
    }

    /// How long the claim of a stored picture stays.
    package func claimExpiry(for picture: Picture) -> Duration { picture.imageIDSource == .camera ? processedTTL : repeatWindow }
}
