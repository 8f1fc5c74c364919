import CCrypto
import CCurl
import CHiredis
import CMicroHTTPD
import CMosquitto
import CPQ
import CZlib

/// The C libraries that this process runs with. Each tells its version itself, but for hiredis, which cannot: there it is that of the
/// headers, whose soname the program is bound to.
package enum LinkedLibraries {
    /// Names as the libraries' makers write them, and versions as they print them: `2.0.11`.
    package static let versions: [(name: String, version: String)] = [
        ("libmosquitto", mosquitto), ("hiredis", unsafe String(cString: CHiredis_header_version())), ("libpq", postgres),
        ("libcurl", unsafe String(cString: CCurl_version())),
        ("libmicrohttpd", unsafe String(cString: MHD_get_version())), ("zlib", unsafe String(cString: zlibVersion())),
        ("OpenSSL", unsafe String(cString: OpenSSL_version(OPENSSL_VERSION_STRING))),
    ]

    private static var mosquitto: String {
        var (major, minor, revision): (CInt, CInt, CInt) = (0, 0, 0)
        unsafe mosquitto_lib_version(&major, &minor, &revision)
        return "\(major).\(minor).\(revision)"
    }

    /// 150013 is 15.13 (libpq, `PQlibVersion`).
    private static var postgres: String {
        let number = PQlibVersion()
        return "\(number / 10_000).\(number % 10_000)"
    }
}
