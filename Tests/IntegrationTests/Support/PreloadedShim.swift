import Foundation
import TestServices

/// C code that a program is started with, in front of the C library's.
final class PreloadedShim {
    private let folder: TemporaryFolder

    init(_ source: String, _ options: String...) throws {
        folder = try TemporaryFolder()
        try source.write(to: folder.file("shim.c"), atomically: true, encoding: .utf8)
        let end = try run(["/usr/bin/cc", "-shared", "-fPIC"] + options + ["-o", library, folder.file("shim.c").path, "-ldl"])
        guard end.status == 0 else { throw ServiceError("cc: \(end.errors)") }
    }

    var library: String { folder.file("shim.so").path }
    var environment: [String: String] { ["LD_PRELOAD": library] }

    /// For what a test has to say to it.
    func file(_ name: String) -> URL { folder.file(name) }
}
