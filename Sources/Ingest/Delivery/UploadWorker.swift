import IngestCore
import Logging
import Platform

/// The thread that brings pictures into the bucket: takes what delivery allows, keeps the transfers going, says how each ended.
final class UploadWorker {
    /// One request under way.
    private final class Transfer {
        enum Work {
            /// To be sent, or its row's object looked for.
            case picture(Parcel)
            /// The row's object was found: ours, under another key, is removed.
            case removal(Parcel)
            case bucket
            case fetch(ObjectFetch)
        }

        var work: Work
        var since = Instant.current
        /// Of a picture.
        var duty: Duty<Delivery.Upload>?

        init(_ work: Work, _ duty: consuming Duty<Delivery.Upload>? = nil) {
            self.work = work
            self.duty = consume duty
        }
    }

    private let delivery: Delivery
    private let store: any ObjectPort
    private let reporter: BackendReporter
    private let channel: WorkerChannel
    private var underWay: [UInt64: Transfer] = [:]
    private var nextNumber: UInt64 = 0
    private var staying = LogLimiter<Int>(interval: .seconds(60), burst: 20)
    private var nextLook = Instant.current

    init(delivery: Delivery, store: any ObjectPort, reporter: BackendReporter, channel: WorkerChannel = WorkerChannel("upload")) {
        self.delivery = delivery
        self.store = store
        self.reporter = reporter
        self.channel = channel
        delivery.onWork(store.wake)
    }

    func run() {
        while true {
            channel.turn { configuration in
                store.adopt(configuration)
                nextLook = .current
            }
            while let duty = delivery.nextUpload() { begin(duty) }
            let turn = delivery.uploadTurn()
            if turn.mayEnd { return forsakeAll() }
            for fetch in turn.fetches { begin(fetch) }
            lookAtBucketWhenIdle()
            // With transfers under way the bucket is not looked at, so its time is nothing to wake for.
            let next = underWay.isEmpty ? min(turn.until, nextLook) : turn.until
            for completion in store.wait(atMost: max(next - .current, .milliseconds(1))) { end(completion) }
        }
    }

    /// With nothing to deliver, nobody would notice that the bucket is gone; so it is looked at now and then.
    private func lookAtBucketWhenIdle() {
        guard underWay.isEmpty, nextLook <= .current else { return }
        nextLook = .current + .seconds(15)
        start(.bucket, Transfer(.bucket))
    }

    private func begin(_ duty: consuming Duty<Delivery.Upload>) {
        let (parcel, bytes) = (duty.content.parcel, duty.content.bytes)
        if let row = parcel.stage.row {
            start(.exists(bucket: row.bucket, key: row.key), Transfer(.picture(parcel), duty))
        } else if let bytes {
            reporter.log.step("Uploading \(parcel.picture.key), \(parcel.picture.size) bytes", of: parcel.picture)
            start(.put(parcel.picture, bytes, rate: parcel.rate), Transfer(.picture(parcel), duty))
        } else {
            settle(Transfer(.picture(parcel), duty), parcel, .failure(DeliveryFailure(.retry(after: nil), "its bytes cannot be read")))
        }
    }

    private func begin(_ fetch: ObjectFetch) {
        let time = max(fetch.until - .current, .milliseconds(1))
        start(.get(bucket: fetch.bucket, key: fetch.key, into: fetch.body, limit: fetch.limit, within: time), Transfer(.fetch(fetch)))
    }

    private func start(_ task: ObjectTask, _ transfer: Transfer) {
        nextNumber += 1
        underWay[nextNumber] = transfer
        store.start(task, number: nextNumber)
    }

    private func end(_ completion: ObjectCompletion) {
        guard let transfer = underWay.removeValue(forKey: completion.number) else { return }
        switch (transfer.work, completion.result) {
        case (.fetch(let fetch), let result):
            delivery.fetchEnded()
            fetch.ended(result.failure)
        case (.bucket, let result):
            if result.failure != nil || delivery.objectsAreQuiet { reporter.heard(result.failure) }
        case (.picture(let parcel), .success(.stored(let version))):
            settle(transfer, parcel, .success(version))
        case (.picture(let parcel), .success(.done)):
            settle(transfer, parcel, .success(nil))
        case (.picture(let parcel), .success(.exists(true))):
            transfer.work = .removal(parcel)
            start(.remove(bucket: parcel.picture.bucket, key: parcel.picture.key), transfer)
        case (.picture, .success(.exists(false))):
            reconcile(transfer, .success(false))
        case (.removal(let parcel), .failure(let failure)) where !failure.kind.passes:
            // Held fast by Object Lock, or without the right to remove: a twin that no row names harms nobody, and nobody waits for it.
            tellStays(parcel, failure)
            reconcile(transfer, .success(true))
        case (.removal, .success):
            reconcile(transfer, .success(true))
        case (.picture(let parcel), .failure(let failure)) where parcel.stage.row == nil:
            settle(transfer, parcel, .failure(failure))
        case (.picture, .failure(let failure)), (.removal, .failure(let failure)):
            reconcile(transfer, .failure(failure))
        }
    }

    private func settle(_ transfer: Transfer, _ parcel: Parcel, _ result: Result<String?, DeliveryFailure>) {
        reporter.log.step("Upload of \(parcel.picture.key) ended: \(result.failure?.message ?? "stored")", of: parcel.picture)
        guard let duty = transfer.duty.take() else { return }
        let judged = delivery.uploaded(duty, result, took: .current - transfer.since)
        // A file that cannot be read back is named once, by the spool.
        guard parcel.lane == .live || judged?.kind != .unsendable else { return }
        if let judged { reporter.heard(judged, about: parcel.picture) } else { reporter.taken(withheld: delivery.withheldByObjects) }
    }

    private func reconcile(_ transfer: Transfer, _ result: Result<Bool, DeliveryFailure>) {
        guard let duty = transfer.duty.take() else { return }
        let picture = duty.content.parcel.picture
        // That an object is there is no sign that one would be taken.
        if let judged = delivery.reconciled(duty, result) { reporter.heard(judged, about: picture) }
    }

    private func tellStays(_ parcel: Parcel, _ failure: DeliveryFailure) {
        guard let more = staying.note(0, now: .current) else { return }
        reporter.log.warning(
            "Object \(parcel.picture.key) stays, though the table names its equal \(parcel.stage.row?.key ?? ""): it could not be removed. \(failure.message)\(more)",
            metadata: ["camera_uid": "\(parcel.picture.camera)", "image_id": "\(parcel.picture.imageID)"])
    }

    /// The gateway ends, whatever is under way.
    private func forsakeAll() {
        for transfer in underWay.values { if let duty = transfer.duty.take() { duty.forsake() } }
    }
}

extension Stage {
    /// The row, while it is to be found out whether its object is there.
    fileprivate var row: RecordedPicture? {
        if case .reconcile(let row) = self { row } else { nil }
    }
}
