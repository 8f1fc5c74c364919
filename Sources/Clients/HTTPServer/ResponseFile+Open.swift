import Glibc
package import Platform

extension ResponseFile {
    /// The file at `path` with its size in bytes.
    ///
    /// The corresponding C functions are `open` and `fstat`.
    package static func open(_ path: String) throws(SystemError) -> (ResponseFile, size: Int) {
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw SystemError("open", errno, on: path) }
        let file = ResponseFile(adopting: descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw SystemError("fstat", errno, on: path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError("open", EINVAL, on: path) }
        return (file, Int(status.st_size))
    }
}
