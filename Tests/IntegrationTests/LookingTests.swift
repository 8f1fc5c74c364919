import Foundation
import IngestCore
import TestServices
import Testing

@Suite("Looking at cameras, pictures and the running gateway")
struct LookingTests {
    private struct Image: Decodable {
        let image_id, camera, state: String
        let received, total: Int
        let missing: [Int]
        let object_name, row_id, reason: String?
    }

    private struct Cameras: Decodable {
        struct Camera: Decodable {
            struct Current: Decodable { let image_id: String, received, total: Int }
            let uid: String
            let last_image_at: String?
            let images, incomplete: Int
            let current: Current?
        }
        let cameras: [Camera]
    }

    private func image(_ site: Site, _ path: String) -> Image? {
        site.gateway.get("/images/" + path).flatMap { try? JSONDecoder().decode(Image.self, from: $0.body) }
    }

    private func cameras(_ site: Site) -> [Cameras.Camera] {
        site.gateway.get("/cameras").flatMap { try? JSONDecoder().decode(Cameras.self, from: $0.body) }?.cameras ?? []
    }

    @Test("/images and /cameras follow a picture chunk by chunk to its row")
    func follow() throws {
        let site = try Site()
        let picture = TestPicture("cam/7".replacing("/", with: " "), 1, imageID: "shot-1", size: 50_000)
        let last = picture.messages.count - 1
        for chunk in 0..<last where chunk != 1 { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        let open = try eventually("the open capture", within: 10) { image(site, "shot-1").flatMap { $0.received == last - 1 ? $0 : nil } }
        #expect(open.state == "assembling" && open.missing == [1, last] && open.total == last + 1 && open.row_id == nil)
        let camera = try #require(cameras(site).first)
        #expect(camera.uid == "cam 7" && camera.images == 0 && camera.last_image_at == nil)
        #expect(camera.current.map { $0.image_id == "shot-1" && $0.received == last - 1 && $0.total == last + 1 } == true)

        for chunk in [1, last] { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        let row = try #require(site.waitForRows(1).first)
        let stored = try eventually("the stored picture", within: 10) {
            image(site, "shot-1?camera=cam%207").flatMap { $0.state == "stored" ? $0 : nil }
        }
        #expect(stored.row_id == row.id && stored.object_name == row.object_name && stored.missing.isEmpty)
        #expect(cameras(site).first.map { $0.images == 1 && $0.current == nil && $0.last_image_at != nil } == true)
        let shown = try #require(site.gateway.get("/cameras/cam%207/latest"))
        #expect(shown.status == 200 && Array(shown.body) == picture.bytes && shown.head.contains("Content-Type: image/jpeg"))
        #expect(shown.head.contains("X-Image-Id: shot-1"))
    }

    @Test("/images shows all cameras with one image id, one on request, and 404 for what nobody knows")
    func several() throws {
        let site = try Site()
        let pictures = ["a", "b"].map { TestPicture($0, 1, imageID: "same") }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.waitForRows(2)
        let both = try #require(site.gateway.get("/images/same"))
        struct Images: Decodable { let images: [Image] }
        try eventually("both", within: 10) {
            let found = try? JSONDecoder().decode(Images.self, from: site.gateway.get("/images/same")?.body ?? both.body)
            return found?.images.map(\.camera) == ["a", "b"] && found?.images.allSatisfy { $0.state == "stored" } == true
        }
        #expect(image(site, "same?camera=b")?.camera == "b")
        for path in [
            "/images/same?camera=c", "/images/none", "/images/", "/images", "/cameras/none/latest", "/cameras/a", "/images/same/x",
        ] {
            let answer = site.gateway.get(path)
            #expect(answer?.status == 404 && answer?.text.contains("\"error\"") == true, "\(path): \(answer.map { "\($0)" } ?? "")")
        }
    }

    @Test("/cameras/{uid}/latest comes from the spool while the store is away, and is 503 when neither has it, with nobody else waiting")
    func latestInOutage() throws {
        let store = try OwnStore()
        let site = try Site { $0.store = store.server }
        let first = TestPicture("cam1", 1)
        try site.cameras().publish(first)
        try site.waitForRows(1)
        store.kill()
        let second = TestPicture("cam1", 2, imageID: "second")
        try site.cameras().publish(second)
        try eventually("the spooled picture", within: 30) { image(site, "second")?.state == "spooled" }
        #expect(site.gateway.get("/cameras/cam1/latest").map { $0.status == 200 && Array($0.body) == second.bytes } == true)

        try store.start()
        try site.waitForRows(2)
        try eventually("the stored picture", within: 30) { image(site, "second")?.state == "stored" }
        store.freeze()
        let port = site.gateway.httpPort
        let waiting = Thread { _ = PlainHTTP.get("/cameras/cam1/latest", port: port) }
        waiting.start()
        let began = Date()
        #expect(site.gateway.get("/live")?.status == 200 && Date().timeIntervalSince(began) < 1)
        let clock = ContinuousClock()
        let start = clock.now
        let late = Answer.get("/cameras/cam1/latest", port: port, within: 6)
        #expect(late?.contains(" 503 ") == true && clock.now - start < .seconds(5), "\(late ?? "")")
        store.thaw()
        try eventually("the picture again", within: 20) {
            site.gateway.get("/cameras/cam1/latest").map { Array($0.body) == second.bytes } == true
        }
    }

    @Test("/ is a page under a strict policy")
    func page() throws {
        let site = try Site()
        let page = try #require(site.gateway.get("/"))
        #expect(
            page.status == 200 && page.head.contains("Content-Type: text/html")
                && page.head.contains("Content-Security-Policy: default-src 'none'"))
        #expect(page.text.hasPrefix("<!doctype html>"))
    }

    @Test("/overview tells the page everything of 200 cameras at most, and finds the others by their names")
    func overview() throws {
        struct Overview: Decodable {
            struct Camera: Decodable { let uid: String, images: Int }
            struct Totals: Decodable { let chunks, pictures, stored, incomplete, refused: Int }
            struct Minutes: Decodable { let pictures, stored, incomplete: [Int] }
            let name, version, now: String
            let health: Gateway.Health
            let spool: Site.SpoolFigures
            let capacity, available, camera_count: Int
            let totals: Totals
            let minutes: Minutes
            let cameras: [Camera]
        }
        let site = try Site()
        func ask(_ query: String = "") throws -> Overview {
            guard let answer = site.gateway.get("/overview" + query) else { throw ServiceError("no answer") }
            #expect(answer.status == 200 && answer.head.contains("Content-Type: application/json"))
            return try JSONDecoder().decode(Overview.self, from: answer.body)
        }
        for number in 0..<210 { try site.cameras().publish(TestPicture("Kiln-\(number)", 1, size: 300)) }
        try site.cameras().publish("{", topic: "camera/kiln-1/image_json")
        try site.waitForRows(210)
        try eventually("all of it", within: 10) {
            let totals = try ask().totals
            return totals.stored == 210 && totals.pictures == 210 && totals.chunks == 211 && totals.refused == 1 && totals.incomplete == 0
        }
        let all = try ask()
        #expect(all.cameras.count == 200 && all.camera_count == 210 && all.cameras.allSatisfy { $0.images == 1 })
        #expect(
            all.name == "gateway-1" && all.health.status == "ok" && all.capacity == 4 << 30 && all.available > 0 && all.spool.entries == 0)
        #expect(try ask("?find=kiLN-20").cameras.map(\.uid) == ["Kiln-20"] + (200..<210).map { "Kiln-\($0)" })
        #expect(try ask("?find=nobody").cameras.isEmpty && ask("?find=nobody").camera_count == 210)
    }

    @Test("status prints how the running gateway is, and ends with 69 when it does not answer")
    func status() throws {
        let site = try Site()
        try site.cameras().publish(TestPicture("cam1", 1))
        try site.waitForRows(1)
        let good = try run([gatewayProgram, "status", "--config", site.gateway.config.path])
        #expect(good.status == 0 && good.output.hasPrefix("gateway     ok\n") && good.output.contains("1 complete"), "\(good)")
        let json = try run([gatewayProgram, "status", "--json", "--config", site.gateway.config.path])
        let object = try #require(JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect(Set(object.keys) == ["figures", "health", "spool"])
        site.gateway.kill()
        let silent = try run([gatewayProgram, "status", "--config", site.gateway.config.path])
        #expect(silent.status == 69 && silent.errors.contains("does not answer") && silent.output.isEmpty, "\(silent)")
    }
}

/// A GET with a patience of its own; the answer's first line.
private enum Answer {
    static func get(_ path: String, port: Int, within seconds: Int) -> String? {
        let end = try? run(["/usr/bin/curl", "-s", "-i", "--max-time", "\(seconds)", "http://127.0.0.1:\(port)\(path)"])
        return end?.output
    }
}
