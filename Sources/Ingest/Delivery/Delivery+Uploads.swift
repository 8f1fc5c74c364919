import IngestCore
import Platform

// MARK: - What the upload worker is given, and its answers

extension Delivery {
    struct Upload: Sendable {
        /// Its stage says what to do: send its bytes, or see whether its row's object is there.
        let parcel: Parcel
        let bytes: (any PictureBytes)?
    }

    struct UploadTurn: Sendable {
        let fetches: [ObjectFetch]
        /// When there may be more to do.
        let until: Instant
        /// Whether there will be nothing more.
        let mayEnd: Bool
    }

    /// What may begin now, one after the other; nil is nothing more.
    func nextUpload() -> Duty<Upload>? {
        let upload = state.update { state -> Upload? in
            guard let parcel = state.machine.takeUploads(now: .current, most: 1).first else { return nil }
            return Upload(parcel: parcel, bytes: state.sources[parcel.id])
        }
        guard let upload else { return nil }
        return Duty(upload)
    }

    /// To be asked when there is no more to begin.
    func uploadTurn() -> UploadTurn {
        state.update { state in
            let now = Instant.current
            let mayEnd = state.isAbandoned || state.isStopping && state.machine.count == 0
            let latest = now + .seconds(1)
            state.nextUploadLook = min(state.machine.nextMove(after: now) ?? latest, latest)
            return UploadTurn(fetches: state.fetches.take(now: now), until: state.nextUploadLook, mayEnd: mayEnd)
        }
    }

    /// - Parameter result: the object's version, where the bucket keeps versions.
    /// - Returns: the failure, as it is now known whose it is.
    func uploaded(
        _ duty: consuming Duty<Upload>, _ result: Result<String?, DeliveryFailure>, took time: Duration? = nil
    ) -> DeliveryFailure? {
        let id = duty.answered().parcel.id
        return state.update { state in
            if let time { state.figures.uploads.observe(time) }
            let judged = state.machine.uploadEnded(id, result, now: .current, using: &state.random)
            if let judged { state.figures.failed(.minio, judged) }
            return judged
        }
    }

    /// - Parameter result: whether the row's object is there; then ours, under another key, was removed.
    /// - Returns: the failure, as it is now known whose it is.
    func reconciled(_ duty: consuming Duty<Upload>, _ result: Result<Bool, DeliveryFailure>) -> DeliveryFailure? {
        let id = duty.answered().parcel.id
        let (done, judged) = state.update { state in
            let end = state.machine.reconciled(id, result, now: .current, using: &state.random)
            if let judged = end.failure { state.figures.failed(.minio, judged) }
            return (end.done, end.failure)
        }
        if let done { leave(done.0, rowID: done.rowID) }
        return judged
    }

    /// A look at the bucket shows whether all is well; with pictures waiting, only one that is taken does.
    var objectsAreQuiet: Bool { state.read { $0.machine.objects.isClosed || $0.isIdle } }

    /// Cameras that the bucket does not let in though it takes others.
    var withheldByObjects: Int { state.read { $0.machine.withheldByObjects.count } }

    func fetchEnded() { state.update { $0.fetches.ended() } }
}
