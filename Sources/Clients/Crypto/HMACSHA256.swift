import CCrypto

/// HMAC-SHA-256 (RFC 2104).
package enum HMACSHA256 {
    /// The 32 bytes of the code of `message` under `key`, which may have any length.
    ///
    /// The corresponding C function is `HMAC`.
    package static func code(of message: borrowing Span<UInt8>, key: borrowing Span<UInt8>) throws(CryptoFailure) -> [UInt8] {
        var complete = false
        let code = unsafe key.withUnsafeBufferPointer { key in
            unsafe message.withUnsafeBufferPointer { message in
                unsafe [UInt8](unsafeUninitializedCapacity: 32) { room, count in
                    // A null key means "as before" to OpenSSL, so an empty one needs an address.
                    var nothing: UInt8 = 0
                    complete = unsafe withUnsafePointer(to: &nothing) { nowhere in
                        unsafe HMAC(
                            EVP_sha256(), key.baseAddress ?? nowhere, CInt(key.count), message.baseAddress ?? nowhere, message.count,
                            room.baseAddress, nil
                        ) != nil
                    }
                    count = 32
                }
            }
        }
        guard complete else { throw CryptoFailure(operation: "HMAC") }
        return code
    }
}
