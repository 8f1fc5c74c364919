import Clients
import Glibc
import IngestCore
package import Platform

/// The spool's SHA-256. It fails in one way, for want of memory, which says nothing of the bytes.
package final class OpenSSLDigest: SpoolDigest {
    private var hash: SHA256?

    package convenience init() { self.init(try? SHA256()) }

    /// - Parameter hash: nil where there is no memory for one.
    init(_ hash: consuming SHA256?) { self.hash = consume hash }

    package func update(_ bytes: UnsafeRawBufferPointer) { unsafe hash?.update(bytes.bytes) }

    package func finish() throws(SystemError) -> String {
        guard let digest = try? hash?.finish() else { throw SystemError("SHA-256", ENOMEM) }
        return Hex.lower(digest)
    }
}
