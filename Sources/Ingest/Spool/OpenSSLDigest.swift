import Clients
import IngestCore

/// The spool's SHA-256. Want of memory, the one way in which it fails, gives a digest that equals none.
package final class OpenSSLDigest: SpoolDigest {
    private var hash: SHA256?

    package init() { hash = try? SHA256() }

    package func update(_ bytes: UnsafeRawBufferPointer) { unsafe hash?.update(bytes.bytes) }

    package func finish() -> String { (try? hash?.finish()).map { Hex.lower($0) } ?? "" }
}
