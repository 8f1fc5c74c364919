import Foundation
import TestServices
import Testing

@Suite("The log at level debug")
struct DebugLogTests {
    private let redis: RedisServer

    init() throws { redis = try RedisServer() }

    private func site(level: String, _ store: OwnStore? = nil) throws -> Site {
        try Site("[log]\nlevel = \"\(level)\"\n[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"") { $0.store = store?.server }
    }

    private let steps = [
        "Opened image", "Chunk 0 of 5 of image", "taken, the last one", "Journal: committing", "Complete: cam7/", "Uploading cam7/",
        "ended: stored", "inserted(rowID:", "is set",
    ]

    @Test("tells every step of a picture's way, to the row and through the spool")
    func everyStep() throws {
        let store = try OwnStore()
        let site = try site(level: "debug", store)
        let picture = TestPicture("cam7", 1, chunkSize: 4 << 10)
        try site.cameras().publish(picture)
        let row = try #require(try site.waitForRows(1).first)
        for step in steps { try site.gateway.waitForLog(step, within: 10) }
        #expect(site.gateway.logLines("Chunk ").count == 5)
        #expect(site.gateway.logLines("Complete: \(row.object_name), 20000 bytes, SHA-256 \(picture.sha256)").count == 1)
        #expect(site.gateway.logLines("processed:\(row.metadata.image_id) is set").count == 1)
        store.kill()
        try site.cameras().publish(TestPicture("cam7", 2))
        try site.gateway.waitForLog("Spooled as ")
        try store.start()
        try site.gateway.waitForLog("Drained ")
    }

    @Test("is silent about them at level info")
    func silence() throws {
        let site = try site(level: "info")
        try site.cameras().publish(TestPicture("cam7", 1, chunkSize: 4 << 10))
        try site.waitForRows(1)
        try site.gateway.waitForLog("Saved image object")
        for step in steps { #expect(site.gateway.logLines(step).isEmpty, "\(step)") }
    }
}
