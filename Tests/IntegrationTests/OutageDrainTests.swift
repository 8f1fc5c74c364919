import Foundation
import TestServices
import Testing

@Suite("The spool of a running gateway", .serialized)
struct OutageDrainTests {
    private func publish(at site: Site, _ numbers: Range<Int>, size: Int = 30_000) throws -> [TestPicture] {
        let pictures = numbers.map { TestPicture("cam\($0 % 8)", $0, size: size) }
        for picture in pictures { try site.cameras().publish(picture) }
        return pictures
    }

    /// Each file into the folder of its hour, as a person would.
    private func copyIn(_ folder: String, _ site: Site) throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let stamp = Array(file.prefix(11)).map(String.init)
            let day = "\(stamp[0..<4].joined())-\(stamp[4..<6].joined())-\(stamp[6..<8].joined())/\(stamp[9..<11].joined())"
            let hour = site.spoolFolder.appending(path: "pending/" + day)
            try FileManager.default.createDirectory(at: hour, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: folder + "/" + file, toPath: hour.appending(path: file).path)
        }
    }

    @Test("takes everything while stores flap under load, in flat memory, and is empty in the end")
    func flapping() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site("[intake]\npool = \"2MiB\"\nmax_image = \"512KiB\"") { $0.storeEndpoint = proxy.endpoint }
        var pictures = try publish(at: site, 0..<10)
        try site.waitForRows(10)
        let before = site.gateway.memory.now
        let modes: [StoreProxy.Mode] = [.refuse, .pass, .reset(after: 9000), .pass, .halfAnAnswer, .pass, .answer(500), .pass]
        for round in 0..<16 {
            proxy.mode = modes[round % modes.count]
            if round % 5 == 4 {
                try site.postgres.sql("select pg_terminate_backend(pid) from pg_stat_activity where datname = '\(site.database)'")
            }
            pictures += try publish(at: site, 100 + round * 20..<120 + round * 20, size: 60_000)
        }
        proxy.mode = .pass
        try site.expectStoredOnce(pictures)
        try eventually("an empty spool") { site.spool?.entries == 0 && site.pending.isEmpty }
        // 20 MB went through a pool of 2.
        #expect(site.gateway.memory.peak - before < 10 << 20, "\(before >> 10) KiB grew to \(site.gateway.memory.peak >> 10)")
        try site.gateway.waitForHealth()
    }

    @Test("is drained from the start with no traffic, and no kill in the middle of it loses or doubles anything")
    func killedWhileDraining() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site { $0.storeEndpoint = proxy.endpoint }
        proxy.mode = .refuse
        let pictures = try publish(at: site, 0..<60)
        try eventually("everything in the spool") { site.spool?.entries == 60 }
        site.gateway.kill()
        proxy.mode = .pass
        for round in 0..<6 {
            try site.gateway.start()
            try eventually("some more rows") { try site.rowCount() >= min(60, round * 8 + 4) }
            site.gateway.kill()
        }
        try site.gateway.start()
        try site.expectStoredOnce(pictures)
        try eventually("an empty spool") { site.spool?.entries == 0 && site.pending.isEmpty }
        #expect(site.quarantined.isEmpty)
    }

    @Test("holds everything on the disk after a stop in the middle of an outage")
    func stoppedInOutage() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site { $0.storeEndpoint = proxy.endpoint }
        proxy.mode = .silence
        let pictures = try publish(at: site, 0..<20)
        try eventually("all of them taken in") {
            site.gateway.health != nil && site.gateway.get("/metrics")?.text.contains("images_completed_total 20") == true
        }
        let end = try site.gateway.terminate()
        #expect(end.status == 0 && end.seconds < 10)
        #expect(site.pending.count == 40)
        proxy.mode = .pass
        try site.gateway.start()
        try site.expectStoredOnce(pictures)
    }

    @Test("is looked after from the command line, beside the gateway and without it")
    func commands() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site("[drain]\nbackoff_max = \"60s\"\nbackoff_initial = \"60s\"") { $0.storeEndpoint = proxy.endpoint }
        func spool(_ arguments: String...) throws -> ProgramRun {
            try run([gatewayProgram, "spool"] + arguments + ["--config", site.gateway.config.path], within: 60)
        }
        proxy.mode = .answer(403)
        var pictures = try publish(at: site, 0..<4)
        pictures.append(TestPicture("cam9", 9, imageID: "by-name", size: 30_000))
        try site.cameras().publish(pictures[4])
        try eventually("everything in the spool") { site.spool?.entries == 5 }
        #expect(site.spool?.next_attempt != nil && site.spool?.oldest != nil)

        let list = try spool("list", "--json")
        let entries = try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [[String: Any]]
        #expect(entries?.count == 5 && entries?.allSatisfy { $0["state"] as? String == "pending" } == true)
        #expect(try spool("list").output.split(separator: "\n").count == 5)
        #expect(try spool("show", "by-name").output.contains(pictures[4].sha256))
        #expect(try spool("show", "nothing").status == 66)
        #expect(try spool("verify").status == 0)
        #expect(try spool("remove", "by-name").status == 64, "not without --yes")
        let folder = site.folder.file("export").path
        #expect(try spool("export", "--all", folder).status == 0)
        let copies = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(copies.count == 10 && copies.filter { $0.hasSuffix(".jpg") }.count == 5)

        // What somebody takes out is noticed, though nothing can be delivered.
        let spare = TestPicture("cam9", 10, imageID: "spare", size: 30_000)
        try site.cameras().publish(spare)
        try eventually("the spare one in the spool") { site.spool?.entries == 6 }
        #expect(try spool("remove", "spare", "--yes").status == 0)
        try eventually("its entry to be gone", within: 5) { site.spool?.entries == 5 }
        let last = site.pending.suffix(2)
        for file in last { try FileManager.default.moveItem(at: file, to: site.folder.file(file.lastPathComponent)) }
        try eventually("what was moved out to be gone", within: 20) { site.spool?.entries == 4 }
        for file in last { try FileManager.default.moveItem(at: site.folder.file(file.lastPathComponent), to: file) }

        // The gateway waits for a minute: a retry ends that.
        proxy.mode = .pass
        #expect(try spool("retry", "--all").status == 0)
        try site.expectStoredOnce(pictures, within: 20)

        // Entries copied in by hand are found, and are the same pictures.
        try copyIn(folder, site)
        try eventually("them to be delivered") { site.pending.isEmpty }
        try site.expectStoredOnce(pictures)

        site.gateway.kill()
        try copyIn(folder, site)
        let records = site.pending.filter { $0.pathExtension == "json" }
        try FileManager.default.removeItem(at: records[0])
        let files = site.pending.filter { $0.pathExtension == "jpg" }
        try Data([1, 2, 3]).write(to: files[1])
        let verified = try spool("verify", "--json")
        #expect(verified.status == 65 && verified.output.contains("no record") && verified.output.contains("3 bytes"), "\(verified.output)")
        try eventually("files old enough to be judged", within: 20) {
            try spool("verify", "--repair").output.contains("its record was made anew")
        }
        #expect(try spool("verify").output.contains("5 entries, 1 damaged"))
        #expect(try spool("remove", "--all", "--yes").status == 0)
        #expect(site.pending.isEmpty)
        #expect(try spool("list").output.contains("empty"))
    }
}
