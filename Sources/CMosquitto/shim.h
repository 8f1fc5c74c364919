#pragma once
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

// The library tells some things by errno alone, which Swift may touch before it can be looked at.
static inline int CMosquitto_connect_async(struct mosquitto *client, const char *host, int port, int keepalive, int *error) {
    errno = 0;
    int code = mosquitto_connect_async(client, host, port, keepalive);
    *error = errno;
    return code;
}

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

// What puts something in the place of the library's socket. unistd.h has it for GNU programs only.
int dup3(int source, int place, int flags);

// Macros of OpenSSL, which Swift cannot call.
static inline int CMosquitto_require_tls12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline void CMosquitto_release_buffers(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
}
static inline void CMosquitto_set_server_name(const SSL *connection, const char *name) {
    // The handshake's callback is given a const connection, on which it may still set the name.
    SSL_set_tlsext_host_name((SSL *)connection, name);
}
static inline int CMosquitto_waits_for_read(SSL *connection) {
    return SSL_want_read(connection);
}
