import Foundation
import TestServices
import Testing

@Suite("thermo-ingest rebuild", .serialized)
struct RebuildTests {
    private struct Answer: Decodable, Equatable {
        let objects, present, written: Int
        let foreign: [String]
    }

    private func rebuild(_ site: Site, _ arguments: String...) throws -> (status: Int32, answer: Answer) {
        let end = try run([gatewayProgram, "rebuild", "--config", site.gateway.config.path, "--json"] + arguments, within: 120)
        let answer = try JSONDecoder().decode(Answer.self, from: Data(end.output.utf8))
        return (end.status, answer)
    }

    /// All columns but ids and the row's own stamps.
    private func table(_ site: Site) throws -> String {
        try site.sql(
            """
            select d.device_uid, o.recorded_at, o.minio_bucket, o.object_name, o.object_version, o.checksum, o.image_type, o.status,
                o.metadata::jsonb
            from thermo.image_objects o join thermo.devices d on d.id = o.device_id order by o.object_name
            """)
    }

    private func put(_ key: String, _ bytes: [UInt8], _ headers: [String: String], at site: Site) throws {
        let file = site.folder.file("upload")
        try Data(bytes).write(to: file)
        let options = headers.flatMap { ["--header-upload", "\($0.key): \($0.value)"] }
        try site.copy(file, to: key, options)
    }

    private func fill(_ site: Site) throws {
        for number in 0..<40 {
            var picture = TestPicture(
                "cam\(number % 3)", number, imageID: number % 2 == 0 ? "shot-\(number)" : nil, size: 9000, chunkSize: 4096)
            picture.members = [0: #""at":1795336265.5"#, 1: #""temperature":\#(number).50,"lens":"7\u00b0 \"wide\"""#]
            try site.cameras().publish(picture)
        }
        try site.cameras().publish(TestPicture("Küche 2", 1, size: 3000))
        try site.waitForRows(41)
    }

    private static let members = "[intake]\ncaptured_at = \"at\"\nmetadata = [\"temperature\", \"lens\"]"

    @Test("gives the same rows again after DELETE FROM, and leaves what is there", arguments: [false, true])
    func same(moto: Bool) throws {
        let folder = try TemporaryFolder()
        let server = moto ? try MotoServer(in: folder) : nil
        let site = try Site(Self.members) { $0.storeEndpoint = server?.endpoint }
        try fill(site)
        let before = try table(site)
        #expect(try rebuild(site) == (0, Answer(objects: 41, present: 41, written: 0, foreign: [])))
        try site.sql("delete from thermo.image_objects; delete from thermo.devices")
        #expect(try rebuild(site, "--dry-run") == (0, Answer(objects: 41, present: 0, written: 41, foreign: [])))
        #expect(try site.rowCount() == 0)
        let one = try rebuild(site, "--camera", "Küche 2")
        #expect(one == (0, Answer(objects: 1, present: 0, written: 1, foreign: [])))
        #expect(try rebuild(site, "--since", "2100-01-01").answer.written == 0)
        #expect(try rebuild(site, "--since", "1h") == (0, Answer(objects: 41, present: 1, written: 40, foreign: [])))
        #expect(try table(site) == before)
        try site.sql("delete from thermo.image_objects where object_name like 'cam1/%'")
        #expect(try rebuild(site).answer.present == 41 - 13)
        #expect(try table(site) == before)
    }

    @Test("reads and hashes objects of a version that left no checksum, lists foreign ones, and leaves them")
    func others() throws {
        let site = try Site()
        try fill(site)
        let picture = TestPicture("cam9", 1, size: 70_000)
        try put(
            "cam9/old-1795336265.jpg", picture.bytes,
            [
                "X-Amz-Meta-Camera-Uid": "cam9", "X-Amz-Meta-Image-Id": "old", "X-Amz-Meta-Recorded-At": "2026-11-22T08:31:05.123Z",
                "X-Amz-Meta-Chunks": "5", "Content-Type": "image/jpeg",
            ], at: site)
        let foreign = ["notes & more/<a>.txt", "cam1/mine.jpg", "zz/öl.bin"]
        for key in foreign { try put(key, Array("nobody's".utf8), [:], at: site) }
        let end = try rebuild(site)
        #expect(end.status == 65)
        #expect(end.answer.foreign.sorted() == foreign.sorted() && end.answer.objects == 42 && end.answer.written == 1)
        let row = try #require(site.rows("d.device_uid = 'cam9'").first)
        #expect(row.checksum == picture.sha256 && row.recorded_at == 1_795_336_265_123 && row.metadata.size == 70_000)
        #expect(row.metadata.image_id == "old" && row.metadata.image_id_source == "camera" && row.metadata.chunks == 5)
        #expect(try site.objects().count == 45)
        let text = try run([gatewayProgram, "rebuild", "--config", site.gateway.config.path], within: 60)
        #expect(text.status == 65 && text.output.contains("foreign: cam1/mine.jpg") && text.output.contains("42 have rows"))
    }

    @Test("may be killed anywhere and run again, over many pages of a list, in memory that stays small")
    func interrupted() throws {
        let site = try Site()
        let count = 2500
        for number in 0..<count { try site.cameras().publish(TestPicture("cam\(number % 50)", number, size: 600), qos: 1) }
        try site.waitForRows(count, within: 240)
        let before = try table(site)
        try site.sql("delete from thermo.image_objects")
        let process = Process()
        process.executableURL = URL(filePath: gatewayProgram)
        process.arguments = ["rebuild", "--config", site.gateway.config.path]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        try eventually("some rows") { try site.rowCount() > 300 }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let left = try rebuild(site).answer
        #expect(left.objects == count && left.present > 300 && left.present + left.written == count)
        #expect(try table(site) == before)
    }
}
