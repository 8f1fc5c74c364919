import IngestCore
import Logging
import Platform

/// The thread that brings pictures into the bucket: takes what the board allows, keeps the transfers going, says how each ended.
final class UploadWorker {
    private enum Work {
        case parcel(Parcel)
        /// The row's object was found: ours, under another key, is removed.
        case removal(Parcel)
        case bucket
        case fetch(ObjectFetch)
    }

    private let delivery: Delivery
    private let store: any ObjectPort
    private let reporter: BackendReporter
    private let post: WorkerPost
    private var underWay: [UInt64: (work: Work, since: Instant)] = [:]
    private var nextNumber: UInt64 = 0
    private var nextLook = Instant.current

    init(delivery: Delivery, store: any ObjectPort, reporter: BackendReporter, post: WorkerPost = WorkerPost("upload")) {
        self.delivery = delivery
        self.store = store
        self.reporter = reporter
        self.post = post
        delivery.onWork(store.wake)
    }

    func run() {
        while true {
            post.turn { configuration in
                store.adopt(configuration)
                nextLook = .current
            }
            let (parcels, fetches, until, mayEnd) = delivery.state.update { state in
                let now = Instant.current
                let mayEnd = state.isAbandoned || state.isStopping && state.board.count == 0
                let (parcels, fetches) = (state.board.takeUploads(now: now), state.fetches.take(now: now))
                let latest = now + .seconds(1)
                state.nextUploadLook = min(state.board.nextMove(after: now) ?? latest, latest)
                return (parcels, fetches, state.nextUploadLook, mayEnd)
            }
            if mayEnd { return }
            for parcel in parcels { begin(parcel) }
            for fetch in fetches { begin(fetch) }
            lookAtBucketWhenIdle()
            // With transfers under way the bucket is not looked at, so its time is nothing to wake for.
            let next = underWay.isEmpty ? min(until, nextLook) : until
            for completion in store.wait(atMost: max(next - .current, .milliseconds(1))) { end(completion) }
        }
    }

    /// With nothing to deliver, nobody would notice that the bucket is gone; so it is looked at now and then.
    private func lookAtBucketWhenIdle() {
        guard underWay.isEmpty, nextLook <= .current else { return }
        nextLook = .current + .seconds(15)
        start(.bucket, as: .bucket)
    }

    private func begin(_ parcel: Parcel) {
        switch parcel.stage {
        case .reconcile(let row):
            start(.exists(bucket: row.bucket, key: row.key), as: .parcel(parcel))
        default:
            guard let bytes = delivery.state.read({ $0.sources[parcel.id] }) else {
                return settle(parcel, .failure(DeliveryFailure(.retry(after: nil), "its bytes cannot be read")))
            }
            reporter.log.step("Uploading \(parcel.picture.key), \(parcel.picture.size) bytes", of: parcel.picture)
            start(.put(parcel.picture, bytes, rate: parcel.rate), as: .parcel(parcel))
        }
    }

    private func begin(_ fetch: ObjectFetch) {
        let time = max(fetch.until - .current, .milliseconds(1))
        start(.get(bucket: fetch.bucket, key: fetch.key, into: fetch.body, limit: fetch.limit, within: time), as: .fetch(fetch))
    }

    private func start(_ task: ObjectTask, as work: Work) {
        nextNumber += 1
        underWay[nextNumber] = (work, .current)
        store.start(task, number: nextNumber)
    }

    private func end(_ completion: ObjectCompletion) {
        guard let (work, since) = underWay.removeValue(forKey: completion.number) else { return }
        switch (work, completion.result) {
        case (.fetch(let fetch), let result):
            delivery.state.update { $0.fetches.ended() }
            fetch.ended(result.failure)
        case (.bucket, let result):
            // A bucket may answer this and still refuse pictures: while any waits, only a delivery shows that all is well.
            let isIdle = delivery.state.read { $0.board.objects.isClosed || $0.isIdle }
            if result.failure != nil || isIdle { reporter.heard(result.failure) }
        case (.parcel(let parcel), .success(.stored(let version))):
            settle(parcel, .success(version), took: .current - since)
        case (.parcel(let parcel), .success(.exists(true))):
            start(.remove(bucket: parcel.picture.bucket, key: parcel.picture.key), as: .removal(parcel))
        case (.parcel(let parcel), .success(.exists(false))):
            reconcile(parcel, .success(false))
        case (.removal(let parcel), .success):
            reconcile(parcel, .success(true))
        case (.removal(let parcel), .failure(let failure)) where !failure.kind.passes:
            // Held fast by Object Lock, or without the right to remove: a twin that no row names harms nobody, and nobody waits for it.
            let other = parcel.stage.row?.key ?? ""
            reporter.log.warning(
                "Object \(parcel.picture.key) stays, though the table names its equal \(other): it could not be removed. \(failure.message)",
                metadata: ["camera_uid": "\(parcel.picture.camera)", "image_id": "\(parcel.picture.imageID)"])
            reconcile(parcel, .success(true))
        case (.parcel(let parcel), .failure(let failure)), (.removal(let parcel), .failure(let failure)):
            if parcel.stage.row == nil { settle(parcel, .failure(failure)) } else { reconcile(parcel, .failure(failure)) }
        case (.parcel(let parcel), .success(.done)):
            settle(parcel, .success(nil))
        }
    }

    private func settle(_ parcel: Parcel, _ result: Result<String?, DeliveryFailure>, took time: Duration? = nil) {
        reporter.log.step("Upload of \(parcel.picture.key) ended: \(result.failure?.message ?? "stored")", of: parcel.picture)
        let judged = delivery.state.update { state in
            if let time { state.figures.uploads.observe(time) }
            let judged = state.board.uploadEnded(parcel.id, result, now: .current, using: &state.random)
            if let judged { state.figures.failed(.minio, judged) }
            return judged
        }
        reporter.heard(judged, about: parcel.picture)
    }

    private func reconcile(_ parcel: Parcel, _ result: Result<Bool, DeliveryFailure>) {
        let (done, judged) = delivery.state.update { state in
            let end = state.board.reconciled(parcel.id, result, now: .current, using: &state.random)
            if let judged = end.failure { state.figures.failed(.minio, judged) }
            return (end.done, end.failure)
        }
        // That an object is there is no sign that one would be taken.
        if let judged { reporter.heard(judged, about: parcel.picture) }
        if let done { delivery.leave(done.0, rowID: done.rowID) }
    }
}

extension Stage {
    /// The row, while it is to be found out whether its object is there.
    fileprivate var row: RecordedPicture? {
        if case .reconcile(let row) = self { row } else { nil }
    }
}
