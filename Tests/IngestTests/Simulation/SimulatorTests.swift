import Foundation
import IngestCore
import Testing

@testable import Ingest

@Suite("A simulator")
struct SimulatorTests {
    private final class Recorder: ChunkPublisher {
        var messages: [(topic: String, payload: Data)] = []
        var isFinished = false
        func publish(_ payload: [UInt8], to topic: String) { messages.append((topic, Data(payload))) }
        func idle(until deadline: Duration) {}
        func finish() { isFinished = true }
    }

    private struct Message: Decodable {
        var id: String
        var index, total: Int
        var imageID: String?
        var data: String

        private enum CodingKeys: String, CodingKey {
            case id, index, total, data
            case imageID = "image_id"
        }
    }

    @Test("publishes pictures that can be put together again, and tells what they were", arguments: ChunkWriter.Encoding.allCases)
    func wholePictures(encoding: ChunkWriter.Encoding) throws {
        var settings = settings(cameras: 3, images: 4)
        settings.encoding = encoding
        settings.givesImageIDs = true
        let (messages, taken, tally) = try run(settings)

        #expect(taken.count == 12 && taken.allSatisfy { $0.whole && $0.size == 5000 && $0.dropped == 0 })
        #expect(Set(taken.map(\.sha256)).count == 12)
        #expect(tally.pictures == 12 && tally.whole == 12 && tally.chunks == messages.count)
        for picture in taken {
            let parts = messages.filter { $0.id == picture.camera && $0.imageID == picture.imageID }.sorted { $0.index < $1.index }
            #expect(parts.map(\.index) == Array(0..<picture.chunks))
            let bytes =
                switch encoding {
                case .parts: parts.reduce(into: Data()) { $0 += Data(base64Encoded: $1.data) ?? Data() }
                case .text: Data(base64Encoded: parts.map(\.data).joined()) ?? Data()
                }
            #expect(fingerprint(Array(bytes)) == picture.sha256)
        }
    }

    @Test("publishes files byte for byte, in turn")
    func files() throws {
        var settings = settings(cameras: 1, images: 3)
        settings.files = [Array("first file".utf8), [UInt8](repeating: 9, count: 2500)]
        let (messages, taken, _) = try run(settings)
        #expect(taken.map(\.size) == [10, 2500, 10])
        #expect(taken.map(\.sha256) == [0, 1, 0].map { fingerprint(settings.files[$0]) })
        #expect(messages.map(\.total) == [1, 3, 3, 3, 1])
    }

    @Test("tells which pictures lost a chunk, and which equal the one before")
    func lossAndStillness() throws {
        var settings = settings(cameras: 2, images: 50)
        settings.plan.drop = 0.1
        settings.plan.repeats = 0.1
        settings.plan.still = 0.3
        let (messages, taken, tally) = try run(settings)
        #expect(taken.count { !$0.whole } == tally.pictures - tally.whole && tally.whole > 0 && tally.whole < 100)
        #expect(tally.dropped == taken.reduce(0) { $0 + $1.dropped })
        #expect(messages.count == 100 * 5 - tally.dropped + tally.repeats)
        for camera in ["cam1", "cam2"] {
            let own = taken.filter { $0.camera == camera }
            for (before, after) in zip(own, own.dropFirst()) { #expect(after.still == (after.sha256 == before.sha256)) }
        }
    }

    @Test(
        "publishes where the gateway listens",
        arguments: [
            ("camera/+/image_json", "camera/cam7/image_json"), ("+", "cam7"), ("site/+/camera/+/#", "site/cam7/camera/sim/sim"),
            ("fixed", "fixed"),
        ])
    func topics(filter: String, topic: String) { #expect(Simulator.topic(filter, camera: "cam7") == topic) }

    private func settings(cameras: Int, images: Int) -> Simulator.Settings {
        var settings = Simulator.Settings()
        (settings.plan.cameras, settings.plan.images, settings.plan.seed) = (cameras, images, 5)
        (settings.size, settings.chunkSize) = (5000, 1000)
        return settings
    }

    private func run(_ settings: Simulator.Settings) throws -> ([Message], [TakenPicture], Simulator.Tally) {
        let recorder = Recorder()
        var taken: [TakenPicture] = []
        var simulator = Simulator(settings)
        try simulator.run(on: recorder, digest: fingerprint, taken: { taken.append($0) })
        #expect(recorder.isFinished)
        let messages = try recorder.messages.map { topic, payload in
            let message = try JSONDecoder().decode(Message.self, from: payload)
            #expect(topic == "camera/\(message.id)/image_json")
            return message
        }
        return (messages, taken, simulator.tally)
    }

    /// Tells the bytes of one test's pictures apart; what SHA-256 is, is the business of others.
    private func fingerprint(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
