import Glibc

/// What the kernel says of this process (proc_pid_status(5)). Memory is in bytes.
package struct ProcessStatus: Equatable, Sendable {
    /// All of it, files mapped in included (`VmRSS`).
    package var resident = 0
    /// The part that no file backs: heap, stacks, pool (`RssAnon`).
    package var anonymous = 0
    /// The most there ever was (`VmHWM`).
    package var peakResident = 0
    package var threads = 0

    package static func current() throws(SystemError) -> ProcessStatus {
        let path = "/proc/self/status"
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", errno, on: path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = unsafe read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw SystemError("read", errno, on: path) }
        return ProcessStatus(parsing: String(decoding: bytes.prefix(count), as: UTF8.self))
    }

    init(parsing text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, let value = Int(words[1]) else { continue }
            switch words[0] {
            case "VmRSS:": resident = value << 10
            case "RssAnon:": anonymous = value << 10
            case "VmHWM:": peakResident = value << 10
            case "Threads:": threads = value
            default: break
            }
        }
    }
}
