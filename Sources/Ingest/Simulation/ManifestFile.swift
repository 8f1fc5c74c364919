import FoundationEssentials
import Glibc
package import Platform

/// Where a run of the simulation leaves what it published: a line of JSON for each picture.
package final class ManifestFile {
    private let path: String
    private let descriptor: CInt
    private let encoder = JSONEncoder()
    private var buffer = [UInt8]()

    /// Makes the file anew.
    ///
    /// The corresponding C function is `open`.
    package init(_ path: String) throws(SystemError) {
        self.path = path
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError("open", errno, on: path) }
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    deinit { Glibc.close(descriptor) }

    package func append(_ picture: TakenPicture) throws {
        buffer += try encoder.encode(picture)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= 16 << 10 { try flush() }
    }

    /// Writes what is left.
    ///
    /// The corresponding C function is `write`.
    package func flush() throws(SystemError) {
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { throw SystemError("write", errno, on: path) }
            rest = rest.dropFirst(max(0, count))
        }
        buffer.removeAll(keepingCapacity: true)
    }
}
