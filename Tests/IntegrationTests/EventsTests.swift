import Foundation
import IngestCore
import TestServices
import Testing

@Suite("The log")
struct EventsTests {
    private struct Line: Decodable {
        let level, message: String
        let message_id, camera_uid, image_id, reason, backend: String?
    }

    @Test("names kind, camera and image of each event, so that people find it by them")
    func fields() throws {
        let store = try OwnStore()
        let overrides = "[log]\nformat = \"json\"\n[intake]\nstale_after = \"1s\"\n[s3]\ntimeout = \"2s\""
        let site = try Site(overrides) { $0.store = store.server }
        let cameras = try site.cameras()
        try cameras.publish(TestPicture("cam7", 7))
        try site.waitForRows(1)
        try cameras.publish("{\"index\":0}", topic: "camera/cam8/image_json")
        let half = "{\"index\":0,\"total\":2,\"data\":\"AAAA\",\"image_id\":\"half\"}"
        try cameras.publish(half, topic: "camera/cam9/image_json")
        try cameras.finish()
        try site.gateway.waitForLog("Gave up image half")
        store.kill()
        try cameras.publish(TestPicture("cam7", 8))
        try site.gateway.waitForLog("minio is away")
        try store.start()
        try site.waitForRows(2)
        try site.gateway.waitForLog("minio is back")
        try site.gateway.terminate()

        let lines = site.gateway.logLines.compactMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        func line(_ kind: EventKind) throws -> Line { try #require(lines.first { $0.message_id == kind.rawValue }, "\(kind)") }
        let stored = try line(.imageStored)
        #expect(stored.message.hasPrefix("Saved image object ") && stored.level == "info")
        #expect(stored.camera_uid == "cam7" && stored.image_id != nil)
        let refused = try line(.messageRefused)
        #expect(refused.camera_uid == "cam8" && refused.reason == "field_missing" && refused.level == "warning")
        let gaveUp = try line(.imageIncomplete)
        #expect(gaveUp.camera_uid == "cam9" && gaveUp.image_id == "half" && gaveUp.reason == "timeout")
        #expect(try line(.backendAway).backend == "minio")
        #expect(try line(.backendBack).backend == "minio")
        for kind in [EventKind.started, .brokerConnected, .stopping, .stopped] { #expect(try line(kind).level == "notice") }
    }
}
