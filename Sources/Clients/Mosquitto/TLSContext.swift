import CMosquitto
import Glibc

/// The TLS side of one connection: whom to trust, and who we are.
///
/// The library could load these files itself, but it would check the broker's name against the address it connects to, which
/// is a numeric one here, with a matcher of its own; and it says too little about what went wrong. Here OpenSSL checks the
/// name, and a context without that check cannot be made.
@safe struct TLSContext: ~Copyable {
    /// `SSL_CTX *`
    let pointer: OpaquePointer

    init(_ files: MosquittoSettings.TLS, host: String) throws(MosquittoError.Cause) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw .outOfMemory }
        do throws(MosquittoError.Cause) {
            try unsafe Self.prepare(context, files, host)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe pointer = context
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    private static func prepare(_ context: OpaquePointer, _ files: MosquittoSettings.TLS, _ host: String) throws(MosquittoError.Cause) {
        unsafe CMosquitto_require_tls12(context)
        unsafe CMosquitto_release_buffers(context)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // Without this OpenSSL would ask for the key's passphrase on the terminal.
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }

        let parameters = unsafe SSL_CTX_get0_param(context)
        guard unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 || X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 else {
            throw .setting("\(host) is no host name")
        }
        // The library names the broker by the address it connects to. Its own name is put in its place when the handshake
        // begins; no name if it has none but an address (RFC 6066, 3).
        unsafe SSL_CTX_set_info_callback(context) { connection, event, _ in
            guard event == SSL_CB_HANDSHAKE_START, let connection = unsafe connection else { return }
            let parameters = unsafe SSL_get0_param(OpaquePointer(UnsafeRawPointer(connection)))
            unsafe CMosquitto_set_server_name(connection, X509_VERIFY_PARAM_get0_host(parameters, 0))
        }
        if let authorities = files.authorities {
            guard unsafe SSL_CTX_load_verify_file(context, authorities) == 1 else { throw failure("CA file", authorities) }
        } else {
            unsafe SSL_CTX_set_default_verify_paths(context)
        }
        if let certificate = files.certificate {
            guard unsafe SSL_CTX_use_certificate_chain_file(context, certificate) == 1 else {
                throw failure("client certificate", certificate)
            }
        }
        if let key = files.key {
            guard unsafe SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) == 1 else { throw failure("client key", key) }
            guard unsafe SSL_CTX_check_private_key(context) == 1 else {
                throw .tls("client key \(key) does not belong to the client certificate")
            }
        }
    }

    private static func failure(_ what: String, _ path: String) -> MosquittoError.Cause {
        guard unsafe access(path, R_OK) == 0 else { return .tls("\(what) \(path): \(unsafe String(cString: strerror(errno)))") }
        let reason = unsafe ERR_reason_error_string(ERR_get_error()).map { unsafe String(cString: $0) }
        return .tls("\(what) \(path): \(reason ?? "not usable")")
    }

    /// What OpenSSL found wrong with the broker's certificate; nil if nothing.
    static func verification(_ connection: OpaquePointer) -> String? {
        let code = unsafe SSL_get_verify_result(connection)
        guard code != Int(X509_V_OK) else { return nil }
        let text = unsafe "the broker's certificate: " + String(cString: X509_verify_cert_error_string(code))
        return code == Int(X509_V_ERR_CERT_NOT_YET_VALID) ? text + " (or this machine's clock is wrong)" : text
    }
}
