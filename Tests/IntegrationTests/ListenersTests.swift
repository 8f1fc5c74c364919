import Foundation
import TestServices
import Testing

@Suite("Whoever waits for stored pictures", .serialized)
struct ListenersTests {
    private struct Notice: Decodable, Hashable { let id, camera_uid, checksum: String }

    private static let both = "[postgres]\nnotify = \"pictures\"\n[mqtt]\nstored_topic = \"camera/{camera_uid}/stored\""

    private static let topic = ["-t", "camera/+/stored"]

    private func decode(_ payloads: [Data]) throws -> [Notice] { try payloads.map { try JSONDecoder().decode(Notice.self, from: $0) } }

    private func subscriber(_ site: Site) throws -> Service {
        let port = "\(site.broker.port)"
        let command = ["/usr/bin/stdbuf", "-oL", "/usr/bin/mosquitto_sub", "-p", port, "-q", "1", "-c", "-i", "pipeline"] + Self.topic
        // The session, first: from now on the broker keeps what is published.
        try #require(try run(command + ["-E"], within: 30).status == 0)
        return try Service("subscriber", command, in: site.folder.url)
    }

    private func heard(_ subscriber: Service) throws -> [Notice] {
        let lines = try String(contentsOf: subscriber.log, encoding: .utf8).split(separator: "\n")
        return try decode(lines.filter { $0.hasPrefix("{") }.map { Data($0.utf8) })
    }

    @Test("hears of each of 1,000 pictures, by psql and by mosquitto_sub; one that stops reading keeps nobody waiting")
    func thousand() throws {
        let site = try Site(Self.both)
        let table = try TableListener(site, channel: "pictures")
        let deaf = try TableListener(site, channel: "pictures")
        // Within a transaction a session is told nothing.
        try deaf.say("BEGIN;")
        let subscriber = try subscriber(site)
        let pictures = (0..<1000).map { TestPicture("cam\($0 % 20)", $0, size: 700) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.waitForRows(1000, within: 240)
        let rows = Set(try site.sql("select id || ' ' || checksum from thermo.image_objects").split(separator: "\n").map(String.init))
        try table.wait(for: 1000)
        try eventually("1000 notices of the broker") { try heard(subscriber).count >= 1000 }
        #expect(try deaf.notices().isEmpty)
        try deaf.say("COMMIT;")
        try deaf.wait(for: 1000)
        for notices in [try decode(table.notices()), try decode(deaf.notices()), try heard(subscriber)] {
            #expect(notices.count == 1000 && Set(notices.map { "\($0.id) \($0.checksum)" }) == rows)
        }
        for kind in ["notifications_dropped_total{kind=\"mqtt\"}", "notifications_dropped_total{kind=\"postgres\"}"] {
            #expect(site.gateway.metric(kind) == 0)
        }
    }

    @Test("and is not there is counted and said once")
    func nobody() throws {
        let site = try Site("[mqtt]\nstored_topic = \"camera/{camera_uid}/stored\"")
        for number in 0..<5 { try site.cameras().publish(TestPicture("cam\(number)", number)) }
        try eventually("all to be unheard") { site.gateway.metric("notifications_unheard_total{kind=\"mqtt\"}") == 5 }
        try site.gateway.waitForLog("Nobody is subscribed to camera/cam")
        #expect(site.gateway.logLines("Nobody is subscribed to").count == 1)
        #expect(site.gateway.metric("notifications_dropped_total{kind=\"mqtt\"}") == 0)
    }

    @Test("hears by the table of every picture once, though one of two gateways dies between row and notice")
    func killed() throws {
        let redis = try RedisServer()
        let site = try Site(Self.both + "\n[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"")
        let second = try site.anotherGateway("gateway-2")
        try second.start()
        try second.waitUntilReady()
        let table = try TableListener(site, channel: "pictures")
        let subscriber = try subscriber(site)
        // The main thread publishes: what the first gateway stores from now on has its row and no notice.
        let stuck = try StuckThread("thermo-ingest", of: site.gateway.pid, in: site.folder)
        var pictures: [TestPicture] = []
        func isStored(by gateway: String) throws -> Int { try site.rows("metadata->>'gateway' = '\(gateway)'").count }
        while try pictures.count < 20 || isStored(by: "gateway-1") == 0 || isStored(by: "gateway-2") == 0 {
            try #require(pictures.count < 400, "one of them stores everything")
            let picture = TestPicture("cam\(pictures.count % 4)", pictures.count, imageID: "shot-\(pictures.count)", size: 700)
            pictures.append(picture)
            try site.cameras().publish(picture)
            try site.waitForRows(pictures.count)
        }
        site.gateway.kill()
        stuck.release()
        try table.wait(for: pictures.count)
        let others = try Set(site.rows("metadata->>'gateway' = 'gateway-2'").map(\.checksum))
        try eventually("the other one's notices") { try others.isSubset(of: Set(heard(subscriber).map(\.checksum))) }
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        let last = TestPicture("cam9", 9999, imageID: "last", size: 700)
        try site.cameras().publish(last)
        try table.wait(for: pictures.count + 1)
        let told = try decode(table.notices()).map(\.checksum)
        #expect(told.count == pictures.count + 1 && Set(told) == Set((pictures + [last]).map(\.sha256)))
        // A hint, and no more: of the dead one's pictures the broker may have told nobody, of no picture a third time.
        let times = Dictionary(grouping: try heard(subscriber), by: \.checksum).mapValues(\.count)
        #expect(times.values.allSatisfy { $0 <= 2 } && others.allSatisfy { times[$0] == 1 })
        try site.expectStoredOnce(pictures + [last])
    }
}
