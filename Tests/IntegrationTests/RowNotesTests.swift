import Foundation
import TestServices
import Testing

@Suite("What the row tells of a picture")
struct RowNotesTests {
    private static let members = """
        [intake]
        captured_at = "at"
        metadata = ["temperature", "lens", "nested"]
        """

    /// One member of each row's metadata as text, oldest row first.
    private func metadata(_ member: String, at site: Site, of camera: String = "cam1") throws -> [String] {
        try site.sql(
            """
            select coalesce(metadata->>'\(member)', 'null') from thermo.image_objects o join thermo.devices d on d.id = o.device_id
            where d.device_uid = '\(camera)' order by recorded_at
            """
        ).split(separator: "\n").map(String.init)
    }

    private func hand(_ picture: TestPicture, chunk: Int, to site: Site) throws {
        let before = site.gateway.metric("mqtt_messages_received_total") ?? 0
        try site.cameras().publish(picture, chunk: chunk)
        try site.cameras().finish()
        try eventually("chunk \(chunk) to be acknowledged: \(site.gateway.tail)") {
            site.gateway.metric("mqtt_messages_received_total") == before + 1 && site.gateway.metric("mqtt_ack_pending") == 0
        }
    }

    @Test("is the camera's own time and the payload's members, of the lowest chunk that has them, also over kills between all chunks")
    func membersOverKills() throws {
        let site = try Site(Self.members)
        var picture = TestPicture("cam1", 1, size: 80_000)
        picture.members = [
            1: #""temperature":36.50,"nested":{"a":1}"#, 2: #""at":1795336265.5,"temperature":40,"lens":"wide \"7\"""#, 3: #""at":1"#,
        ]
        let began = Int64(Date().timeIntervalSince1970 * 1000)
        try hand(picture, chunk: 0, to: site)
        let first = Int64(Date().timeIntervalSince1970 * 1000)
        for chunk in picture.messages.indices.dropFirst() {
            site.gateway.kill()
            try site.gateway.start()
            try site.gateway.waitUntilReady()
            try hand(picture, chunk: chunk, to: site)
        }
        try site.expectStoredOnce([picture])
        #expect(try metadata("captured_at", at: site) == ["2026-11-22T08:31:05.500Z"])
        let camera = try site.sql("select (metadata->'camera')::text from thermo.image_objects")
        #expect(camera == #"{"lens": "wide \"7\"", "temperature": 36.50}"#)
        let at = try #require(
            Int64(
                site.sql("select (extract(epoch from (metadata->>'first_chunk_at')::timestamptz) * 1000)::bigint from thermo.image_objects")
            ))
        #expect((began - 1...first).contains(at))
        let key = try #require(site.rows().first).object_name
        #expect(try site.headers(of: key)["x-amz-meta-captured-at"] == "2026-11-22T08:31:05.500Z")
        #expect(["synchronised", "unsynchronised"].contains(try metadata("clock", at: site).first ?? ""))
    }

    @Test("says the same out of the spool, written by one run of the gateway and delivered by another")
    func spooled() throws {
        let postgres = try PostgresServer()
        let site = try Site(Self.members) { $0.postgres = postgres }
        try site.gateway.waitForHealth()
        postgres.stop(abruptly: true)
        var picture = TestPicture("cam1", 1, size: 20_000)
        picture.members = [0: #""at":"2026-11-22T15:31:05+07:00","temperature":1e400"#]
        try site.cameras().publish(picture)
        try eventually("the picture to be spooled") { site.gateway.metric("spool_images{state=\"pending\"}") == 1 }
        try site.gateway.terminate()
        try postgres.start()
        try site.gateway.start()
        try site.expectStoredOnce([picture])
        #expect(try metadata("captured_at", at: site) == ["2026-11-22T08:31:05.000Z"])
        #expect(try site.sql("select (metadata->'camera'->>'temperature')::numeric = 1e400 from thermo.image_objects") == "t")
        #expect(try metadata("intact", at: site) == ["false"], "noise is no JPEG")
    }

    @Test("leaves out a time that is none, counts it once a picture, and refuses nothing for it")
    func badTimes() throws {
        let site = try Site(Self.members)
        let bad = [
            "true", "{\"a\":1}", "1e400", "\"9999-12-31T23:59:59Z\"", "-1795336265", "[]", "\"\(String(repeating: "7", count: 10_000))\"",
        ]
        for (number, value) in bad.enumerated() {
            var picture = TestPicture("cam1", number, size: 40_000)
            picture.members = [0: "\"at\":\(value),\"temperature\":\(value)", 1: "\"at\":\(value)", 2: "\"at\":\(value)"]
            try site.cameras().publish(picture)
        }
        try site.waitForRows(bad.count)
        #expect(try Set(metadata("captured_at", at: site)) == ["null"])
        try eventually("the count") { site.gateway.metric("captured_at_invalid_total") == Double(bad.count) }
    }

    @Test("tells pictures that are cut off from whole ones, in the row, the figures, and on the page")
    func intact() throws {
        let site = try Site()
        let folder = try TemporaryFolder()
        func convert(_ name: String, _ options: String...) throws -> [UInt8] {
            let file = folder.file(name).path
            let end = try run(["/usr/bin/convert", "-size", "160x120", "plasma:red-blue", "-seed", "7"] + options + [file])
            guard end.status == 0 else { throw ServiceError("convert: \(end.errors)") }
            return Array(try Data(contentsOf: URL(filePath: file)))
        }
        let whole = [
            try convert("a.jpg"), try convert("b.jpg", "-interlace", "JPEG"), try convert("c.png", "-colorspace", "Gray", "-depth", "16"),
            try convert("d.gif"), try convert("e.jpg", "-sampling-factor", "4:2:0", "-quality", "40"),
        ]
        for (number, bytes) in whole.enumerated() {
            try site.cameras().publish(TestPicture("whole\(number)", bytes: bytes))
            try site.cameras().publish(TestPicture("long\(number)", bytes: bytes + Array("and more".utf8)))
            try site.cameras().publish(TestPicture("cut\(number)", bytes: Array(bytes.dropLast(bytes.count / 3))))
        }
        try site.cameras().publish(TestPicture("other", bytes: Array("II*\0 a TIFF".utf8)))
        try site.waitForRows(3 * whole.count + 1)
        for number in whole.indices {
            #expect(try metadata("intact", at: site, of: "whole\(number)") == ["true"])
            #expect(try metadata("intact", at: site, of: "long\(number)") == ["true"])
            #expect(try metadata("intact", at: site, of: "cut\(number)") == ["false"])
        }
        #expect(try metadata("intact", at: site, of: "other") == ["null"])
        try eventually("the figure") { site.gateway.metric("images_suspect_total{reason=\"truncated\"}") == Double(whole.count) }
        let overview = try #require(site.gateway.get("/overview")?.text)
        #expect(overview.components(separatedBy: "\"suspect\":true").count == whole.count + 1)
    }

    @Test("is told to listeners of [postgres] notify, each new row once, with its id")
    func notify() throws {
        let site = try Site("[postgres]\nnotify = \"New \\\"Pictures\\\"\"\n" + Self.members)
        let listener = try Listener("New \"\"Pictures\"\"", at: site)
        let deaf = try Listener("New \"\"Pictures\"\"", at: site)
        var pictures: [TestPicture] = []
        for number in 0..<100 {
            var picture = TestPicture("cam\(number % 5)", number, size: 3000)
            if number % 2 == 0 { picture.members = [0: "\"at\":1795336265"] }
            pictures.append(picture)
            try site.cameras().publish(picture)
        }
        try site.cameras().publish(TestPicture("Küche \"2\"", 7, size: 2000))
        let rows = try site.waitForRows(pictures.count + 1)
        try eventually("a notice of each") { try listener.notices().count == rows.count }
        let notices = try listener.notices()
        #expect(Set(notices.map(\.id)) == Set(rows.map(\.id)))
        for notice in notices {
            let row = try #require(rows.first { $0.id == notice.id })
            #expect(notice.key == row.object_name && notice.bucket == site.bucket && notice.checksum == row.checksum)
            #expect(notice.camera_uid == row.device_uid && notice.size == row.metadata.size && notice.image_id == row.metadata.image_id)
        }
        #expect(notices.filter { $0.captured_at == "2026-11-22T08:31:05.000Z" }.count == 50)
        // The same again: no new row, no notice.
        try site.cameras().publish(pictures[99])
        try eventually("the repeat") { site.gateway.metric("images_repeated_total") == 1 }
        #expect(try listener.notices().count == rows.count)
        _ = deaf
    }

    @Test("is the same from whichever gateway of a shared subscription stores it")
    func shared() throws {
        let shared = try SharedSite(gateways: 2, Self.members)
        for number in 0..<6 {
            var picture = TestPicture("cam1", number, imageID: "shot-\(number)", size: 90_000)
            picture.members = [2: #""at":1795336265,"temperature":\#(number)"#, 4: #""at":1795336299,"temperature":99"#]
            let messages = picture.messages
            for index in messages.indices.reversed() { try shared.site.cameras().publish(messages[index], topic: picture.topic) }
            try shared.site.cameras().finish()
        }
        try shared.site.waitForRows(6)
        #expect(try metadata("captured_at", at: shared.site) == Array(repeating: "2026-11-22T08:31:05.000Z", count: 6))
        let temperatures = try shared.site.sql(
            "select string_agg(metadata->'camera'->>'temperature', '' order by metadata->>'image_id') from thermo.image_objects")
        #expect(temperatures == "012345")
        #expect(
            try shared.site.sql("select count(*) from thermo.image_objects where (metadata->>'first_chunk_at')::timestamptz <= recorded_at")
                == "6")
    }
}
