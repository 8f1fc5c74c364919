/// OpenSSL failed at something that fails only without memory or with a broken installation.
package struct CryptoFailure: Error, Equatable, CustomStringConvertible {
    /// The C function.
    package let operation: String

    package var description: String { "\(operation): OpenSSL failed" }
}
