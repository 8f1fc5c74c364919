import Glibc
package import Platform

/// An upload from a file, which is read as it is sent and stays open until this goes.
package final class FileBody: BodySource, Sendable {
    package let count: Int
    private let path: String
    private let descriptor: CInt

    /// The corresponding C functions are `open` and `fstat`.
    package init(path: String) throws(SystemError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemError("open", errno, on: path) }
        self.descriptor = descriptor
        self.path = path
        var status = stat()
        let found = unsafe fstat(descriptor, &status)
        let code = errno
        count = found == 0 ? Int(status.st_size) : 0
        guard found == 0 else { throw SystemError("fstat", code, on: path) }
    }

    deinit { close(descriptor) }

    /// The corresponding C function is `pread`.
    package func fill(_ room: inout MutableSpan<UInt8>, from offset: Int) throws(BodyFailure) -> Int {
        while true {
            let (count, code) = unsafe room.withUnsafeMutableBytes { target in
                let count = unsafe pread(descriptor, target.baseAddress, target.count, offset)
                return (count, errno)
            }
            if count > 0 { return count }
            if count == 0 { throw BodyFailure("\(path) became shorter while it was sent") }
            if code != EINTR { throw BodyFailure(SystemError("read", code, on: path).description) }
        }
    }
}
