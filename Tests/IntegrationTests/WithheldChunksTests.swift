import Foundation
import TestServices
import Testing

@Suite("Chunks that are written only where it is needed")
struct WithheldChunksTests {
    private func writes(_ reason: String, _ site: Site) -> Int {
        Int(site.gateway.metric("journal_writes_total{reason=\"\(reason)\"}") ?? -1)
    }

    private func allWrites(_ site: Site) -> Int {
        let text = site.gateway.get("/metrics")?.text ?? ""
        return text.split(separator: "\n").filter { $0.hasPrefix("thermo_ingest_journal_writes_total{") }
            .compactMap { Int($0.split(separator: " ").last ?? "") }.reduce(0, +)
    }

    private func waitUntilAcknowledged(_ site: Site) throws {
        try eventually("all acknowledgements: \(site.gateway.tail)") { site.gateway.metric("mqtt_ack_pending") == 0 }
    }

    @Test("are not written while the stores are well: a tenth of the pictures' bytes at most, as the kernel counts them")
    func healthy() throws {
        let site = try Site("[journal]\nwhen = \"needed\"")
        // What the start and the first picture write is no picture's.
        try site.cameras().publish(TestPicture("cam0", 0, size: 100_000, chunkSize: 8 << 10))
        try site.waitForRows(1)
        try waitUntilAcknowledged(site)
        let before = site.gateway.writtenBytes
        let rounds = 10, cameras = 4
        for round in 0..<rounds {
            let pictures = (1...cameras).map { TestPicture("cam\($0)", round, size: 100_000) }
            try site.cameras().publishInterleaved(pictures)
            try site.waitForRows(1 + (round + 1) * cameras)
        }
        try waitUntilAcknowledged(site)
        let written = site.gateway.writtenBytes - before
        let reasons = site.gateway.get("/metrics")?.text.split(separator: "\n").filter { $0.contains("journal_writes_total{") } ?? []
        let durations = site.gateway.get("/metrics")?.text.split(separator: "\n").filter { $0.contains("_duration_seconds_") } ?? []
        #expect(allWrites(site) == 0, "\(reasons), \(durations)")
        #expect(written > 0 && written * 10 <= 100_000 * rounds * cameras, "\(written) bytes for \(rounds * cameras) pictures of 100,000")
    }

    @Test("are written while a store is away, and not any more when it is back; nothing is lost over it")
    func outage() throws {
        let store = try OwnStore()
        let site = try Site("[journal]\nwhen = \"needed\"") { $0.store = store.server }
        var pictures = (0..<10).map { TestPicture("cam\($0 % 3)", $0) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.waitForRows(10)
        #expect(allWrites(site) == 0)
        store.kill()
        let during = (10..<30).map { TestPicture("cam\($0 % 3)", $0) }
        for picture in during { try site.cameras().publish(picture) }
        try site.gateway.waitForFailure(of: "minio")
        try eventually("the spool to have them: \(site.gateway.tail)") { site.spool?.entries == 20 }
        try waitUntilAcknowledged(site)
        #expect(try site.rowCount() == 10)
        try store.start()
        pictures += during
        try site.waitForRows(30)
        try site.gateway.waitForHealth()
        let written = allWrites(site)
        #expect(written > 0)
        let after = (30..<40).map { TestPicture("cam\($0 % 3)", $0) }
        for picture in after { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures + after)
        #expect(allWrites(site) == written, "back to writing nothing")
    }

    @Test("are the half picture of a camera that stops, with a window of 20 (MQTT 3.1.1): nobody else is held up")
    func slowCamera() throws {
        let site = try Site("[mqtt]\nversion = \"3.1.1\"\n[journal]\nwhen = \"needed\"\nhold = \"10s\"")
        let half = TestPicture("slow", 1, size: 80_000)
        for chunk in 0..<3 { try site.cameras().publish(half, chunk: chunk) }
        let others = (0..<20).map { TestPicture("cam\($0 % 4)", $0, size: 40_000) }
        let began = Date()
        for picture in others { try site.cameras().publish(picture) }
        try site.waitForRows(20)
        #expect(Date().timeIntervalSince(began) < 9, "they waited for the hold of the slow one")
        #expect(writes("window", site) >= 1)
        for chunk in 3..<half.messages.count { try site.cameras().publish(half, chunk: chunk) }
        try site.expectStoredOnce(others + [half])
    }

    @Test("come from a broker that grants one message at a time: all go on, and soon without waiting")
    func windowOfOne() throws {
        let site = try Site("[mqtt]\nversion = \"3.1.1\"\n[journal]\nwhen = \"needed\"\nhold = \"1s\"") {
            $0.broker.lines = ["max_inflight_messages 1"]
        }
        let pictures = (0..<16).map { TestPicture("cam\($0 % 2)", $0, size: 40_000) }
        let messages = pictures.map(\.messages.count).reduce(0, +)
        let began = Date()
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
        // A few holds until it is known, then at most a moment for each picture; with a hold for each message it would be far more.
        let seconds = Date().timeIntervalSince(began)
        #expect(seconds * 2 < Double(messages), "\(messages) messages took \(seconds) s")
    }

    @Test("come again after kills, and their pictures end as one object and one row each", arguments: [nil, "shot"])
    func kills(imageID: String?) throws {
        let site = try Site("[journal]\nwhen = \"needed\"")
        var pictures: [TestPicture] = []
        for kill in 0..<6 {
            let more = (0..<6).map {
                TestPicture("cam\($0 % 3)", kill * 6 + $0, imageID: imageID.map { "\($0)-\(kill)-\(pictures.count)" }, size: 30_000)
            }
            try site.cameras().publishInterleaved(more.prefix(3).map(\.self))
            try site.cameras().publishInterleaved(more.suffix(3).map(\.self))
            pictures += more
            let rows = try site.rowCount()
            // Between a picture's begin and its end, sometimes before, sometimes after.
            try eventually("something to happen") {
                try site.rowCount() > rows || site.gateway.metric("images_completed_total") ?? 0 > Double(kill)
            }
            site.gateway.kill()
            try site.gateway.start()
            try site.gateway.waitUntilReady()
        }
        try site.expectStoredOnce(pictures)
        try waitUntilAcknowledged(site)
    }

    @Test("that were withheld when the gateway stops are on its disk then, and the picture goes on without the broker's help")
    func stop() throws {
        let site = try Site("[journal]\nwhen = \"needed\"\nhold = \"10s\"")
        let picture = TestPicture("cam1", 1, size: 80_000)
        for chunk in 0..<3 { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        try eventually("three chunks") { site.gateway.metric("mqtt_ack_pending") == 3 }
        let end = try site.gateway.terminate()
        #expect(end.status == 0 && end.seconds < 10, "\(end)")
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        #expect(site.gateway.metric("mqtt_messages_received_total") == 0, "they were acknowledged")
        for chunk in 3..<picture.messages.count { try site.cameras().publish(picture, chunk: chunk) }
        try site.expectStoredOnce([picture])
        #expect(site.gateway.metric("images_incomplete_total{reason=\"superseded\"}") == 0)
    }

    @Test("are so by themselves where the broker is on another machine, and written as they come where it is on this one")
    func auto() throws {
        let machine = try OtherMachine()
        let elsewhere = "mqtt://\(machine.there):\(machine.port)"
        let here = "mqtt://\(machine.here):\(machine.upstream)"
        for (url, isWithheld) in [(elsewhere, true), (here, false)] {
            let site = try Site("[mqtt]\nurl = \"\(url)\"") { $0.broker.lines = ["listener \(machine.upstream) \(machine.here)"] }
            let pictures = (0..<6).map { TestPicture("cam\($0 % 3)", $0, size: 40_000) }
            for picture in pictures { try site.cameras().publish(picture) }
            try site.expectStoredOnce(pictures)
            try waitUntilAcknowledged(site)
            #expect(writes("always", site) == (isWithheld ? 0 : 6) && allWrites(site) == (isWithheld ? 0 : 6), "\(url)")
            #expect(site.gateway.logLines("the broker is on \(isWithheld ? "another" : "this") machine").count == 1, "\(site.gateway.tail)")
        }
    }
}
