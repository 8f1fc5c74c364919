import Glibc

/// The environment the program was started with. It is never changed, so any thread may read it.
package enum Environment {
    /// The corresponding C function is `getenv`.
    package static func value(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
