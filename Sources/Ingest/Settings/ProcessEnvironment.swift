import FoundationEssentials
import Glibc

/// The variables this process was started with.
package enum ProcessEnvironment {
    package static var current: [String: String] { ProcessInfo.processInfo.environment }
}

/// The name of this machine.
enum HostName {
    /// "localhost" where it has none. The corresponding C function is `gethostname`.
    static var current: String {
        // HOST_NAME_MAX is 64 (limits.h).
        var name = [CChar](repeating: 0, count: 65)
        guard unsafe gethostname(&name, name.count - 1) == 0, name[0] != 0 else { return "localhost" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
