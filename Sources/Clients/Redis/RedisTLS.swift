import CHiredis
import Glibc

/// The part of hiredis that speaks TLS, where the system has it.
@safe package enum RedisTLS {
    /// Whether `rediss://` can be had here.
    package static var isAvailable: Bool { unsafe initiate != nil }

    /// For messages: what would have to be there.
    package static let library = unsafe String(cString: CHiredis_tls_library())

    /// `redisInitiateSSL`, loaded once and kept.
    static let initiate: CHiredis_InitiateSSL? = {
        guard let handle = unsafe dlopen(CHiredis_tls_library(), RTLD_NOW | RTLD_LOCAL) else { return nil }
        return unsafe unsafeBitCast(dlsym(handle, "redisInitiateSSL"), to: CHiredis_InitiateSSL?.self)
    }()
}
