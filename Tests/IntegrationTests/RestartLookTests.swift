import Foundation
import TestServices
import Testing

@Suite("Looking at cameras that have sent nothing since the start")
struct RestartLookTests {
    private struct Cameras: Decodable {
        struct Camera: Decodable {
            let uid: String
            let last_image_at: String?
            let images: Int
        }
        let cameras: [Camera]
    }

    private func cameras(_ gateway: Gateway) -> [Cameras.Camera] {
        gateway.get("/cameras").flatMap { try? JSONDecoder().decode(Cameras.self, from: $0.body) }?.cameras ?? []
    }

    private func expectLatest(_ picture: TestPicture, at gateway: Gateway) throws {
        let answer = try #require(gateway.get("/cameras/\(picture.camera)/latest"))
        #expect(answer.status == 200 && Array(answer.body) == picture.bytes, "\(answer.text.prefix(300))")
    }

    @Test("shows each with its newest picture out of the table, and counts since the start")
    func stored() throws {
        let site = try Site()
        for number in 1...2 {
            for camera in ["cam1", "cam2"] { try site.cameras().publish(TestPicture(camera, number, imageID: "i\(number)")) }
            try site.waitForRows(2 * number)
        }
        try site.gateway.terminate()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        let found = try eventually("both cameras", within: 10) { cameras(site.gateway).count == 2 ? cameras(site.gateway) : nil }
        #expect(found.map(\.uid) == ["cam1", "cam2"] && found.allSatisfy { $0.images == 0 && $0.last_image_at != nil })
        let newest = try site.rows().last.map { Double($0.recorded_at) / 1000 }
        #expect(site.gateway.metric("camera_last_image_timestamp_seconds{camera=\"cam2\"}") == newest)
        #expect(site.gateway.metric("camera_images_total{camera=\"cam2\"}") == 0)
        for camera in ["cam1", "cam2"] { try expectLatest(TestPicture(camera, 2, imageID: "i2"), at: site.gateway) }
        #expect(site.gateway.get("/cameras/cam3/latest")?.status == 404)
    }

    @Test("shows each with its newest picture out of the spool while no store answers, and knows nothing of others then")
    func spooled() throws {
        let store = try OwnStore()
        let postgres = try PostgresServer()
        let site = try Site {
            $0.store = store.server
            $0.postgres = postgres
        }
        let before = TestPicture("cam2", 1)
        try site.cameras().publish(before)
        try site.waitForRows(1)
        store.kill()
        postgres.stop(abruptly: true)
        for number in 1...2 {
            try site.cameras().publish(TestPicture("cam1", number, imageID: "i\(number)"))
            try eventually("a spooled picture", within: 30) { site.spool?.entries == number }
        }
        try site.gateway.terminate()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        let found = try eventually("the camera", within: 10) { cameras(site.gateway).first }
        #expect(found.uid == "cam1" && found.last_image_at != nil && found.images == 0)
        try expectLatest(TestPicture("cam1", 2, imageID: "i2"), at: site.gateway)
        let unknown = try #require(site.gateway.get("/cameras/cam2/latest"))
        #expect(unknown.status == 503 && unknown.text.contains("table"), "\(unknown.text)")

        try postgres.start()
        try store.start()
        try eventually("the other camera", within: 30) { cameras(site.gateway).map(\.uid) == ["cam1", "cam2"] }
        try eventually("its picture", within: 30) {
            site.gateway.get("/cameras/cam2/latest").map { Array($0.body) == before.bytes } == true
        }
    }

    @Test("finds what another gateway stored meanwhile, for several who ask at once, and answers in time while the table hangs")
    func searched() throws {
        let postgres = try PostgresServer()
        let site = try Site { $0.postgres = postgres }
        let deaf = try site.anotherGateway("deaf", "[mqtt]\ntopic = \"deaf/+/image_json\"")
        try deaf.start()
        try deaf.waitUntilReady()
        for message in TestPicture("cam0", 1).messages { try site.cameras().publish(message, topic: "deaf/cam0/image_json") }
        try site.waitForRows(1)
        let pictures = (1...4).map { TestPicture("cam\($0)", 1) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.waitForRows(5)
        try deaf.terminate()
        try deaf.start()
        try deaf.waitUntilReady()
        try eventually("the first look into the table", within: 10) { cameras(deaf).map(\.uid) == ["cam0"] }
        let port = deaf.httpPort
        DispatchQueue.concurrentPerform(iterations: pictures.count) { number in
            let answer = PlainHTTP.get("/cameras/cam\(number + 1)/latest", port: port)
            #expect(answer.map { Array($0.body) == pictures[number].bytes } == true, "\(answer.map { "\($0)" } ?? "nothing")")
        }
        #expect(cameras(deaf).count == 5)

        postgres.freeze()
        defer { postgres.thaw() }
        let began = Date()
        let unknown = PlainHTTP.get("/cameras/cam5/latest", port: port)
        #expect(unknown?.status == 503 && Date().timeIntervalSince(began) < 2.5, "\(unknown.map { "\($0)" } ?? "nothing")")
    }
}
