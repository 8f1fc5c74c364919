import Glibc
package import Platform

/// A download into a file without a name, which is gone when nobody holds it any more. However large, it takes no memory, and a short-lived
/// one most often never reaches the disk.
package final class TemporaryFileBody: BodySink, Sendable {
    /// For whoever reads it.
    package let file: ResponseFile
    private let written = Monitor(0)

    /// The corresponding C functions are `mkstemp` and `unlink`.
    package init(in folder: String) throws(SystemError) {
        var name = Array((folder + "/.fetched-XXXXXX").utf8CString)
        let descriptor = unsafe mkstemp(&name)
        guard descriptor >= 0 else { throw SystemError("mkstemp", errno, on: folder) }
        unsafe unlink(name)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        file = ResponseFile(adopting: descriptor)
    }

    /// In bytes, so far.
    package var count: Int { written.read { $0 } }

    /// The corresponding C function is `write`.
    package func take(_ bytes: borrowing Span<UInt8>) throws(BodyFailure) {
        var offset = 0
        while offset < bytes.count {
            let (count, code) = unsafe bytes.withUnsafeBytes { all in
                let count = unsafe write(file.descriptor, all.baseAddress! + offset, all.count - offset)
                return (count, errno)
            }
            if count >= 0 { offset += count } else if code != EINTR { throw BodyFailure(SystemError("write", code).description) }
        }
        let total = bytes.count
        written.update { $0 += total }
    }
}
