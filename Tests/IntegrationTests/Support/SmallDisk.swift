import Foundation
import TestServices

/// A small file system of its own for the spool, so that it can be full or read-only; needs root.
final class SmallDisk {
    let path: String
    private let folder: TemporaryFolder

    /// - Parameter option: another of tmpfs(5).
    init(_ size: String, _ option: String? = nil) throws {
        folder = try TemporaryFolder()
        path = folder.file("disk").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        let end = try run(["/usr/bin/mount", "-t", "tmpfs", "-o", "size=\(size)" + (option.map { ",\($0)" } ?? ""), "tmpfs", path])
        guard end.status == 0 else { throw ServiceError("mount: \(end.errors)") }
    }

    deinit { _ = try? run(["/usr/bin/umount", "-l", path]) }

    func remount(_ option: String) throws {
        let end = try run(["/usr/bin/mount", "-o", "remount,\(option)", path])
        guard end.status == 0 else { throw ServiceError("mount: \(end.errors)") }
    }

    /// Uses up what is left.
    func fill() throws {
        _ = FileManager.default.createFile(atPath: path + "/ballast", contents: nil)
        _ = try run(["/bin/dd", "if=/dev/zero", "of=\(path)/ballast", "bs=64k"])
    }

    func makeRoom() throws { try FileManager.default.removeItem(atPath: path + "/ballast") }
}
