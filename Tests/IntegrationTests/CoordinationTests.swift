import Clients
import Foundation
import TestServices
import Testing

@Suite("Two gateways beside the same cameras")
struct CoordinationTests {
    private let redis: RedisServer
    private let site: Site
    private let second: Gateway

    init() throws {
        redis = try RedisServer()
        site = try Site("[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"")
        second = try site.anotherGateway("gateway-2")
        try second.start()
        try second.waitUntilReady()
        for gateway in [site.gateway, second] { try gateway.waitForHealth() }
    }

    /// Some cameras name their captures, or all do.
    private func pictures(_ numbers: Range<Int>, allNamed: Bool = false) -> [TestPicture] {
        (0..<4).flatMap { camera in
            numbers.map { TestPicture("cam\(camera)", $0, imageID: allNamed || camera % 2 == 0 ? "shot-\($0)" : nil, chunkSize: 4 << 10) }
        }
    }

    private func publish(_ pictures: [TestPicture]) throws {
        let cameras = try site.cameras()
        for camera in 0..<4 {
            for picture in pictures where picture.camera == "cam\(camera)" { try cameras.publish(picture) }
        }
    }

    private func count(_ text: String) -> Int { site.gateway.logLines(text).count + second.logLines(text).count }

    /// One row and one object each, once removals are done.
    private func expectStoredOnce(_ pictures: [TestPicture], within seconds: TimeInterval = 60) throws {
        try site.waitForRows(pictures.count, within: seconds)
        try eventually("one object each", within: 20) { Set(try site.objects().keys) == Set(try site.rows().map(\.object_name)) }
        try site.expectStoredOnce(pictures)
    }

    @Test("store each picture once between them, and upload it once")
    func once() throws {
        let all = pictures(0..<6)
        try publish(all)
        try expectStoredOnce(all)
        try eventually("both to have let go of every picture") {
            count("Saved image object") == all.count && count("was stored by another gateway") == all.count
        }
        #expect(site.gateway.threads <= 8)
        #expect(second.health?.checks["redis"]?.ok == true)
    }

    @Test(
        "lose nothing when one is killed, at any moment, and store nothing twice when it comes back, in both modes of the journal",
        arguments: ["always", "needed"])
    func kill(when: String) throws {
        for gateway in [site.gateway, second] {
            let text = try String(contentsOf: gateway.config, encoding: .utf8)
            try (text + "\n[journal]\nwhen = \"\(when)\"\n").write(to: gateway.config, atomically: true, encoding: .utf8)
            gateway.signal(SIGHUP)
            try gateway.waitForLog("now journal.when = \"\(when)\"")
        }
        // Named: what the dead one hears when it is back is older than repeat_window, which decides where nobody names it.
        let before = pictures(0..<4, allNamed: true)
        let cameras = try site.cameras()
        for (number, picture) in before.enumerated() {
            try cameras.publish(picture)
            if number == before.count / 2 { site.gateway.kill() }
        }
        // What the dead one had claimed is free after thirty seconds.
        try expectStoredOnce(before, within: 60)
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        let after = pictures(4..<5, allNamed: true)
        second.kill()
        try publish(after)
        try expectStoredOnce(before + after, within: 60)
    }

    @Test("go on alone without Redis and say so; the table still has each picture once")
    func withoutRedis() throws {
        redis.kill()
        for gateway in [site.gateway, second] { try gateway.waitForFailure(of: "redis", saying: "CONNECT") }
        let all = pictures(0..<3)
        try publish(all)
        try expectStoredOnce(all)
        #expect(count("redis is away") == 2)
        try redis.start()
        for gateway in [site.gateway, second] { try gateway.waitForHealth() }
        let more = pictures(3..<5)
        try publish(more)
        try expectStoredOnce(all + more)
    }

    @Test("deliver a named capture again after a reset, to the same row and key, and not before")
    func reset() throws {
        let picture = TestPicture("cam0", 1, imageID: "shot-1")
        let cameras = try site.cameras()
        try cameras.publish(picture)
        let row = try #require(try site.waitForRows(1).first)
        try eventually("both to be done") { count("was stored by another gateway") == 1 }

        try cameras.publish(picture)
        try eventually("the repeat to be noticed") { count("which is stored; counted as a repeat") >= 1 }
        #expect(try site.rows().map(\.updated_at) == [row.updated_at])
        for gateway in [site.gateway, second] { try expectShown(row, picture, by: gateway) }

        let end = try run([gatewayProgram, "reset", "shot-1", "--config", site.gateway.config.path])
        #expect(end.status == 0 && end.output.contains("deleted processed:shot-1"))
        try cameras.publish(picture)
        try eventually("the row to be written again") { try site.rows().first?.updated_at != row.updated_at }
        let again = try site.rows()
        #expect(
            again.map(\.object_name) == [row.object_name] && again.map(\.id) == [row.id] && again.map(\.recorded_at) == [row.recorded_at])
        #expect(try site.objects().count == 1)
        for gateway in [site.gateway, second] { try expectShown(row, picture, by: gateway) }
    }

    /// A gateway knows the picture under the name that it is stored under, whoever stored it.
    private func expectShown(_ row: Site.Row, _ picture: TestPicture, by gateway: Gateway) throws {
        struct Image: Decodable { let state: String, object_name: String? }
        try eventually("/images to show the stored picture: \(gateway.get("/images/shot-1")?.text ?? "")", within: 10) {
            let image = gateway.get("/images/shot-1").flatMap { try? JSONDecoder().decode(Image.self, from: $0.body) }
            return image?.state == "stored" && image?.object_name == row.object_name
        }
        let latest = try #require(gateway.get("/cameras/\(picture.camera)/latest"))
        #expect(latest.status == 200 && Array(latest.body) == picture.bytes, "\(latest.text)")
    }
}
