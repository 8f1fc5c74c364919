import CLinux
import Glibc

/// What the kernel knows of its own time.
package enum KernelClock {
    /// Whether something keeps the clock right: NTP, or a receiver. False also where the kernel does not say.
    ///
    /// The corresponding C function is `adjtimex`, which answers TIME_ERROR for a clock that is not synchronised (adjtimex(2)).
    package static var isSynchronised: Bool { CLinux_clock_is_synchronised() == 1 }

    /// The kernel's name for this run of the machine (random(4)); nil where /proc is not mounted.
    package static let boot: String? = {
        do throws(SystemError) {
            let bytes = try LocalFiles().contents(of: "/proc/sys/kernel/random/boot_id", limit: 64)
            let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
            return text.isEmpty ? nil : text
        } catch {
            return nil
        }
    }()
}
