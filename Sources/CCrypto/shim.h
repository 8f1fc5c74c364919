#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// Macros, which Swift cannot call.
static inline int CCrypto_require_tls12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline void CCrypto_release_buffers(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}
static inline void CCrypto_leave_tls_to_openssl(SSL_CTX *context) {
    SSL_CTX_clear_options(context, SSL_OP_ENABLE_KTLS);
}
static inline void CCrypto_set_server_name(const SSL *connection, const char *name) {
    // The handshake's callback is given a const connection, on which it may still set the name.
    SSL_set_tlsext_host_name((SSL *)connection, name);
}
static inline int CCrypto_waits_for_read(SSL *connection) {
    return SSL_want_read(connection);
}
static inline int CCrypto_waits_for_write(SSL *connection) {
    return SSL_want_write(connection);
}
