import Foundation
import TestServices
import Testing

@Suite("Pictures in pieces")
struct MainJobTests {
    @Test("of many cameras at once, with repeats, are each stored once, byte for byte, in memory that stays where it was")
    func fleet() throws {
        // The whole fleet, 64 cameras with 50 pictures of 200 kB, is for the release binary: THERMO_INGEST says where it is.
        let full = ProcessInfo.processInfo.environment["THERMO_FULL_FLEET"] != nil
        let (cameras, images, size) = full ? (64, 50, 200_000) : (16, 10, 60_000)
        let pool = full ? 32 : 8
        let site = try Site("[intake]\npool = \"\(pool)MiB\"")
        // Idle with everything connected: bucket and table have been asked by then.
        try site.gateway.waitForHealth()
        let idle = site.gateway.memory.now
        let publisher = try site.cameras()
        var published: [(camera: String, sha256: String)] = []
        let began = Date()
        for image in 0..<images {
            let round = (0..<cameras).map { TestPicture("cam\($0)", image, size: size) }
            try publisher.publishInterleaved(round, repeating: 10)
            published += round.map { ($0.camera, $0.sha256) }
        }
        try site.expectStoredOnce(published, within: 240)
        let peak = site.gateway.memory.peak
        if full {
            let seconds = Int(Date().timeIntervalSince(began))
            print(
                "\(published.count) pictures in \(seconds) s; idle \(idle >> 10) KiB, peak \(peak >> 10) KiB; \(site.gateway.processorSeconds) s of processor time"
            )
        }
        #expect(peak <= idle + pool << 20 + 8 << 20, "idle \(idle), peak \(peak)")
        #expect(site.gateway.threads <= 8)
    }

    @Test("of 200 cameras at the same time fit through a pool of 2 MiB, since the journal has what the pool cannot hold")
    func smallPool() throws {
        let site = try Site("[intake]\npool = \"2MiB\"")
        try site.gateway.waitForHealth()
        let pictures = (0..<200).map { TestPicture("cam\($0)", 0, size: 200_000) }
        try site.cameras().publishInterleaved(pictures)
        try site.expectStoredOnce(pictures, within: 240)
        #expect(site.gateway.log.contains("Gave up image") == false)
    }
}
