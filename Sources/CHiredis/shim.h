#pragma once
#include <hiredis/hiredis.h>

// hiredis has TLS since 1.0, in a library of its own, which not every system brings: it is loaded when it is wanted, so that one program
// text and one set of linker flags do for all. It must be of the same version.
#define CHiredis_text_of(name) #name
#define CHiredis_text(name) CHiredis_text_of(name)
#define CHiredis_tls_file "libhiredis_ssl.so." CHiredis_text(HIREDIS_SONAME)
#define CHiredis_version CHiredis_text(HIREDIS_MAJOR) "." CHiredis_text(HIREDIS_MINOR) "." CHiredis_text(HIREDIS_PATCH)
static inline const char *CHiredis_tls_library(void) { return CHiredis_tls_file; }
static inline const char *CHiredis_header_version(void) { return CHiredis_version; }

// Whatever a server claims, no reply of more than so many elements is asked memory for. hiredis 0.14 knows no such bound: it asks for zeroed
// memory, which the kernel gives as it is used.
static inline void CHiredis_bound_arrays(redisContext *context, long long most) {
#if HIREDIS_MAJOR >= 1
    context->reader->maxelements = most;
#else
    (void)context, (void)most;
#endif
}

struct ssl_st;
typedef int (*CHiredis_InitiateSSL)(redisContext *context, struct ssl_st *connection);
#if __has_include(<hiredis/hiredis_ssl.h>)
#include <hiredis/hiredis_ssl.h>
_Static_assert(__builtin_types_compatible_p(__typeof__(&redisInitiateSSL), CHiredis_InitiateSSL), "hiredis_ssl.h has changed");
#endif
