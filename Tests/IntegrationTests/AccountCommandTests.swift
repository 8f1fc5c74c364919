import Foundation
import TestServices
import Testing

@Suite("thermo-ingest account", .serialized)
struct AccountCommandTests {
    private struct Answer: Decodable {
        struct Camera: Decodable, Equatable {
            let camera: String
            let began, stored, repeated, dropped, refused, open: Int
            let given_up: [String: Int]

            var sum: Int { stored + repeated + given_up.values.reduce(0, +) + dropped + refused + open }
        }

        struct Difference: Decodable, Equatable {
            let camera: String
            let image_id: String?
            let what: String
        }

        let cameras: [Camera]
        let differences: [Difference]

        subscript(_ camera: String) -> Camera? { cameras.first { $0.camera == camera } }
    }

    private func account(_ site: Site, _ arguments: String...) throws -> (status: Int32, answer: Answer) {
        let end = try run([gatewayProgram, "account", "--config", site.gateway.config.path, "--json"] + arguments, within: 120)
        do {
            return (end.status, try JSONDecoder().decode(Answer.self, from: Data(end.output.utf8)))
        } catch {
            throw ServiceError("\(error): \(end.output) \(end.errors)")
        }
    }

    @Test("equals the cameras' own list after losses, repeats, kills and an outage; what was deleted by hand is named")
    func crash() throws {
        let (postgres, store) = (try PostgresServer(), try OwnStore())
        let site = try Site {
            $0.postgres = postgres
            $0.store = store.server
        }
        var expected: [String: (whole: Int, cut: Int)] = [:]
        func publish(_ numbers: Range<Int>) throws {
            for number in numbers {
                let camera = "cam\(number % 3)"
                let picture = TestPicture(camera, number, imageID: "shot-\(number)", size: 9000, chunkSize: 2048)
                let isWhole = number % 6 != 5
                for (index, message) in picture.messages.enumerated() where isWhole || index != 2 {
                    try site.cameras().publish(message, topic: picture.topic)
                    if number % 4 == 0 { try site.cameras().publish(message, topic: picture.topic) }
                }
                if isWhole { expected[camera, default: (0, 0)].whole += 1 } else { expected[camera, default: (0, 0)].cut += 1 }
            }
            try site.cameras().finish()
        }
        func restart() throws {
            site.gateway.kill()
            try site.gateway.start()
            try site.gateway.waitUntilReady()
        }
        try publish(0..<30)
        try restart()
        try publish(30..<45)
        postgres.stop(abruptly: true)
        try publish(45..<60)
        try restart()
        store.kill()
        try publish(60..<75)
        try eventually("pictures in the spool") { site.gateway.metric("spool_images{state=\"pending\"}") ?? 0 > 10 }
        let during = try run([gatewayProgram, "account", "--config", site.gateway.config.path, "--json"], within: 60)
        #expect(during.status == 69, "the table cannot be asked")
        try restart()
        try postgres.start()
        try store.start()
        try restart()
        try publish(75..<90)
        let whole = expected.values.reduce(0) { $0 + $1.whole }
        try site.waitForRows(whole, within: 120)
        try restart()
        let again = TestPicture("cam0", 0, imageID: "shot-0", size: 9000, chunkSize: 2048)
        try site.cameras().publish(again)
        var seen = ""
        do {
            try eventually("the account to be drawn up") {
                let (status, answer) = try account(site, "--bucket")
                seen = "\(status) \(answer)"
                return status == 0 && answer.cameras.reduce(0) { $0 + $1.stored } == whole
            }
        } catch {
            throw ServiceError("\(error): \(seen)")
        }
        let answer = try account(site, "--bucket").answer
        for (camera, counts) in expected {
            let sheet = try #require(answer[camera])
            // What comes again of a picture may be known chunk by chunk, and then begins nothing.
            let repeated = sheet.repeated
            #expect(sheet.stored == counts.whole && repeated <= (camera == "cam0" ? 1 : 0) && sheet.began == sheet.sum, "\(sheet)")
            #expect(sheet.began == counts.whole + counts.cut + repeated, "\(sheet)")
            #expect(sheet.given_up.values.reduce(0, +) + sheet.open == counts.cut && sheet.dropped == 0 && sheet.refused == 0, "\(sheet)")
        }
        #expect(try account(site, "--camera", "cam1").answer.cameras.map(\.camera) == ["cam1"])
        #expect(try account(site, "--since", "2100-01-01").answer.cameras.isEmpty)

        let row = try #require(site.rows("metadata->>'image_id' = 'shot-7'").first)
        try site.sql("delete from thermo.image_objects where id::text = '\(row.id)'")
        let counted = try account(site)
        #expect(
            counted.status == 65 && counted.answer.differences.map(\.camera) == ["cam1"] && counted.answer.differences[0].image_id == nil)
        let object = try #require(site.rows("metadata->>'image_id' = 'shot-8'").first).object_name
        try site.removeObject(object)
        let named = try account(site, "--bucket")
        #expect(named.status == 65)
        #expect(named.answer.differences.map { $0.image_id ?? "" }.sorted() == ["shot-7", "shot-8"])
        #expect(named.answer.differences.contains { $0.camera == "cam1" && $0.what == "object \(row.object_name) has no row" })
        #expect(named.answer.differences.contains { $0.camera == "cam2" && $0.what.hasSuffix("has no object \(object)") })
        let text = try run([gatewayProgram, "account", "--config", site.gateway.config.path, "--camera", "cam1"], within: 60)
        #expect(text.status == 65 && text.output.contains("cam1: ") && text.output.contains("differs: camera cam1"), "\(text.output)")
    }
}
