/// The two functions that signing needs from a cryptography library, which this module does without.
package protocol SigningHash {
    associatedtype Failure: Error

    /// SHA-256 of `bytes` (FIPS 180-4): 32 bytes.
    func sha256(_ bytes: [UInt8]) throws(Failure) -> [UInt8]

    /// HMAC-SHA-256 of `bytes` (RFC 2104): 32 bytes.
    func hmacSHA256(key: [UInt8], _ bytes: [UInt8]) throws(Failure) -> [UInt8]
}
