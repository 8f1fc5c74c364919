import Glibc

let fileTooLarge = EFBIG

/// The kernel's files.
package struct LocalFiles: FileSystem {
    package init() {}

    /// The corresponding C function is `open`. Files are made with mode 0640, folders with 0750: pictures are not for everybody.
    ///
    /// Opens regular files only, and never waits: a pipe without a writer would hold up open(2), and a device might have no end. What
    /// stands in a file's place is told apart by its code: EISDIR a folder, ELOOP a symbolic link, ENOTSUP anything else.
    package func open(_ path: String, _ access: FileAccess) throws(SystemError) -> CInt {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .create: O_WRONLY | O_CREAT | O_TRUNC
            case .append: O_WRONLY | O_CREAT | O_APPEND
            }
        while true {
            let file = unsafe Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o640)
            guard file < 0 else {
                guard let code = Self.oddity(of: file) else { return file }
                close(file)
                throw SystemError("open", code, on: path)
            }
            // A socket, or a pipe that nobody reads (open(2)).
            guard errno == EINTR else { throw SystemError("open", errno == ENXIO ? ENOTSUP : errno, on: path) }
        }
    }

    /// Nil of a regular file.
    private static func oddity(of file: CInt) -> CInt? {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { return errno }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: nil
        case S_IFDIR: EISDIR
        default: ENOTSUP
        }
    }

    package func close(_ file: CInt) { _ = Glibc.close(file) }

    /// The corresponding C function is `pread`.
    package func read(_ file: CInt, at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        while true {
            let count = unsafe pread(file, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else { throw SystemError("read", errno) }
        }
    }

    /// The corresponding C function is `write`.
    package func write(_ bytes: UnsafeRawBufferPointer, to file: CInt) throws(SystemError) {
        var written = 0
        while written < bytes.count {
            let count = unsafe Glibc.write(file, bytes.baseAddress! + written, bytes.count - written)
            if count < 0, errno != EINTR { throw SystemError("write", errno) }
            written += max(0, count)
            WrittenBytes.add(max(0, count))
        }
    }

    /// The corresponding C function is `fdatasync`.
    package func sync(_ file: CInt) throws(SystemError) {
        guard fdatasync(file) == 0 else { throw SystemError("fdatasync", errno) }
    }

    package func truncate(_ path: String, to size: Int) throws(SystemError) {
        guard unsafe Glibc.truncate(path, off_t(size)) == 0 else { throw SystemError("truncate", errno, on: path) }
    }

    package func rename(_ old: String, to new: String) throws(SystemError) {
        guard unsafe Glibc.rename(old, new) == 0 else { throw SystemError("rename", errno, on: old) }
    }

    package func unlink(_ path: String) throws(SystemError) {
        guard unsafe Glibc.unlink(path) == 0 else { throw SystemError("unlink", errno, on: path) }
    }

    package func makeDirectory(_ path: String) throws(SystemError) {
        guard unsafe mkdir(path, 0o750) == 0 else { throw SystemError("mkdir", errno, on: path) }
    }

    package func removeDirectory(_ path: String) throws(SystemError) {
        guard unsafe rmdir(path) == 0 else { throw SystemError("rmdir", errno, on: path) }
    }

    /// The corresponding C function is `fsync`.
    package func syncDirectory(_ path: String) throws(SystemError) {
        let folder = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw SystemError("open", errno, on: path) }
        defer { _ = Glibc.close(folder) }
        guard fsync(folder) == 0 else { throw SystemError("fsync", errno, on: path) }
    }

    package func directory(_ path: String) throws(SystemError) -> any DirectoryStream { try LocalDirectory(path) }

    /// The corresponding C function is `lstat`.
    package func status(_ path: String) throws(SystemError) -> FileStatus? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw SystemError("stat", errno, on: path)
        }
        let kind: FileStatus.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        return FileStatus(
            kind: kind, size: Int(status.st_size), allocated: Int(status.st_blocks) * 512,  // stat(2): blocks of 512 bytes
            changed: Int64(status.st_ctim.tv_sec) * 1000 + Int64(status.st_ctim.tv_nsec) / 1_000_000
        )
    }

    /// The corresponding C function is `statvfs`.
    package func space(_ path: String) throws(SystemError) -> FileSystemSpace {
        var figures = statvfs()
        guard unsafe statvfs(path, &figures) == 0 else { throw SystemError("statvfs", errno, on: path) }
        let unit = UInt64(figures.f_frsize)
        return FileSystemSpace(
            available: Int(clamping: unit &* UInt64(figures.f_bavail)), capacity: Int(clamping: unit &* UInt64(figures.f_blocks))
        )
    }
}

/// The corresponding C functions are `opendir`, `readdir` and `closedir`.
@safe private final class LocalDirectory: DirectoryStream {
    private let stream: OpaquePointer
    private let path: String

    init(_ path: String) throws(SystemError) {
        guard let stream = unsafe opendir(path) else { throw SystemError("opendir", errno, on: path) }
        unsafe self.stream = unsafe stream
        self.path = path
    }

    deinit { unsafe closedir(stream) }

    func next() throws(SystemError) -> String? {
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                guard errno == 0 else { throw SystemError("readdir", errno, on: path) }
                return nil
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != "." && name != ".." { return name }
        }
    }
}
