package import Platform

/// SHA-256 over a stream of bytes, as the spool needs it: for the checksum of pictures, and for long uids.
package protocol SpoolDigest {
    mutating func update(_ bytes: UnsafeRawBufferPointer)
    /// Lower-case hex. Call once.
    /// - Throws: where there is no memory for it; then nothing is known of the bytes.
    mutating func finish() throws(SystemError) -> String
}
