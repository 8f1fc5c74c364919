import Clients
import Foundation
import IngestCore
import Platform
import TestFiles
import TestServices
import Testing

@testable import Ingest

@Suite("The delivery wakes")
struct DeliveryWakeTests {
    private let delivery: Delivery
    private let wakes = Monitor(0)
    private var random = SplitMix(seed: 1)

    init() {
        var limits = DeliveryStateMachine.Limits()
        limits.coordinates = true
        delivery = Delivery(limits: limits, backoff: Backoff(initial: .seconds(1), longest: .seconds(1))) { _ in }
        delivery.onWork { [wakes] in wakes.update { $0 += 1 } }
        pauseUploads()
    }

    @Test("the upload thread when a picture may be uploaded, and for nothing before and after")
    mutating func picture() throws {
        let id = admit("a")
        #expect(woken == 0)
        let asked = delivery.state.update { $0.machine.takeRecordWork(now: .current) }
        delivery.change { state in
            state.machine.tableAnswered(asked, now: .current, using: &random)
            state.machine.located(id, .new, now: .current)
        }
        #expect(woken == 0, "it is not agreed about")
        agree(id)
        #expect(woken == 1)
        delivery.state.update { state in
            _ = state.machine.takeUploads(now: .current)
            state.machine.uploadEnded(id, .success(nil), now: .current, using: &random)
        }
        let written = delivery.state.update { $0.machine.takeRecordWork(now: .current) }
        delivery.change { state in
            state.machine.tableAnswered(written, now: .current, using: &random)
            _ = state.machine.recorded(id, .inserted(rowID: "1"), now: .current)
        }
        delivery.change { state in _ = state.machine.takeMarks(most: 9).map { state.machine.marked($0.id) } }
        #expect(woken == 1)
        #expect(delivery.count == 0)
    }

    @Test("the upload thread when something is due sooner than it looks by itself")
    mutating func sooner() {
        _ = admit("a")
        let asked = delivery.state.update { $0.machine.takeRecordWork(now: .current) }
        delivery.change { _ = $0.machine.tableFailed(asked, DeliveryFailure(.retry(after: nil), "away"), now: .current, using: &random) }
        #expect(woken == 1, "the table is tried again before that")
        pauseUploads(for: .milliseconds(1))
        delivery.change { _ in }
        #expect(woken == 1, "it looks in time")
    }

    @Test("the upload thread for whoever wants to look at a picture, and for a stop")
    func others() throws {
        let folder = try TemporaryFolder()
        let body = try TemporaryFileBody(in: folder.url.path)
        #expect(
            delivery.fetch(
                ObjectFetch(bucket: "b", key: "k", body: body, limit: 9, until: .current + .seconds(60), ended: { _ in })))
        #expect(woken == 1)
        delivery.state.update { _ = $0.fetches.take(now: .current) }
        delivery.change { _ in }
        #expect(woken == 1)
        delivery.stop()
        #expect(woken == 2)
    }

    // MARK: Steps

    private var woken: Int { wakes.read { $0 } }

    /// As the upload thread before it waits.
    private func pauseUploads(for time: Duration = .seconds(60)) { delivery.state.update { $0.nextUploadLook = .current + time } }

    private func admit(_ key: String) -> ParcelID {
        let picture = Picture(
            camera: CameraUID("cam")!, imageID: "i", imageIDSource: .gateway, topic: "t", recordedAt: Timestamp(milliseconds: 5), size: 3,
            chunks: 1, sha256: String(repeating: "5", count: 64), contentType: .jpeg, bucket: "b", key: key)
        return delivery.admit(picture, alternateKey: key + "-alternate", lane: .live, bytes: NoBytes())
    }

    private func agree(_ id: ParcelID) {
        delivery.change { state in
            guard let picture = state.machine.parcels[id]?.picture else { return }
            state.machine.agreed(id, as: picture, alternateKey: "a-alternate", now: .current)
        }
    }
}
