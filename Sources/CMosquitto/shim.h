#pragma once
#include <errno.h>
#include <mosquitto.h>
// The old place warns of itself since 2.1.
#if __has_include(<mosquitto/mqtt_protocol.h>)
#include <mosquitto/mqtt_protocol.h>
#else
#include <mqtt_protocol.h>
#endif

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
