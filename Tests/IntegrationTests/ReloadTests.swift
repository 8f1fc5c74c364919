import Foundation
import TestServices
import Testing

@Suite("A reload")
struct ReloadTests {
    private let folder: TemporaryFolder
    private let manager: NotifySocket

    init() throws {
        folder = try TemporaryFolder()
        manager = try NotifySocket(in: folder)
    }

    /// Writes the configuration anew, sends SIGHUP and waits until the gateway is ready again.
    private func reload(_ site: Site, _ overrides: String) throws {
        var configuration = site.configuration
        configuration.add(overrides)
        try configuration.text.write(to: site.gateway.config, atomically: true, encoding: .utf8)
        try eventually("the start") { manager.count("READY=1") > 0 }
        let before = manager.count("READY=1")
        site.gateway.signal(SIGHUP)
        try eventually("the reload to end: \(site.gateway.tail)") { manager.count("READY=1") == before + 1 }
    }

    @Test("puts credentials, drain and log in force, delivers at once what waited for them, and keeps the MQTT session")
    func takesEffect() throws {
        let password = folder.file("password")
        try "not this one".write(to: password, atomically: true, encoding: .utf8)
        // Without the reload nothing would be tried again within this test.
        let site = try Site(
            """
            [s3]
            secret_key = "not-this-one-either"
            create_bucket = true
            [postgres]
            password = ""
            password_file = "\(password.path)"
            [drain]
            backoff_initial = "30m"
            backoff_max = "1h"
            """
        ) { $0.environment = ["NOTIFY_SOCKET": manager.path] }
        let pictures = (0..<10).map { TestPicture("cam\($0)", $0) }
        let cameras = try site.cameras()
        for picture in pictures.prefix(5) { try cameras.publish(picture) }
        try site.gateway.waitForFailure(of: "minio")
        try site.gateway.waitForFailure(of: "postgres", saying: "password authentication failed")
        try eventually("five in the spool") { site.spool?.entries == 5 }

        try PostgresServer.password.write(to: password, atomically: true, encoding: .utf8)
        try reload(
            site,
            """
            [s3]
            secret_key = "\(SeaweedServer.secretKey)"
            [drain]
            backoff_initial = "1s"
            backoff_max = "1s"
            concurrency = 2
            order = "newest_first"
            [spool]
            max_size = "1GiB"
            [log]
            format = "json"
            """)
        let reloading = try #require(manager.messages.first { $0.lines.contains("RELOADING=1") })
        #expect(reloading.lines.contains { $0.hasPrefix("MONOTONIC_USEC=") && Int($0.dropFirst(15)) ?? 0 > 0 }, "\(reloading)")
        let line = try #require(site.gateway.logLines("Reloaded").first, "\(site.gateway.tail)")
        for change in [
            "s3.secret_key", "postgres.password", "drain.backoff_max = \\\"1s\\\"", "drain.concurrency = 2",
            "drain.order = \\\"newest_first\\\"",
            "spool.max_size = \\\"1GiB\\\"", "log.format = \\\"json\\\"",
        ] {
            #expect(line.contains(change), "\(change): \(line)")
        }
        #expect(line.hasPrefix("{") && !line.contains("restart"), "\(line)")
        #expect(!site.gateway.log.contains(SeaweedServer.secretKey) && !site.gateway.log.contains(PostgresServer.password))

        for picture in pictures.suffix(5) { try cameras.publish(picture) }
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
        try eventually("the new size") { site.gateway.metric("spool_capacity_bytes") == Double(1 << 30) }
        #expect(site.gateway.logLines("Subscribed to").count == 1, "the MQTT session went on")

        try reload(site, "[s3]\nsecret_key = \"\(SeaweedServer.secretKey)\"\n[log]\nlevel = \"warning\"\nformat = \"text\"")
        let saved = site.gateway.logLines("Saved image object").count
        try cameras.publish(TestPicture("cam77", 77))
        try site.waitForRows(11)
        #expect(site.gateway.logLines("Saved image object").count == saved, "the level is in force")
    }

    @Test("of a wrong file changes nothing: every mistake is told, and the gateway goes on as it was")
    func mistaken() throws {
        let site = try Site { $0.environment = ["NOTIFY_SOCKET": manager.path] }
        try reload(site, "[log]\nlevel = \"error\"\n[drain]\nconcurrency = \"many\"\n[mqtt]\nqos = 7\n[intake]\nrepeat_windw = \"1s\"")
        for mistake in ["drain.concurrency: must be", "mqtt.qos: must be", "did you mean repeat_window?"] {
            #expect(site.gateway.log.contains(mistake), "\(mistake): \(site.gateway.tail)")
        }
        #expect(site.gateway.log.contains("The configuration was not reloaded"))
        #expect(manager.count("RELOADING=1") == 1)
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
        // As it was: level info.
        #expect(site.gateway.logLines("Saved image object").count == 1)

        try FileManager.default.removeItem(at: site.gateway.config)
        site.gateway.signal(SIGHUP)
        try site.gateway.waitForLog("there is no such file")
        #expect(site.gateway.isReady)
    }

    @Test("names each key that takes a restart, and goes on without them")
    func needsRestart() throws {
        let site = try Site { $0.environment = ["NOTIFY_SOCKET": manager.path] }
        try reload(
            site,
            "[mqtt]\ntopic = \"elsewhere/+/image\"\n[intake]\npool = \"8MiB\"\nsession_timeout = \"1s\"\n[s3]\nbucket = \"another\"\n[redis]\ntimeout = \"1s\""
        )
        let line = try #require(site.gateway.logLines("Reloaded").first)
        #expect(
            line.contains("now intake.session_timeout = \"1s\"; only after a restart: redis, mqtt.topic, s3.bucket, intake.pool"), "\(line)"
        )
        let picture = TestPicture("cam1", 1)
        let cameras = try site.cameras()
        try cameras.publish(picture)
        try site.expectStoredOnce([picture])
        // The new time is in force.
        try cameras.publish(TestPicture("cam2", 2), chunk: 0)
        try cameras.finish()
        try site.gateway.waitForLog("Gave up image")
        #expect(site.gateway.log.contains("timeout, no chunk came for too long"))
    }

    @Test("changes when chunks are written: what is withheld is written with it, and with the next one no more is")
    func when() throws {
        let site = try Site("[journal]\nwhen = \"needed\"\nhold = \"14s\"") { $0.environment = ["NOTIFY_SOCKET": manager.path] }
        func written(_ reason: String) -> Double? { site.gateway.metric("journal_writes_total{reason=\"\(reason)\"}") }
        let picture = TestPicture("cam1", 1, size: 80_000)
        for chunk in 0..<3 { try site.cameras().publish(picture, chunk: chunk) }
        try eventually("three that wait") { site.gateway.metric("mqtt_ack_pending") == 3 }
        try reload(site, "[journal]\nwhen = \"always\"")
        #expect(site.gateway.log.contains("now journal.when = \"always\""), "\(site.gateway.tail)")
        try eventually("their acknowledgements", within: 5) { site.gateway.metric("mqtt_ack_pending") == 0 }
        #expect(written("always") == 1)
        try reload(site, "[journal]\nwhen = \"needed\"")
        for chunk in 3..<picture.messages.count { try site.cameras().publish(picture, chunk: chunk) }
        let others = (2..<12).map { TestPicture("cam\($0)", $0) }
        for other in others { try site.cameras().publish(other) }
        try site.expectStoredOnce(others + [picture])
        #expect(written("always") == 1 && written("hold") == 0)
    }

    @Test("has the broker's new password used at the next connection")
    func brokerPassword() throws {
        let site = try Site("[mqtt]\nusername = \"gate\"\npassword = \"first\"") {
            $0.broker.users = ["gate": "first", "camera": "c"]
            $0.environment = ["NOTIFY_SOCKET": manager.path]
        }
        try run("/usr/bin/mosquitto_passwd", "-b", site.broker.folder.file("passwords").path, "gate", "second")
        try reload(site, "[mqtt]\npassword = \"second\"")
        #expect(site.gateway.log.contains("now mqtt.password (from the next connection on)"), "\(site.gateway.tail)")
        #expect(site.gateway.isReady)
        site.broker.terminate()
        try site.broker.start()
        try eventually("a second connection: \(site.gateway.tail)") {
            site.gateway.logLines("Subscribed to").count == 2 && site.gateway.isReady
        }
    }
}
