import CCrypto
import Glibc

/// What a client needs for TLS beside the server's name.
package struct TLSFiles: Equatable, Sendable {
    /// PEM file of the authorities to trust; nil for the system's.
    package var authorities: String?
    /// PEM files with the client's own certificate chain and its key, which must not be encrypted.
    package var certificate: String?
    package var key: String?

    package init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
    }
}

/// Why there can be no TLS, before anything was sent.
enum TLSFailure: Error {
    case outOfMemory
    /// The server's name is none.
    case name(String)
    /// A file, and what is wrong with it.
    case file(String)
}

/// The TLS side of one connection: whom to trust, and who we are.
///
/// libmosquitto and hiredis could load these files themselves, but libmosquitto would check the server's name against the address it
/// connects to, which is a numeric one here, and hiredis would not check it at all; and both say too little about what went wrong.
/// Here OpenSSL checks the name, and a context without that check cannot be made.
///
/// libmosquitto sets no name to be checked itself as long as it is given no files of its own (`tls__set_verify_hostname` of 2.1.2 read;
/// 2.0.11 and 2.0.21 have no such call).
@safe struct TLSContext: ~Copyable {
    /// `SSL_CTX *`
    let pointer: OpaquePointer

    init(_ files: TLSFiles, host: String) throws(TLSFailure) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw .outOfMemory }
        do throws(TLSFailure) {
            try unsafe Self.prepare(context, files, host)
        } catch {
            unsafe SSL_CTX_free(context)
            throw error
        }
        unsafe pointer = context
    }

    deinit { unsafe SSL_CTX_free(pointer) }

    private static func prepare(_ context: OpaquePointer, _ files: TLSFiles, _ host: String) throws(TLSFailure) {
        unsafe CCrypto_require_tls12(context)
        unsafe CCrypto_release_buffers(context)
        // Whatever openssl.cnf says: what is written to the socket is to be the record itself (`HeldWrites`).
        unsafe CCrypto_leave_tls_to_openssl(context)
        unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        // Without this OpenSSL would ask for the key's passphrase on the terminal.
        unsafe SSL_CTX_set_default_passwd_cb(context) { _, _, _, _ in -1 }

        let parameters = unsafe SSL_CTX_get0_param(context)
        guard unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 || X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 else {
            throw .name("\(host) is no host name")
        }
        // libmosquitto names the broker by the address it connects to. Its own name is put in its place when the handshake
        // begins; no name if it has none but an address (RFC 6066, 3).
        unsafe SSL_CTX_set_info_callback(context) { connection, event, _ in
            guard event == SSL_CB_HANDSHAKE_START, let connection = unsafe connection else { return }
            let parameters = unsafe SSL_get0_param(OpaquePointer(UnsafeRawPointer(connection)))
            unsafe CCrypto_set_server_name(connection, X509_VERIFY_PARAM_get0_host(parameters, 0))
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
                throw .file("client key \(key) does not belong to the client certificate")
            }
        }
    }

    private static func failure(_ what: String, _ path: String) -> TLSFailure {
        guard unsafe access(path, R_OK) == 0 else { return .file("\(what) \(path): \(unsafe String(cString: strerror(errno)))") }
        let reason = unsafe ERR_reason_error_string(ERR_get_error()).map { unsafe String(cString: $0) }
        return .file("\(what) \(path): \(reason ?? "not usable")")
    }

    /// What OpenSSL found wrong with the server's certificate; nil if nothing.
    static func verification(_ connection: OpaquePointer) -> String? {
        let code = unsafe SSL_get_verify_result(connection)
        guard code != Int(X509_V_OK) else { return nil }
        let text = unsafe "the server's certificate: " + String(cString: X509_verify_cert_error_string(code))
        return code == Int(X509_V_ERR_CERT_NOT_YET_VALID) ? text + " (or this machine's clock is wrong)" : text
    }
}
