import Foundation
import TestServices
import Testing

@Suite("thermo-ingest spool journal")
struct SpoolJournalTests {
    private struct Capture: Decodable, Equatable {
        let camera, image_id: String
        let received, total: Int
        let missing: [Int]
    }

    private func captures(_ site: Site) throws -> [Capture] {
        let end = try run([gatewayProgram, "spool", "journal", "--json", "--config", site.gateway.config.path], within: 20)
        #expect(end.status == 0, "\(end.errors)")
        return try JSONDecoder().decode([Capture].self, from: Data(end.output.utf8))
    }

    private func segments(_ site: Site) throws -> [String: Int] {
        let folder = site.folder.file("spool").appending(path: "journal")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.fileSizeKey])
            .reduce(into: [:]) { $0[$1.lastPathComponent] = try $1.resourceValues(forKeys: [.fileSizeKey]).fileSize }
    }

    @Test("tells what open captures lack, beside a gateway and after its end, and nothing once they are stored")
    func openCaptures() throws {
        let site = try Site()
        #expect(try captures(site) == [])
        let picture = TestPicture("cam7", 1, imageID: "shot-1", size: 50_000)
        let last = picture.messages.count - 1
        for chunk in 0..<last where chunk != 1 { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        let open = [Capture(camera: "cam7", image_id: "shot-1", received: last - 1, total: last + 1, missing: [1, last])]
        try eventually("the open capture", within: 10) { try captures(site) == open }

        site.gateway.kill()
        let before = try segments(site)
        #expect(try captures(site) == open)
        let human = try run([gatewayProgram, "spool", "journal", "--config", site.gateway.config.path], within: 20)
        #expect(human.output == "cam7  shot-1  \(last - 1) of \(last + 1) chunks, lacks 1, \(last)\n")
        #expect(try segments(site) == before, "looking changes nothing")

        try site.gateway.start()
        try site.gateway.waitUntilReady()
        for chunk in [1, last] { try site.cameras().publish(picture, chunk: chunk) }
        try site.cameras().finish()
        try site.expectStoredOnce([picture])
        try eventually("an empty journal", within: 10) { try captures(site) == [] }
        try site.gateway.terminate()
        #expect(try captures(site) == [])
    }

    @Test("leaves a torn tail as it is, and reads what is before it")
    func tornTail() throws {
        let site = try Site()
        let picture = TestPicture("cam7", 1, imageID: "shot-1", size: 50_000)
        try site.cameras().publish(picture, chunk: 0)
        try site.cameras().finish()
        try eventually("the open capture", within: 10) { try captures(site).count == 1 }
        site.gateway.kill()
        let name = try #require(try segments(site).keys.max())
        let file = try FileHandle(forWritingTo: site.folder.file("spool").appending(path: "journal/\(name)"))
        try file.seekToEnd()
        try file.write(contentsOf: Data(repeating: 0xa5, count: 100))
        try file.close()
        let before = try segments(site)
        #expect(try captures(site).map(\.received) == [1])
        #expect(try segments(site) == before)
    }
}
