import Foundation
import TestServices
import Testing

/// Traffic goes on through an outage, and the gateway is killed in it: what it had was the broker's, the journal's or the spool's.
@Suite("An outage where chunks are written only when it is needed")
struct WithheldOutageTests {
    private static let needed = "[journal]\nwhen = \"needed\"\n"
    private static let cameras = 4

    /// Pictures of all cameras at once, so that whatever happens between two calls happens in the middle of some.
    private final class Traffic {
        let site: Site
        private(set) var pictures: [TestPicture] = []
        private var halves: [TestPicture] = []

        init(_ site: Site) { self.site = site }

        /// The second halves of what was begun before, and the first ones of more.
        func goOn(rounds: Int = 1, endsWell: Bool = false) throws {
            for _ in 0..<rounds {
                for picture in halves {
                    for chunk in picture.messages.indices.dropFirst(2) { try site.cameras().publish(picture, chunk: chunk) }
                }
                halves = []
                try site.cameras().finish()
                guard !endsWell else { continue }
                halves = (0..<cameras).map { TestPicture("cam\($0)", pictures.count + $0, size: 60_000) }
                for chunk in 0..<2 { for picture in halves { try site.cameras().publish(picture, chunk: chunk) } }
                try site.cameras().finish()
                pictures += halves
            }
        }
    }

    private func writes(_ reason: String, _ site: Site) -> Double {
        site.gateway.metric("journal_writes_total{reason=\"\(reason)\"}") ?? 0
    }

    private func waitForFirstRows(_ site: Site) throws {
        try eventually("a row: \(site.gateway.tail)") { try site.rowCount() >= 1 }
    }

    private func killAndStart(_ site: Site) throws {
        site.gateway.kill()
        try site.gateway.start()
    }

    private func waitForAcknowledgements(_ site: Site) throws {
        try eventually("all acknowledgements: \(site.gateway.tail)") { site.gateway.metric("mqtt_ack_pending") == 0 }
    }

    @Test("of the object store, with kills before, in and after it: each picture is one object and one row")
    func store() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site(Self.needed) { $0.storeEndpoint = proxy.endpoint }
        let traffic = Traffic(site)
        try traffic.goOn(rounds: 3)
        try waitForFirstRows(site)
        try killAndStart(site)
        proxy.mode = .refuse
        try traffic.goOn(rounds: 3)
        try site.gateway.waitForFailure(of: "minio")
        try traffic.goOn(rounds: 2)
        try eventually("chunks to be written: \(site.gateway.tail)") { writes("store", site) > 0 }
        // What was acknowledged by now the broker has forgotten.
        try waitForAcknowledgements(site)
        try killAndStart(site)
        try site.gateway.waitUntilReady()
        try traffic.goOn(rounds: 3)
        try waitForAcknowledgements(site)
        proxy.mode = .pass
        try traffic.goOn(rounds: 2)
        try killAndStart(site)
        try traffic.goOn(endsWell: true)
        try site.expectStoredOnce(traffic.pictures)
        try site.gateway.waitForHealth()
    }

    @Test("with a disk that fills up meanwhile, and a kill while it is full: the broker keeps what is not on it, and all comes")
    func fullDisk() throws {
        let disk = try SmallDisk("8m")
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site(Self.needed + "[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"") {
            $0.storeEndpoint = proxy.endpoint
        }
        let traffic = Traffic(site)
        try traffic.goOn(rounds: 2)
        try waitForFirstRows(site)
        proxy.mode = .refuse
        try traffic.goOn(rounds: 2)
        try site.gateway.waitForFailure(of: "minio")
        try disk.fill()
        try traffic.goOn(rounds: 4)
        try site.gateway.waitForFailure(of: "mqtt", saying: "paused")
        #expect(site.gateway.get("/ready")?.status == 503)
        try killAndStart(site)
        try site.gateway.waitForFailure(of: "spool")
        try traffic.goOn(rounds: 2)
        proxy.mode = .pass
        try disk.makeRoom()
        try site.gateway.waitForHealth(within: 60)
        try traffic.goOn(endsWell: true)
        try site.expectStoredOnce(traffic.pictures)
    }

    @Test("with a disk that takes a second for each sync: chunks are held for as long, and nothing is lost over kills")
    func slowDisk() throws {
        let disk = try SlowDisk()
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site(Self.needed) {
            $0.storeEndpoint = proxy.endpoint
            $0.environment = disk.environment
        }
        let traffic = Traffic(site)
        try traffic.goOn(rounds: 2)
        try waitForFirstRows(site)
        try disk.slowDown()
        try traffic.goOn(rounds: 3)
        try killAndStart(site)
        proxy.mode = .refuse
        try traffic.goOn(rounds: 3)
        try site.gateway.waitForFailure(of: "minio")
        try eventually("a sync that took a second: \(site.gateway.tail)") {
            site.gateway.metric("journal_sync_duration_seconds_sum") ?? 0 >= 1
        }
        try waitForAcknowledgements(site)
        try killAndStart(site)
        try traffic.goOn(rounds: 2)
        proxy.mode = .pass
        try disk.recover()
        try traffic.goOn(endsWell: true)
        try site.expectStoredOnce(traffic.pictures)
        try site.gateway.waitForHealth()
    }
}

/// A disk whose syncs take a second each while a file says so: a shim that is loaded before the C library.
private final class SlowDisk {
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <stdlib.h>
        #include <unistd.h>
        int fdatasync(int file) {
            static int (*real)(int);
            if (!real) *(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
            if (access(getenv("SLOW_DISK"), F_OK) == 0) sleep(1);
            return real(file);
        }
        """

    private let shim: PreloadedShim
    private var sign: URL { shim.file("slow") }

    init() throws { shim = try PreloadedShim(Self.source) }

    var environment: [String: String] { shim.environment.merging(["SLOW_DISK": sign.path]) { $1 } }

    func slowDown() throws { try Data().write(to: sign) }
    func recover() throws { try FileManager.default.removeItem(at: sign) }
}
