import Foundation
import TestServices
import Testing

@Suite("When the spool's disk fails", .serialized)
struct OutageDiskTests {
    private func publish(at site: Site, _ numbers: Range<Int>) throws -> [TestPicture] {
        let pictures = numbers.map { TestPicture("cam\($0 % 5)", $0, size: 60_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        return pictures
    }

    /// Without a journal, whose files share the disk: this is about the spool.
    private func site(_ disk: SmallDisk, _ proxy: StoreProxy) throws -> Site {
        try Site(
            "[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"\n[journal]\nenabled = false\n[intake]\npool = \"2MiB\"\nmax_image = \"256KiB\""
        ) {
            $0.storeEndpoint = proxy.endpoint
        }
    }

    @Test("full: intake is paused, the broker keeps the rest, and all goes on by itself when there is room")
    func full() throws {
        let disk = try SmallDisk("8m")
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try site(disk, proxy)
        try disk.fill()
        proxy.mode = .refuse
        var pictures = try publish(at: site, 0..<20)
        let error = try site.gateway.waitForFailure(of: "spool", saying: "keep_free")
        #expect(error.contains(disk.path), "\(error)")
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
        #expect(site.gateway.get("/ready")?.status == 503)
        // The pictures in the pool, and those the broker kept, go into the spool now.
        try disk.makeRoom()
        try eventually("intake to go on") { site.gateway.isReady }
        pictures += try publish(at: site, 20..<30)
        try eventually("everything in the spool: \(site.gateway.tail)") { site.spool?.entries == 30 }
        proxy.mode = .pass
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }

    @Test("read-only: what can be delivered is; nothing delivered comes again; it recovers by itself")
    func readOnly() throws {
        let disk = try SmallDisk("16m")
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try site(disk, proxy)
        proxy.mode = .refuse
        var pictures = try publish(at: site, 0..<6)
        try eventually("the pictures in the spool") { site.spool?.entries == 6 }
        try disk.remount("ro")
        pictures += try publish(at: site, 6..<12)
        try site.gateway.waitForFailure(of: "spool", saying: "read-only")
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
        proxy.mode = .pass
        try site.gateway.waitForFailure(of: "spool", saying: "read-only")
        try eventually("what came after to be delivered from the pool") { try site.rowCount() >= 6 }
        try disk.remount("rw")
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
        try eventually("an empty spool") { site.spool?.entries == 0 }
    }

    @Test("from the first start on: the broker keeps what comes meanwhile, and what it had")
    func fromTheFirstStart() throws {
        let disk = try SmallDisk("8m")
        try disk.remount("ro")
        let site = try Site("[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"") { $0.starts = false }
        var pictures: [TestPicture] = []
        for start in 0..<2 {
            // Paused before it was ever connected: the broker must know this gateway, or it would keep nothing.
            site.broker.freeze()
            try site.gateway.start()
            try site.gateway.waitForFailure(of: "spool", saying: "read-only")
            site.broker.thaw()
            try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
            pictures += try publish(at: site, start * 8..<start * 8 + 3)
            try disk.remount("rw")
            try site.expectStoredOnce(pictures)
            try site.gateway.waitForHealth()
            #expect(site.gateway.logLines("Intake resumed").count == start + 1)
            try site.gateway.terminate()
            // In a session that has messages already, none of them may be acknowledged meanwhile.
            pictures += try publish(at: site, start * 8 + 3..<start * 8 + 6)
            try disk.remount("ro")
        }
        try disk.remount("rw")
        try site.gateway.start()
        try site.expectStoredOnce(pictures)
    }

    @Test("for longer than the broker keeps a session, also where the broker loses it meanwhile: nothing is lost")
    func longPause() throws {
        let disk = try SmallDisk("8m")
        try disk.remount("ro")
        let site = try Site("[mqtt]\nsession_expiry = \"8s\"\n[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"") {
            $0.starts = false
        }
        try site.gateway.start()
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
        var pictures = try publish(at: site, 0..<3)
        func visits() -> Int { site.broker.log.components(separatedBy: "as gateway-1").count - 1 }
        // One in two seconds.
        let before = visits()
        try eventually("the session to have outlived its expiry: \(site.gateway.tail)", within: 60) { visits() >= before + 8 }
        #expect(site.gateway.logLines("Intake is paused").count == 1)
        #expect(site.gateway.get("/ready")?.status == 503)
        try disk.remount("rw")
        try site.expectStoredOnce(pictures)
        try disk.fill()
        // A chunk that the journal cannot take, and that goes down with the broker.
        try site.cameras().publish(TestPicture("cam9", 99, size: 60_000), chunk: 0)
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused", within: 60)
        site.broker.kill()
        try site.broker.forget()
        try site.broker.start()
        try eventually("a new session", within: 60) { site.gateway.metric("mqtt_sessions_lost_total") == 1 }
        let cameras = try site.newCameras()
        let later = (10..<13).map { TestPicture("cam\($0)", $0, size: 60_000) }
        for picture in later { try cameras.publish(picture) }
        pictures += later
        try disk.makeRoom()
        try site.expectStoredOnce(pictures)
    }

    @Test("for want of permission, also at the start: health says so, and it recovers by itself")
    func permission() throws {
        let site = try Site("[journal]\nenabled = false") { $0.starts = false }
        try FileManager.default.createDirectory(at: site.spoolFolder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: site.spoolFolder.path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: site.gateway.config.path)
        let program = site.folder.file("thermo-ingest").path
        try FileManager.default.copyItem(atPath: gatewayProgram, toPath: program)
        let command = [
            "/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "run", "--config", site.gateway.config.path,
        ]
        let gateway = try Service("as-nobody", command, in: site.folder.url)
        let error = try site.gateway.waitForFailure(of: "spool", saying: "permission")
        #expect(error.contains("spool"), "\(error)")
        #expect(site.gateway.get("/ready")?.status == 503)
        // What is published before anybody subscribed is nobody's.
        try eventually("a subscription: \(site.gateway.tail)") { site.gateway.health?["mqtt"]?.ok == true }
        let pictures = try publish(at: site, 0..<3)
        _ = try run(["/bin/chown", "nobody", site.spoolFolder.path])
        try site.gateway.waitForHealth()
        #expect(site.gateway.isReady)
        try site.expectStoredOnce(pictures)
        gateway.terminate()
    }
}
