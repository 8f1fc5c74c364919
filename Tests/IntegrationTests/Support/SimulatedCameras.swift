import Foundation
import IngestCore
import TestServices

/// `thermo-ingest simulate` in the background, as a site's cameras that go on publishing.
final class SimulatedCameras {
    private let service: Service
    private let manifest: URL

    init(at site: Site, _ arguments: [String]) throws {
        manifest = site.folder.file("manifest-\(UUID().uuidString.prefix(8))")
        let command = [gatewayProgram, "simulate", "--config", site.gateway.config.path, "--manifest", manifest.path] + arguments
        service = try Service("simulate", command, in: site.folder.url)
    }

    deinit { service.kill() }

    /// Waits until so many pictures are published; what each camera sent last, by SHA-256.
    func newest(of pictures: Int, within seconds: TimeInterval = 60) throws -> [String: String] {
        try eventually("the simulated cameras to end: \(service.tail)", within: seconds) { !service.isRunning }
        let lines = try String(contentsOf: manifest, encoding: .utf8).split(separator: "\n")
        guard lines.count == pictures else {
            throw ServiceError("simulate published \(lines.count) of \(pictures) pictures: \(service.tail)")
        }
        var newest: [String: String] = [:]
        for line in lines {
            let sent = try JSONDecoder().decode(Site.ManifestLine.self, from: Data(line.utf8))
            newest[sent.camera] = sent.sha256
        }
        return newest
    }
}

extension TestPicture {
    /// A JPEG that a browser can show.
    static func viewable(_ camera: String, moment: Int = 1, imageID: String? = nil) -> TestPicture {
        var gallery = PictureGallery(size: 30_000, seed: 7)
        return TestPicture(camera, bytes: gallery.picture(camera: 1, moment: moment).bytes, imageID: imageID, chunkSize: 2 << 10)
    }
}
