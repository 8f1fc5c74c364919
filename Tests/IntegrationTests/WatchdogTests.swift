import Foundation
import TestServices
import Testing

@Suite("The service manager's watchdog")
struct WatchdogTests {
    @Test("is fed while every worker gets on, and no more when any one of them is stuck; the log names it")
    func stuck() throws {
        let folder = try TemporaryFolder()
        let manager = try NotifySocket(in: folder)
        let redis = try RedisServer()
        let site = try Site("[redis]\nurl = \"redis://127.0.0.1:\(redis.port)/0\"") {
            $0.environment = ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "6000000"]
        }
        try eventually("the start") { manager.count("READY=1") == 1 }
        let picture = TestPicture("cam1", 1)
        try site.cameras().publish(picture)
        try site.expectStoredOnce([picture])
        for worker in ["intake", "upload", "record", "spool", "redis", "http"] {
            let before = manager.count("WATCHDOG=1")
            try eventually("signs of life") { manager.count("WATCHDOG=1") >= before + 2 }
            let held = try StuckThread(worker, of: site.gateway.pid, in: folder)
            // One may have been due already, and one on its way.
            let allowed = manager.count("WATCHDOG=1") + 2
            try site.gateway.waitForLog("The \(worker) worker is stuck: no progress for 3 s")
            let told = manager.messages.count
            try eventually("word on how things stand") { manager.messages.count > told + 2 }
            #expect(manager.count("WATCHDOG=1") <= allowed, "\(worker)")
            held.release()
            try site.gateway.waitForLog("The \(worker) worker goes on")
            // Who waits for what the one has may be stuck with it; all go on.
            try eventually("all to go on: \(site.gateway.tail)") {
                site.gateway.logLines("worker is stuck").count == site.gateway.logLines("worker goes on").count
            }
        }
        let before = manager.count("WATCHDOG=1")
        try eventually("signs of life") { manager.count("WATCHDOG=1") >= before + 2 }
        #expect(try site.gateway.terminate().status == 0)
        #expect(manager.count("STOPPING=1") == 1)
    }

    @Test("is fed though backends hang: a wait with an end is progress")
    func hanging() throws {
        let folder = try TemporaryFolder()
        let manager = try NotifySocket(in: folder)
        let (store, postgres) = (try OwnStore(), try PostgresServer())
        let site = try Site("[postgres]\ntimeout = \"20s\"\n[s3]\ntimeout = \"20s\"") {
            $0.store = store.server
            $0.postgres = postgres
            $0.environment = ["NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "6000000"]
        }
        store.freeze()
        postgres.freeze()
        defer {
            store.thaw()
            postgres.thaw()
        }
        let pictures = (0..<4).map { TestPicture("cam\($0)", $0) }
        for picture in pictures { try site.cameras().publish(picture) }
        let began = ContinuousClock.now
        try eventually("ten seconds of it") { ContinuousClock.now - began > .seconds(10) }
        let signs = manager.messages.filter { $0.at > began && $0.lines.contains("WATCHDOG=1") }
        let gaps = zip(signs, signs.dropFirst()).map { $1.at - $0.at }
        #expect((gaps.max() ?? .seconds(60)) < .seconds(6), "\(gaps)")
        #expect(!site.gateway.log.contains("worker is stuck"), "\(site.gateway.tail)")
    }
}
