import Foundation
import TestServices
import Testing

@Suite("The process")
struct LifeTests {
    @Test("finishes what is complete at SIGTERM and ends with 0 within ten seconds; what comes after is read at the next start")
    func terminate() throws {
        let site = try Site()
        let pictures = (0..<30).map { TestPicture("cam\($0)", $0) }
        let cameras = try site.cameras()
        for picture in pictures.prefix(20) { try cameras.publish(picture) }
        try eventually("all of them") { site.gateway.metric("images_completed_total") == 20 }
        let end = try site.gateway.terminate()
        #expect(end.status == 0 && end.seconds < 10, "\(end)")
        #expect(try site.rowCount() == 20)
        #expect(site.gateway.log.contains("Stopped"))
        for picture in pictures.suffix(10) { try cameras.publish(picture) }
        try site.gateway.start()
        try site.expectStoredOnce(pictures)
    }

    @Test("ends with 0 within ten seconds though its backends hang")
    func terminateInOutage() throws {
        let store = try OwnStore()
        let site = try Site { $0.store = store.server }
        store.freeze()
        try site.cameras().publish(TestPicture("cam1", 1))
        try eventually("the chunks") { site.gateway.metric("images_completed_total") == 1 }
        let end = try site.gateway.terminate()
        store.thaw()
        #expect(end.status == 0 && end.seconds < 10, "\(end)")
    }

    @Test("tells all configuration mistakes at once and ends with 78")
    func mistakes() throws {
        let folder = try TemporaryFolder()
        let config = folder.file("config.toml")
        try """
        [mqtt]
        qos = 2
        urll = "mqtt://x"
        [intake]
        pool = "many"
        [s3]
        secret_key = "hush-hush-4711"
        timeout = -1
        """.write(to: config, atomically: true, encoding: .utf8)
        let end = try run([gatewayProgram, "run", "--config", config.path], within: 20)
        #expect(end.status == 78)
        for word in ["qos", "urll", "pool", "timeout"] { #expect(end.errors.contains(word), "\(word): \(end.errors)") }
        for line in ["2", "3", "5", "8"] {
            #expect(end.errors.contains(":\(line)") || end.errors.contains("line \(line)"), "\(line): \(end.errors)")
        }
        #expect(!end.errors.contains("hush-hush-4711"))
    }

    @Test("ends with 66 when the file named by --config is missing, and with 64 for what it does not understand")
    func missingFile() throws {
        let missing = try run([gatewayProgram, "run", "--config", "/no/such/file.toml"], within: 20)
        #expect(missing.status == 66 && missing.errors.contains("/no/such/file.toml"), "\(missing)")
        #expect(try run([gatewayProgram, "--no-such-option"], within: 20).status == 64)
    }

    @Test("says clearly that its HTTP port is taken, works all the same, and has the port once it is free")
    func portTaken() throws {
        let site = try Site()
        let port = site.gateway.httpPort
        let second = try site.anotherGateway("gateway-2", "[http]\nlisten = \"127.0.0.1:\(port)\"")
        try second.start()
        try second.waitForLog("There is no HTTP server: cannot listen on 127.0.0.1:\(port)")
        #expect(site.gateway.isReady)
        #expect(try site.gateway.terminate().status == 0)
        let picture = TestPicture("cam1", 1)
        try second.waitForLog("The HTTP server is there now")
        #expect(PlainHTTP.get("/live", port: port)?.status == 200)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
        #expect(second.exitStatus == nil, "\(second.tail)")
        second.kill()
    }

    @Test("refuses a spool that another gateway works in, until that one has ended, in whatever way")
    func spoolTaken() throws {
        let site = try Site()
        let second = try site.anotherGateway("gateway-2", "[spool]\ndirectory = \"\(site.spoolFolder.path)\"")
        try second.start()
        let status = try eventually("the second gateway to end: \(second.tail)", within: 20) { second.exitStatus }
        #expect(status == 69 && second.log.contains("another gateway works in \(site.spoolFolder.path)"), "\(second.tail)")
        site.gateway.kill()
        try second.start()
        try second.waitUntilReady()
    }

    @Test("answers GET and HEAD only, and errors as JSON")
    func http() throws {
        let site = try Site()
        let port = site.gateway.httpPort
        #expect(site.gateway.health?.status == "ok")
        #expect(Set(site.gateway.health?.checks.keys.map { $0 } ?? []) == ["mqtt", "postgres", "minio", "spool", "clock"])
        #expect(site.gateway.health?["minio"]?.bucket == site.bucket)
        #expect(PlainHTTP.get("/health", port: port, method: "HEAD")?.status == 200)
        #expect(PlainHTTP.get("/health", port: port, method: "HEAD")?.body.isEmpty == true)
        #expect(PlainHTTP.get("/health", port: port, method: "POST")?.status == 405)
        let missing = try #require(site.gateway.get("/nothing"))
        #expect(missing.status == 404 && missing.text.contains("\"error\""))
        #expect(site.gateway.get("/live")?.text.contains("\"alive\":true") == true)
    }

    @Test("signs for the server's time though its own clock is a day off, and says so")
    func wrongClock() throws {
        let clock = try WrongClock(shift: -86_400, isSynchronised: true)
        let site = try Site { $0.environment = clock.environment }
        let error = try site.gateway.waitForFailure(of: "clock")
        #expect(error.contains("behind") && (error.contains(" 864") || error.contains(" 863")), "\(error)")
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
        let row = try #require(site.rows().first)
        #expect(abs(row.recorded_at / 1000 + 86_400 - Int64(Date().timeIntervalSince1970)) < 120)
        #expect(site.gateway.health?["minio"]?.ok == true)
    }
}
