import Foundation
import TestServices
import Testing

@Suite("The journal, with a real broker")
struct JournalTests {
    /// Bytes in the journal's files.
    private func journalBytes(of folder: URL) -> Int {
        let journal = folder.appending(path: "journal")
        let files = try? FileManager.default.contentsOfDirectory(at: journal, includingPropertiesForKeys: [.fileSizeKey])
        return (files ?? []).reduce(0) { $0 + ((try? $1.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0) }
    }

    /// Publishes one chunk, and waits until the gateway has acknowledged it.
    private func hand(_ picture: TestPicture, chunk: Int, to site: Site) throws {
        let before = site.gateway.metric("mqtt_messages_received_total") ?? 0
        try site.cameras().publish(picture, chunk: chunk)
        try site.cameras().finish()
        try eventually("chunk \(chunk) to be acknowledged: \(site.gateway.tail)") {
            site.gateway.metric("mqtt_messages_received_total") == before + 1 && site.gateway.metric("mqtt_ack_pending") == 0
        }
    }

    @Test("has every acknowledged chunk after a kill, whichever it comes after", arguments: [nil, "shot-1"])
    func killedBetweenChunks(imageID: String?) throws {
        let site = try Site()
        let picture = TestPicture("cam1", 1, imageID: imageID, size: 80_000)
        for chunk in picture.messages.indices {
            try hand(picture, chunk: chunk, to: site)
            site.gateway.kill()
            try site.gateway.start()
            try site.gateway.waitUntilReady()
        }
        try site.expectStoredOnce([picture])
    }

    @Test("lets a picture go on after a stop in its middle, and says nothing of loss")
    func stoppedBetweenChunks() throws {
        let site = try Site()
        let picture = TestPicture("cam1", 1, size: 80_000)
        for chunk in 0..<2 { try hand(picture, chunk: chunk, to: site) }
        let end = try site.gateway.terminate()
        #expect(end.status == 0 && end.seconds < 10, "\(end)")
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        for chunk in 2..<picture.messages.count { try hand(picture, chunk: chunk, to: site) }
        try site.expectStoredOnce([picture])
        #expect(site.gateway.metric("images_incomplete_total{reason=\"superseded\"}") == 0)
    }

    @Test("has chunks of QoS 0 as well, soon after they came, though nobody is told")
    func qosZero() throws {
        let site = try Site("[mqtt]\nqos = 0")
        let picture = TestPicture("cam1", 1, size: 80_000)
        for chunk in 0..<3 { try site.cameras().publish(picture, chunk: chunk, qos: 0) }
        // Five times the 200 ms after which they are synced at the latest.
        try eventually("the chunks in the journal", within: 1) { journalBytes(of: site.spoolFolder) > 3 << 14 }
        site.gateway.kill()
        try site.gateway.start()
        try site.gateway.waitUntilReady()
        for chunk in 3..<picture.messages.count { try site.cameras().publish(picture, chunk: chunk, qos: 0) }
        try site.expectStoredOnce([picture])
    }

    @Test("leaves room in a small spool, though its segments could be larger: what is stored soon takes no more")
    func smallSpool() throws {
        let site = try Site("[spool]\nmax_size = \"8MiB\"")
        var most = 0
        for number in 1...20 {
            try site.cameras().publish(TestPicture("cam1", number, size: 1_000_000, chunkSize: 250_000))
            try site.waitForRows(number)
            most = max(most, journalBytes(of: site.spoolFolder))
        }
        #expect(most > 0 && most < 4 << 20, "\(most) bytes")
    }

    @Test("acknowledges nothing while its disk is full; the broker keeps the messages, and all goes on by itself when there is room")
    func fullDisk() throws {
        let disk = try SmallDisk("12m")
        let site = try Site("[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"\n[journal]\nsegment = \"1MiB\"")
        var pictures = (0..<4).map { TestPicture("cam\($0)", $0, size: 60_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.expectStoredOnce(pictures)
        try disk.fill()
        let later = (4..<40).map { TestPicture("cam\($0 % 4)", $0, size: 60_000) }
        for picture in later { try site.cameras().publish(picture) }
        pictures += later
        let error = try site.gateway.waitForFailure(of: "spool")
        #expect(error.contains(disk.path), "\(error)")
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
        #expect(site.gateway.get("/ready")?.status == 503)
        #expect(try site.rowCount() < pictures.count)
        try disk.makeRoom()
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
        #expect(site.gateway.isReady)
    }

    @Test("that cannot be written at the start keeps the gateway away from the broker, until it can")
    func fullAtStart() throws {
        let disk = try SmallDisk("12m")
        let site = try Site("[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"\n[journal]\nsegment = \"1MiB\"")
        try site.gateway.terminate()
        try disk.fill()
        let pictures = (0..<4).map { TestPicture("cam\($0)", $0, size: 60_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.gateway.start()
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
        #expect(site.gateway.get("/ready")?.status == 503)
        try disk.makeRoom()
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }
}
