import Foundation
import TestServices
import Testing

/// `make screenshots`: no test, but what the page looks like, for people.
@Suite("Screenshots of the page", .enabled(if: ProcessInfo.processInfo.environment["THERMO_SCREENSHOTS"] != nil))
struct PageScreenshots {
    @Test("at a phone's and a desk's width, in both languages, by day and by night, in good times and in bad")
    func all() throws {
        let folder = URL(filePath: ProcessInfo.processInfo.environment["THERMO_SCREENSHOTS"] ?? ".build/screenshots")
        let minutes = Int(ProcessInfo.processInfo.environment["THERMO_MINUTES"] ?? "") ?? 3
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let store = try OwnStore()
        let site = try Site("[mqtt]\nclient_id = \"thermo-ingest-kiln\"") { $0.store = store.server }
        // They go on while the pictures are taken.
        let cameras = try SimulatedCameras(
            at: site,
            [
                "--cameras", "5", "--images", "\(minutes * 30 + 600)", "--size", "60KB", "--interval", "2s", "--repeat", "0.05",
                "--drop", "0.002", "--prefix", "boiler-",
            ])
        defer { withExtendedLifetime(cameras) {} }
        try eventually("minutes to look at", within: Double(minutes) * 60 + 120) {
            site.gateway.metric("delivered_images_total{path=\"live\"}").map { $0 >= Double(minutes) * 150 } == true
        }
        // One that is still coming in, with gaps.
        let coming = TestPicture.viewable("kiln-door", imageID: "shot-4711")
        for chunk in [0, 1, 2, 4, 5, 7, 8] { try site.cameras().publish(coming, chunk: chunk) }
        try site.cameras().publish("{", topic: "camera/kiln-door/image_json")
        try site.cameras().finish()
        try take(site, into: folder, named: "good") { try $0.text("#overall")?.hasPrefix("✓") == true }

        store.kill()
        try site.gateway.waitForFailure(of: "minio")
        try eventually("a backlog", within: 60) { site.spool.map { $0.entries > 40 } == true }
        try take(site, into: folder, named: "outage") { try $0.text("#overall")?.hasPrefix("✗") == true }
    }

    private func take(_ site: Site, into folder: URL, named name: String, when isThere: (Browser) throws -> Bool) throws {
        let browser = try Browser()
        for (device, width, height) in [("phone", 390, 844), ("desk", 1280, 900)] {
            for language in ["en", "th"] {
                for dark in [false, true] {
                    // Long enough for all of it to be on the screen, and so to be loaded.
                    try browser.show(width: width, height: 4000, dark: dark)
                    try browser.visit("http://127.0.0.1:\(site.gateway.httpPort)/?lang=\(language)")
                    do {
                        try eventually("the page", within: 60) {
                            let isLoading =
                                "[...document.querySelectorAll('#list .empty')].some(text => !text.hidden && text.textContent === words.loading)"
                            return try isThere(browser) && browser.evaluate(isLoading) as? Bool == false && browser.text("#pictures") != "–"
                        }
                    } catch { throw ServiceError("\(error), which shows \(try browser.text("body") ?? "nothing")") }
                    try browser.show(width: width, height: height, dark: dark)
                    let file = folder.appending(path: "\(name)-\(device)-\(language)-\(dark ? "dark" : "light").png")
                    try browser.screenshot(width: width).write(to: file)
                    print(file.path)
                }
            }
        }
    }
}
