import Foundation
import TestServices

extension Site {
    struct SpoolFigures: Decodable {
        let entries, bytes, quarantined, unreadable, rejected: Int
        let oldest, next_attempt: String?
    }

    /// `/spool`, or nil while nobody answers.
    var spool: SpoolFigures? { gateway.get("/spool").flatMap { try? JSONDecoder().decode(SpoolFigures.self, from: $0.body) } }

    var spoolFolder: URL { folder.file("spool") }

    /// The files of pending entries, and of those in quarantine.
    var pending: [URL] { files(in: "pending") }
    var quarantined: [URL] { files(in: "quarantine") }

    private func files(in area: String) -> [URL] {
        let folder = spoolFolder.appending(path: area)
        let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.isRegularFileKey])?.allObjects as? [URL] ?? []
        return all.filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]))?.isRegularFile == true }.sorted { $0.path < $1.path }
    }
}
