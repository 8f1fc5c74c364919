/// The value of `processed:<image_id>`: one line `<uid> <sha256>` for each camera whose capture of this id is stored.
///
/// A line that is `1` was left by the service before this one. It knew neither cameras nor contents, so it counts for all of them.
package struct ProcessedLines: Equatable, Sendable {
    private let lines: [Substring]

    package init(_ text: String?) { lines = (text ?? "").split(separator: "\n") }

    package func has(_ picture: Picture) -> Bool { has(picture.camera, sha256: picture.sha256) }

    package func has(_ camera: CameraUID, sha256: String) -> Bool {
        let line = Self.line(camera, sha256: sha256)
        return lines.contains { $0 == "1" || $0.utf8.elementsEqual(line.utf8) }
    }

    package static func line(_ camera: CameraUID, sha256: String) -> String { "\(camera.text) \(sha256)" }

    /// The cameras it names; a uid may hold spaces, a checksum none.
    package var cameras: [CameraUID] {
        lines.compactMap { line in line.lastIndex(of: " ").flatMap { CameraUID(String(line[..<$0])) } }
    }
}
