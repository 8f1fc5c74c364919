import Foundation
import TestServices
import Testing

@Suite("While a backend is away", .serialized)
struct OutageTests {
    @Test("because the object store was killed, nothing is lost and nothing double; health tells")
    func storeKilled() throws {
        let store = try OwnStore()
        let site = try Site("[s3]\ntimeout = \"2s\"") { $0.store = store.server }
        var pictures = try publish(at: site, 0..<20)
        try eventually("some pictures") { try site.rowCount() > 3 }
        store.kill()
        pictures += try publish(at: site, 20..<40)
        let error = try site.gateway.waitForFailure(of: "minio")
        #expect(error.contains("127.0.0.1:\(store.server.port)"), "\(error)")
        #expect(site.gateway.health?.status == "degraded")
        #expect(site.gateway.isReady, "pictures are accepted all the same")
        try store.start()
        pictures += try publish(at: site, 40..<50)
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("because the object store hangs, it counts as away after its timeout, and all is there in the end")
    func storeFrozen() throws {
        let store = try OwnStore()
        let site = try Site("[s3]\ntimeout = \"2s\"") { $0.store = store.server }
        var pictures = try publish(at: site, 0..<10)
        try eventually("some pictures") { try site.rowCount() > 3 }
        store.freeze()
        pictures += try publish(at: site, 10..<30)
        try site.gateway.waitForFailure(of: "minio")
        store.thaw()
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("because PostgreSQL crashed, nothing is lost and nothing double; health tells")
    func tableKilled() throws {
        let postgres = try PostgresServer()
        let site = try Site { $0.postgres = postgres }
        var pictures = try publish(at: site, 0..<20)
        try eventually("some pictures") { try site.rowCount() > 3 }
        postgres.stop(abruptly: true)
        pictures += try publish(at: site, 20..<40)
        try site.gateway.waitForFailure(of: "postgres")
        try postgres.start()
        pictures += try publish(at: site, 40..<45)
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("because PostgreSQL hangs, it counts as away after its timeout; what it finished after all is no second row")
    func tableFrozen() throws {
        let postgres = try PostgresServer()
        let site = try Site("[postgres]\ntimeout = \"2s\"") { $0.postgres = postgres }
        var pictures = try publish(at: site, 0..<10)
        try eventually("some pictures") { try site.rowCount() > 3 }
        postgres.freeze()
        pictures += try publish(at: site, 10..<30)
        try site.gateway.waitForFailure(of: "postgres")
        postgres.thaw()
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("and there is no room left, intake is paused, says so, and the broker keeps the rest")
    func full() throws {
        let store = try OwnStore()
        let site = try Site(
            """
            [mqtt]
            max_message = "64KiB"
            [s3]
            timeout = "2s"
            [intake]
            pool = "1MiB"
            max_image = "256KiB"
            [spool]
            max_size = "1MiB"
            [journal]
            segment = "128KiB"
            """
        ) { $0.store = store.server }
        store.kill()
        let pictures = try publish(at: site, 0..<60, size: 100_000)
        let error = try site.gateway.waitForFailure(of: "mqtt")
        #expect(error.contains("paused"), "\(error)")
        #expect(site.gateway.get("/ready")?.status == 503)
        #expect(site.gateway.get("/ready")?.text.contains("paused") == true)
        try store.start()
        try site.expectStoredOnce(pictures, within: 90)
        try site.gateway.waitForHealth()
        #expect(site.gateway.isReady)
    }

    @Test("as to credentials, table or rights, health says what to fix, and all is delivered once it is")
    func operatorNeeded() throws {
        let site = try Site()
        try site.sql("alter table thermo.image_objects rename to elsewhere")
        let pictures = try publish(at: site, 0..<5)
        let error = try site.gateway.waitForFailure(of: "postgres")
        #expect(error.contains("image_objects"), "\(error)")
        try site.sql("alter table thermo.elsewhere rename to image_objects")
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()

        let denied = try Site("[s3]\nsecret_key = \"wrong-secret-9876\"") { $0.starts = false }
        try denied.gateway.start()
        let refusal = try denied.gateway.waitForFailure(of: "minio", within: 20)
        #expect(refusal.contains("403"), "\(refusal)")
        #expect(!denied.gateway.log.contains("wrong-secret-9876") && !refusal.contains("wrong-secret-9876"))
    }

    /// One picture each of five cameras in turn.
    private func publish(at site: Site, _ numbers: Range<Int>, size: Int = 30_000) throws -> [TestPicture] {
        let pictures = numbers.map { TestPicture("cam\($0 % 5)", $0, size: size) }
        for picture in pictures { try site.cameras().publish(picture) }
        return pictures
    }
}
