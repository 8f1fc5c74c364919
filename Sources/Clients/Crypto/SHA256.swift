import CCrypto

/// SHA-256 (FIPS 180-4), fed in as many parts as one likes. Used again for one message after another: nothing is allocated but in `init`
/// and for the digest itself.
///
/// One owner, freed in `deinit`; not `Sendable`: OpenSSL's contexts must not be used by two threads at once (openssl-threads(7)).
@safe package struct SHA256: ~Copyable {
    private let context: OpaquePointer
    private var failed = false

    /// The corresponding C functions are `EVP_MD_CTX_new` and `EVP_DigestInit_ex`.
    package init() throws(CryptoFailure) {
        guard let context = unsafe EVP_MD_CTX_new() else { throw CryptoFailure(operation: "EVP_MD_CTX_new") }
        guard unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
            unsafe EVP_MD_CTX_free(context)
            throw CryptoFailure(operation: "EVP_DigestInit_ex")
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Feeds `bytes`. A failure shows in `finish`.
    ///
    /// The corresponding C function is `EVP_DigestUpdate`.
    package mutating func update(_ bytes: borrowing Span<UInt8>) {
        let code = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        if code != 1 { failed = true }
    }

    /// The same for raw memory.
    package mutating func update(_ bytes: borrowing RawSpan) {
        let code = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
        if code != 1 { failed = true }
    }

    /// The 32 bytes of the digest of all that was fed since `init` or the last `finish`; then begins anew.
    ///
    /// The corresponding C functions are `EVP_DigestFinal_ex` and `EVP_DigestInit_ex`.
    package mutating func finish() throws(CryptoFailure) -> [UInt8] {
        defer { failed = false }
        var complete = false
        let digest = unsafe [UInt8](unsafeUninitializedCapacity: 32) { room, count in
            complete = unsafe EVP_DigestFinal_ex(context, room.baseAddress, nil) == 1
            count = 32
        }
        // Without a type the context keeps the one it has, and its memory.
        let ready = unsafe EVP_DigestInit_ex(context, nil, nil) == 1
        guard complete, ready, !failed else { throw CryptoFailure(operation: "EVP_DigestFinal_ex") }
        return digest
    }

    /// The digest of `bytes` alone.
    package static func digest(of bytes: borrowing Span<UInt8>) throws(CryptoFailure) -> [UInt8] {
        var hash = try SHA256()
        hash.update(bytes)
        return try hash.finish()
    }
}
