#pragma once
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// The library tells "nothing more to read" by errno alone, which Swift cannot be trusted to leave alone in between.
static inline int CMosquitto_loop_read(struct mosquitto *client, int *error) {
    errno = 0;
    int code = mosquitto_loop_read(client, 1);
    *error = errno;
    return code;
}

static inline int CMosquitto_loop_write(struct mosquitto *client, int *error) {
    errno = 0;
    int code = mosquitto_loop_write(client, 1);
    *error = errno;
    return code;
}

// Macros of OpenSSL, which Swift cannot call.
static inline int CMosquitto_require_tls12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline void CMosquitto_release_buffers(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}
static inline int CMosquitto_set_server_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}
static inline int CMosquitto_waits_for_read(SSL *connection) {
    return SSL_want_read(connection);
}
