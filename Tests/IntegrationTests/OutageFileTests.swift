import Foundation
import TestServices
import Testing

/// One file that cannot be read, on real file systems and with the real program: all others go on.
@Suite("When one file of the spool cannot be read", .serialized)
struct OutageFileTests {
    private func spooled(at site: Site, through proxy: StoreProxy, _ count: Int = 4) throws -> [TestPicture] {
        proxy.mode = .refuse
        let pictures = (0..<count).map { TestPicture("cam\($0)", $0, size: 60_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        try eventually("the pictures in the spool: \(site.gateway.tail)") { site.spool?.entries == count }
        return pictures
    }

    @Test("its picture has a bad sector in the middle: it is named once and counted, and the others are delivered")
    func badSector() throws {
        let fault = try ReadFault()
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site("[journal]\nenabled = false") {
            $0.storeEndpoint = proxy.endpoint
            $0.environment = fault.environment
        }
        let pictures = try spooled(at: site, through: proxy)
        let bad = try #require(site.pending.first { $0.pathExtension == "jpg" })
        // The rest of a second passes until it is no longer taken for one that is being copied in.
        try fault.strike(bad, from: 20_000)
        proxy.mode = .pass
        try eventually("three of four to be stored: \(site.gateway.tail)") { try site.rowCount() == 3 && site.spool?.unreadable == 1 }
        #expect(site.gateway.isReady && site.gateway.health?["spool"]?.ok == true)
        #expect(site.gateway.metric("spool_images{state=\"unreadable\"}") == 1)
        let lines = site.gateway.logLines(bad.lastPathComponent)
        #expect(lines.count == 1 && lines[0].contains("Input/output error") && lines[0].contains("All others go on"), "\(lines)")
        #expect(site.quarantined.isEmpty)
        try fault.heal()
        _ = try run([gatewayProgram, "spool", "retry", "--all", "--config", site.gateway.config.path])
        try site.expectStoredOnce(pictures)
        try eventually("an empty spool") { site.spool?.entries == 0 && site.spool?.unreadable == 0 }
    }

    @Test("it belongs to another user: after a restart, too, the others are delivered, and it is when it is given to the gateway")
    func owner() throws {
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site("[journal]\nenabled = false") {
            $0.storeEndpoint = proxy.endpoint
            $0.starts = false
        }
        try FileManager.default.createDirectory(at: site.spoolFolder, withIntermediateDirectories: true)
        _ = try run(["/bin/chown", "nobody:nogroup", site.spoolFolder.path])
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: site.gateway.config.path)
        let program = site.folder.file("thermo-ingest").path
        try FileManager.default.copyItem(atPath: gatewayProgram, toPath: program)
        let command = [
            "/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program, "run", "--config", site.gateway.config.path,
        ]
        var gateway = try Service("as-nobody", command, in: site.folder.url)
        try site.gateway.waitUntilReady()
        let pictures = try spooled(at: site, through: proxy)
        gateway.terminate()
        let record = try #require(site.pending.first { $0.pathExtension == "json" })
        _ = try run(["/bin/chown", "root:root", record.path])
        _ = try run(["/bin/chmod", "600", record.path])
        proxy.mode = .pass
        gateway = try Service("as-nobody", command, in: site.folder.url)
        try eventually("three of four to be stored") { try site.rowCount() == 3 && site.spool?.unreadable == 1 }
        #expect(site.gateway.isReady && site.spool?.entries == 1)
        _ = try run(["/bin/chown", "nobody:nogroup", record.path])
        try site.expectStoredOnce(pictures)
        try eventually("an empty spool") { site.spool?.entries == 0 && site.spool?.unreadable == 0 }
        gateway.terminate()
    }

    @Test("no file can be made any more, for all inodes are used up: told once, since stands, and the backlog is delivered")
    func inodes() throws {
        let disk = try SmallDisk("64m", "nr_inodes=60")
        let proxy = try StoreProxy(to: SeaweedServer.shared().port)
        let site = try Site(
            "[spool]\ndirectory = \"\(disk.path)/spool\"\nkeep_free = \"64KiB\"\n[journal]\nenabled = false\n[intake]\npool = \"2MiB\"\nmax_image = \"256KiB\""
        ) {
            $0.storeEndpoint = proxy.endpoint
        }
        proxy.mode = .refuse
        let pictures = (0..<40).map { TestPicture("cam\($0 % 5)", $0, size: 20_000) }
        for picture in pictures { try site.cameras().publish(picture) }
        try site.gateway.waitForFailure(of: "spool", saying: "No space left on device")
        let since = site.gateway.health?["spool"]?.since
        #expect(site.gateway.get("/ready")?.status == 503)
        // Long enough for several rehearsals, which fit in where a picture does not.
        let until = Date() + 12
        while Date() < until {
            let check = site.gateway.health?["spool"]
            #expect(check?.ok == false && check?.since == since, "\(String(describing: check))")
            _ = try? eventually("a moment", within: 0.2) { false }
        }
        let lines = site.gateway.logLines.filter { $0.contains("cannot be written") || $0.contains("can be written") }
        #expect(lines.count <= 3, "\(lines)")
        proxy.mode = .pass
        try site.expectStoredOnce(pictures)
        try site.gateway.waitForHealth()
    }
}

/// A disk that cannot read one file back: a shim that is loaded before the C library, told by a file which path it is and from where on.
private final class ReadFault {
    private static let source = """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <unistd.h>
        static int hit(int file, long end) {
            char line[4200], link[64], path[4096];
            FILE *f = fopen(getenv("READ_FAULT"), "re");
            if (!f) return 0;
            char *got = fgets(line, sizeof line, f);
            fclose(f);
            char *space = got ? strchr(line, ' ') : 0;
            if (!space) return 0;
            snprintf(link, sizeof link, "/proc/self/fd/%d", file);
            ssize_t length = readlink(link, path, sizeof path - 1);
            if (length < 0) return 0;
            path[length] = 0;
            return end > atol(line) && strcmp(path, space + 1) == 0;
        }
        ssize_t pread(int file, void *to, size_t count, off_t at) {
            static ssize_t (*real)(int, void *, size_t, off_t);
            if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pread");
            if (hit(file, at + (long)count)) { errno = EIO; return -1; }
            return real(file, to, count, at);
        }
        """

    private let shim: PreloadedShim
    private var target: URL { shim.file("target") }

    init() throws { shim = try PreloadedShim(Self.source) }

    var environment: [String: String] { shim.environment.merging(["READ_FAULT": target.path]) { $1 } }

    /// From the byte `offset` on, `file` cannot be read any more.
    func strike(_ file: URL, from offset: Int) throws {
        try "\(offset) \(file.path)".write(to: target, atomically: true, encoding: .utf8)
    }

    func heal() throws { try FileManager.default.removeItem(at: target) }
}
