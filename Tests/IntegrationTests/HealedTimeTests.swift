import Foundation
import TestServices
import Testing

@Suite("The times of a machine without a clock")
struct HealedTimeTests {
    private struct Times: Decodable {
        let recorded_at: Double
        let clock: String
        let corrected: Double?
        let error: Double?
    }

    private func times(_ site: Site) throws -> [Times] {
        let text = try site.sql(
            """
            select coalesce(json_agg(r), '[]') from (
                select extract(epoch from recorded_at) as recorded_at, metadata->>'clock' as clock,
                    extract(epoch from (metadata->>'recorded_at_corrected')::timestamptz) as corrected,
                    (metadata->>'recorded_at_error_seconds')::float as error
                from thermo.image_objects order by metadata->>'image_id') r
            """)
        return try JSONDecoder().decode([Times].self, from: Data(text.utf8))
    }

    /// To 1970.
    private static let back = -Int(Date().timeIntervalSince1970) + 3600

    @Test("are corrected while pictures wait, when the kernel's clock is synchronised and jumps, also by a later run of the gateway")
    func kernel() throws {
        let clock = try WrongClock(shift: Self.back, isSynchronised: false)
        let (postgres, store) = (try PostgresServer(), try OwnStore())
        let site = try Site {
            $0.environment = clock.environment
            $0.postgres = postgres
            $0.store = store.server
            $0.starts = false
        }
        postgres.stop(abruptly: true)
        store.kill()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        let began = Date().timeIntervalSince1970
        try site.cameras().publish(TestPicture("cam1", 1, imageID: "a", size: 2000))
        try eventually("the first to be spooled") { site.gateway.metric("spool_images{state=\"pending\"}") == 1 }
        let between = Date().timeIntervalSince1970
        try clock.set(shift: 0, isSynchronised: true)
        try site.cameras().publish(TestPicture("cam1", 2, imageID: "b", size: 2000))
        try eventually("the second to be spooled") { site.gateway.metric("spool_images{state=\"pending\"}") == 2 }
        let clocks = site.folder.file("spool").appending(path: ".clocks")
        try eventually("the moment to be kept") { FileManager.default.fileExists(atPath: clocks.path) }
        try site.gateway.terminate()
        try postgres.start()
        try store.start()
        try site.gateway.start()
        try site.waitForRows(2)
        let times = try times(site)
        #expect(times.map(\.clock) == ["unsynchronised", "synchronised"])
        #expect(times[0].recorded_at < 100_000 && times[1].corrected == nil && times[1].error == nil)
        let corrected = try #require(times[0].corrected)
        #expect((began - 0.1...between + 0.1).contains(corrected), "\(corrected)")
        #expect(abs(times[0].recorded_at - corrected - times[0].error!) < 0.002)
        #expect(try site.rows("metadata->>'image_id' = 'a'").first?.object_name.hasPrefix("cam1/a-") == true)
    }

    @Test("are corrected by the object store's Date where the kernel never knows")
    func store() throws {
        let clock = try WrongClock(shift: Self.back, isSynchronised: false)
        let postgres = try PostgresServer()
        let site = try Site {
            $0.environment = clock.environment
            $0.postgres = postgres
        }
        try site.gateway.waitForFailure(of: "clock")
        let began = Date().timeIntervalSince1970
        try site.cameras().publish(TestPicture("cam1", 1, imageID: "a", size: 2000))
        try site.waitForRows(1)
        let times = try times(site)
        #expect(times[0].clock == "unsynchronised" && times[0].recorded_at < 100_000)
        let corrected = try #require(times[0].corrected)
        // A Date has whole seconds.
        #expect((began - 2...Date().timeIntervalSince1970 + 2).contains(corrected), "\(corrected)")
    }
}
