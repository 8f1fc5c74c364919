import Clients
import Foundation
import TestServices
import Testing

@Suite("Looking for a picture that this gateway does not know")
struct ImageSearchTests {
    private struct Image: Decodable {
        let camera, state, found_in: String
        let received, total: Int
        let missing: [Int]
        let object_name, row_id: String?
    }

    private func image(_ gateway: Gateway, _ path: String) -> Image? {
        gateway.get("/images/" + path).flatMap { try? JSONDecoder().decode(Image.self, from: $0.body) }
    }

    @Test("finds open captures in Redis, whichever gateway got their chunks, and stored ones in the table, and says where")
    func find() throws {
        let shared = try SharedSite(gateways: 2)
        let cameras = try shared.site.cameras()
        let open = TestPicture("cam 1", 1, imageID: "open", chunkSize: 4 << 10)
        for chunk in [0, 1, 3] { try cameras.publish(open, chunk: chunk) }
        let stored = TestPicture("cam2", 2, imageID: "stored", chunkSize: 4 << 10)
        try cameras.publish(stored)
        let row = try #require(try shared.site.waitForRows(1).first)
        for gateway in shared.gateways {
            for path in ["open", "open?camera=cam%201"] {
                let found = try eventually("the open capture") { image(gateway, path).flatMap { $0.received == 3 ? $0 : nil } }
                #expect(found.state == "assembling" && found.found_in == "redis" && found.camera == "cam 1")
                #expect(found.total == 5 && found.missing == [2, 4])
            }
            let found = try eventually("the stored picture") { image(gateway, "stored").flatMap { $0.state == "stored" ? $0 : nil } }
            #expect(found.object_name == row.object_name && found.row_id == row.id)
            #expect(gateway.get("/images/nowhere")?.status == 404)
        }
        #expect(Set(shared.gateways.compactMap { image($0, "stored")?.found_in }) == ["memory", "table"])
    }

    @Test("shows what was given up in Redis as abandoned, until the camera sends it again")
    func abandoned() throws {
        let shared = try SharedSite(gateways: 2, "[intake]\nstale_after = \"6s\"")
        let cameras = try shared.site.cameras()
        let picture = TestPicture("cam1", 1, imageID: "lost", chunkSize: 4 << 10)
        for chunk in [0, 1, 3] { try cameras.publish(picture, chunk: chunk) }
        let teller = try eventually("a gateway that gave it up", within: 30) {
            shared.gateways.first { image($0, "lost")?.state == "abandoned" }
        }
        let lost = try #require(image(teller, "lost"))
        #expect(lost.missing == [2, 4] && lost.received == 3 && lost.total == 5 && lost.found_in == "memory")
        try eventually("its chunks to be gone", within: 30) { try shared.send("EXISTS", "image_chunks:lost:cam1").integer == 0 }
        try cameras.publish(picture)
        try shared.site.waitForRows(1)
        for gateway in shared.gateways { try eventually("the stored one") { image(gateway, "lost")?.state == "stored" } }
    }

    @Test("finds what it stored before it started, and says within a bound what could not be asked, while it answers others")
    func bounded() throws {
        let postgres = try PostgresServer()
        let site = try Site { $0.postgres = postgres }
        let picture = TestPicture("cam1", 1, imageID: "old", chunkSize: 4 << 10)
        try site.cameras().publish(picture)
        let row = try #require(try site.waitForRows(1).first)
        try site.gateway.terminate()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        let found = try eventually("the row") { image(site.gateway, "old") }
        #expect(found.found_in == "table" && found.row_id == row.id && found.received == 5 && found.object_name == row.object_name)
        #expect(image(site.gateway, "old?camera=other") == nil)

        postgres.freeze()
        defer { postgres.thaw() }
        let port = site.gateway.httpPort
        let began = Date()
        let asked = Thread { _ = PlainHTTP.get("/images/older", port: port) }
        asked.start()
        #expect(site.gateway.get("/live")?.status == 200 && Date().timeIntervalSince(began) < 1)
        let answer = try eventually("an answer that names what could not be asked", within: 10) {
            PlainHTTP.get("/images/older", port: port).flatMap { $0.text.contains("postgres") ? $0 : nil }
        }
        #expect(answer.status == 503)
        let again = Date()
        _ = PlainHTTP.get("/images/older", port: port)
        #expect(Date().timeIntervalSince(again) < 3.5)
    }
}
