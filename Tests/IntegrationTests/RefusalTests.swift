import Foundation
import Platform
import TestServices
import Testing

@Suite("When a store refuses", .serialized)
struct RefusalTests {
    private static let guardTrigger = """
        create function thermo.guard() returns trigger language plpgsql as $$ begin
            if HIT then ACTION end if; return new; end $$;
        create trigger guard before insert on thermo.image_objects for each row execute function thermo.guard();
        """

    private func guardTable(_ site: Site, when hit: String = "true", _ action: String) throws {
        try site.sql(Self.guardTrigger.replacing("HIT", with: hit).replacing("ACTION", with: action))
    }

    private func publish(at site: Site, _ numbers: Range<Int>, camera: (Int) -> String = { "cam\($0 % 5)" }) throws -> [TestPicture] {
        let pictures = numbers.map { TestPicture(camera($0), $0, size: 20_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        return pictures
    }

    @Test(
        "every row, nothing is held against a picture, and all are stored when it takes rows again",
        arguments: [("raise 'a migration';", "P0001"), ("raise 'x' using errcode = '23514';", "23514"), ("return null;", "was not kept")])
    func everyRow(action: String, says: String) throws {
        let site = try Site("[drain]\nmax_attempts = 4")
        var pictures = try publish(at: site, 0..<3)
        try site.waitForRows(3)
        try guardTable(site, action)
        pictures += try publish(at: site, 3..<18)
        let error = try site.gateway.waitForFailure(of: "postgres", saying: says)
        #expect(error.contains("refuses every picture"))
        try eventually("the pictures in the spool") { site.spool?.entries == 15 }
        // More tries than would be enough for quarantine, were they counted.
        let tries = { site.gateway.metric("backend_retries_total{backend=\"postgres\",class=\"operator\"}") ?? 0 }
        let before = tries()
        try eventually("more tries", within: 60) { tries() >= before + 20 }
        #expect(site.spool?.quarantined == 0 && site.quarantined.isEmpty)
        #expect(site.gateway.isReady)
        try site.sql("drop trigger guard on thermo.image_objects")
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
        try eventually("an empty spool") { site.spool?.entries == 0 }
    }

    @Test("one camera's rows, the others are stored meanwhile, and that camera's end in quarantine with the reason")
    func oneCamera() throws {
        let site = try Site("[drain]\nmax_attempts = 3")
        try guardTable(site, when: "new.object_name like 'bad/%'", "raise 'not this one';")
        let bad = try publish(at: site, 0..<5) { _ in "bad" }
        try eventually("a refusal") { site.gateway.log.contains("not this one") }
        var good: [TestPicture] = []
        var number = 100
        try eventually("the bad ones in quarantine", within: 90) {
            good += try publish(at: site, number..<number + 2) { "good\($0 % 2)" }
            number += 2
            try site.waitForRows(good.count)
            return site.spool?.quarantined == bad.count
        }
        let record = try String(contentsOf: #require(site.quarantined.first { $0.pathExtension == "json" }), encoding: .utf8)
        #expect(record.contains("not this one"), "\(record)")
        let rows = try site.rows()
        #expect(Set(rows.map(\.checksum)) == Set(good.map(\.sha256)) && rows.count == good.count)
        try site.gateway.waitForHealth()
    }

    @Test("every upload with a proxy's 413, nothing is held against a picture")
    func proxy() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site("[drain]\nmax_attempts = 4") { $0.storeEndpoint = proxy.endpoint }
        var pictures = try publish(at: site, 0..<3)
        try site.waitForRows(3)
        proxy.mode = .answerUploads(413, [:], "<html>413 Request Entity Too Large</html>")
        pictures += try publish(at: site, 3..<12)
        let error = try site.gateway.waitForFailure(of: "minio", saying: "413")
        #expect(error.contains("refuses every picture"))
        let tries = proxy.spoilt
        try eventually("more tries", within: 60) { proxy.spoilt >= tries + 12 }
        #expect(site.spool?.quarantined == 0 && site.quarantined.isEmpty && site.spool?.entries == 9)
        proxy.mode = .pass
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("one camera the right to its place, the others are never kept waiting, nothing goes to quarantine, and all arrive in the end")
    func deniedCamera() throws {
        let isOpen = Monitor(false)
        let store = try ScriptedHTTPServer { request in
            let isDenied = request.method == "PUT" && request.target.contains("/bad/") && !isOpen.read { $0 }
            return isDenied
                ? .answer(403, [:], "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>")
                : .answer(200, ["ETag": "\"x\""])
        }
        defer { store.stop() }
        let site = try Site("[drain]\nmax_attempts = 2") { $0.storeEndpoint = store.endpoint }
        let bad = try publish(at: site, 0..<12) { _ in "bad" }
        let error = try site.gateway.waitForFailure(of: "minio", saying: "camera bad")
        #expect(error.contains("AccessDenied") && error.contains("s3:PutObject"))
        try eventually("the pictures in the spool") { site.spool?.entries == bad.count }
        let tries = { site.gateway.metric("backend_retries_total{backend=\"minio\",class=\"operator\"}") ?? 0 }
        var good = 0
        try eventually("more tries than max_attempts", within: 60) {
            _ = try publish(at: site, 100 + good..<102 + good) { "good\($0 % 2)" }
            good += 2
            try site.waitForRows(good, within: 5)
            return tries() >= 4
        }
        #expect(site.spool?.quarantined == 0 && site.gateway.isReady)
        #expect(site.gateway.logLines("camera bad").count { $0.contains("needs an operator") } == 1)
        // The same of the table's rows.
        try guardTable(site, when: "new.object_name like 'bad/%'", "raise 'no' using errcode = '42501';")
        isOpen.update { $0 = true }
        try site.gateway.waitForFailure(of: "postgres", saying: "camera bad", within: 60)
        _ = try publish(at: site, 500..<502) { "good\($0 % 2)" }
        try site.waitForRows(good + 2, within: 5)
        try site.sql("drop trigger guard on thermo.image_objects")
        try site.waitForRows(good + 2 + bad.count, within: 90)
        try site.gateway.waitForHealth()
        #expect(site.quarantined.isEmpty)
    }
}
